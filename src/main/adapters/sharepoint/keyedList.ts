import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import { LIST_NOTE_ADVISED_MAX_UTF16 } from '../../../shared/limits.ts'
import type { KeyedList, KeyedRow } from '../../engine/ports/keyedList.ts'
import type { Random } from '../../engine/ports/runtime.ts'
import { type ListDefinition, type ListPlace, openList } from './coordinationList.ts'
import { readPages } from './pages.ts'
import { graphPath } from './paths.ts'
import { graphCall, type ServiceCall, type ServiceClient, type ServiceReply } from './serviceClient.ts'

/** Waits between looks for a row that must exist: queries lag behind writes by up to half a minute. [C.4] */
const LAG_WAITS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000]
/** Conditional writes are harmless to repeat after reading; beyond this the service is down. */
const ATTEMPTS_MAX = 5

const fieldsSchema = z.object({ RowKey: z.string(), Nonce: z.string().nullish(), Json: z.string() })
const itemSchema = z.object({
  id: z.coerce.string(),
  eTag: z.string().optional(),
  '@odata.etag': z.string().optional(),
  lastModifiedDateTime: z.string().optional(),
  fields: z.unknown().optional(),
})

export interface KeyedListDeps<Value> {
  readonly client: ServiceClient
  readonly siteUrl: string
  readonly random: Random
  readonly definition: ListDefinition
  readonly schema: z.ZodType<Value>
}

/** Rows of one hidden list through Microsoft Graph, remembered by the id of their list item, whose reads are fresh. [C] */
export function createKeyedList<Value>(deps: KeyedListDeps<Value>): KeyedList<Value> {
  return new GraphKeyedList(deps)
}

interface FoundRow<Value> {
  readonly itemId: string
  readonly nonce: string | undefined
  readonly row: KeyedRow<Value>
}

class GraphKeyedList<Value> implements KeyedList<Value> {
  readonly #deps: KeyedListDeps<Value>
  readonly #itemIds = new Map<string, string>()
  #opening: Promise<ListPlace> | undefined

  constructor(deps: KeyedListDeps<Value>) {
    this.#deps = deps
  }

  async prepare(signal: AbortSignal): Promise<void> {
    await this.#open(signal)
  }

  async get(key: string, signal: AbortSignal): Promise<KeyedRow<Value> | undefined> {
    return (await this.#find(key, signal))?.row
  }

  async list(signal: AbortSignal): Promise<readonly KeyedRow<Value>[]> {
    const rows = new Map<string, KeyedRow<Value>>()
    const path = `${itemsPath(await this.#open(signal))}?$expand=fields&$top=1000`
    for await (const page of readPages(this.#deps.client, path, { what: this.#what, signal })) {
      for (const item of page) {
        const found = this.#read(item)
        if (found) rows.set(found.row.key, found.row)
      }
    }
    return [...rows.values()]
  }

  async add(key: string, value: Value, signal: AbortSignal) {
    const nonce = this.#deps.random.uuid()
    const fields = { Title: key, RowKey: key, Nonce: nonce, Json: this.#json(value) }
    let refusal: MigrationError
    try {
      const reply = await this.#call('', { method: 'POST', json: { fields }, isRepeatable: true, signal })
      const itemId = memberOf(reply, 'id')
      const found = itemId === undefined ? undefined : await this.#byId(itemId, key, signal)
      if (found) return { row: found.row, isNew: true }
      refusal = gone(this.#what, key)
    } catch (thrown) {
      if (!(thrown instanceof MigrationError) || !mayBeDuplicate(thrown)) throw thrown
      refusal = thrown
    }
    // The unique column says "exists" in three different ways, and a repeated request meets its own first answer. [C.2]
    for (const waitMs of LAG_WAITS_MS) {
      const found = await this.#find(key, signal)
      if (found) return { row: found.row, isNew: found.nonce === nonce }
      await this.#deps.client.sleep(waitMs, signal)
    }
    throw refusal
  }

  async change(row: KeyedRow<Value>, value: Value, signal: AbortSignal): Promise<KeyedRow<Value> | undefined> {
    const nonce = this.#deps.random.uuid()
    const fields = { Nonce: nonce, Json: this.#json(value) }
    const itemId = this.#itemIds.get(row.key) ?? (await this.#find(row.key, signal))?.itemId
    if (itemId === undefined) return undefined
    for (let attempt = 1; ; attempt++) {
      try {
        const headers = { 'if-match': row.eTag }
        const reply = await this.#call(`/${itemId}`, {
          method: 'PATCH',
          json: { fields },
          headers,
          isRepeatable: false,
          isUrgent: true,
          accepts: [404, 409, 412],
          signal,
        })
        if (reply.status !== 200 && reply.status !== 204) return undefined
        const eTag = memberOf(reply, 'eTag') ?? memberOf(reply, '@odata.etag') ?? reply.headers.etag
        const modifiedAt = memberOf(reply, 'lastModifiedDateTime')
        if (eTag !== undefined && modifiedAt !== undefined) return { key: row.key, value, eTag, modifiedAt }
      } catch (thrown) {
        if (!(thrown instanceof MigrationError) || !isUnknownOutcome(thrown) || attempt === ATTEMPTS_MAX) throw thrown
      }
      // The answer was lost, or came without the new version: the row itself says whether the write arrived.
      const found = await this.#byId(itemId, row.key, signal)
      if (found?.nonce === nonce) return found.row
      if (found?.row.eTag !== row.eTag || attempt === ATTEMPTS_MAX) return undefined
    }
  }

  async remove(row: KeyedRow<Value>, signal: AbortSignal): Promise<boolean> {
    const itemId = this.#itemIds.get(row.key) ?? (await this.#find(row.key, signal))?.itemId
    if (itemId === undefined) return true
    const headers = { 'if-match': row.eTag }
    const reply = await this.#call(`/${itemId}`, {
      method: 'DELETE',
      headers,
      isRepeatable: true,
      accepts: [404, 409, 412],
      signal,
    })
    if (reply.status === 409 || reply.status === 412) return false
    this.#itemIds.delete(row.key)
    return true
  }

  get #what(): string {
    return `The list "${this.#deps.definition.displayName}"`
  }

  async #open(signal: AbortSignal): Promise<ListPlace> {
    this.#opening ??= openList(this.#deps.client, this.#deps.siteUrl, {
      definition: this.#deps.definition,
      createMissing: true,
      signal,
    })
    try {
      return await this.#opening
    } catch (thrown) {
      this.#opening = undefined
      throw thrown
    }
  }

  async #call(
    below: string,
    call: Pick<ServiceCall, 'method' | 'isRepeatable' | 'signal'> &
      Partial<Pick<ServiceCall, 'headers' | 'accepts' | 'isUrgent'>> & { readonly json?: unknown },
  ): Promise<ServiceReply> {
    const { json, ...rest } = call
    const body = json === undefined ? {} : { body: { kind: 'json', value: json } as const }
    const path = `${itemsPath(await this.#open(call.signal))}${below}`
    return graphCall(this.#deps.client, { ...rest, ...body, what: this.#what, path })
  }

  async #byId(itemId: string, key: string, signal: AbortSignal): Promise<FoundRow<Value> | undefined> {
    const reply = await this.#call(`/${itemId}?$expand=fields`, { method: 'GET', isRepeatable: true, accepts: [404], signal })
    const found = reply.status === 404 ? undefined : this.#read(reply.body)
    if (found?.row.key === key) return found
    this.#itemIds.delete(key)
    return undefined
  }

  async #find(key: string, signal: AbortSignal): Promise<FoundRow<Value> | undefined> {
    const known = this.#itemIds.get(key)
    if (known !== undefined) return this.#byId(known, key, signal)
    const filter = encodeURIComponent(`fields/RowKey eq '${key.replaceAll("'", "''")}'`)
    const path = `${itemsPath(await this.#open(signal))}?$expand=fields&$filter=${filter}&$top=50`
    for await (const page of readPages(this.#deps.client, path, { what: this.#what, signal })) {
      for (const item of page) {
        const found = this.#read(item)
        // What a query shows may be old; the row itself is not.
        if (found?.row.key === key) return this.#byId(found.itemId, key, signal)
      }
    }
    return undefined
  }

  #read(body: unknown): FoundRow<Value> | undefined {
    const item = itemSchema.safeParse(body).data
    const fields = fieldsSchema.safeParse(item?.fields).data
    const eTag = item?.eTag ?? item?.['@odata.etag']
    if (!item || !fields || eTag === undefined) return undefined
    const value = this.#deps.schema.safeParse(parseJson(fields.Json))
    if (!value.success) return undefined
    this.#itemIds.set(fields.RowKey, item.id)
    return {
      itemId: item.id,
      nonce: fields.Nonce ?? undefined,
      row: { key: fields.RowKey, value: value.data, eTag, modifiedAt: item.lastModifiedDateTime ?? '' },
    }
  }

  #json(value: Value): string {
    const json = JSON.stringify(value)
    if (json.length <= LIST_NOTE_ADVISED_MAX_UTF16) return json
    throw new MigrationError('INPUT_SETTINGS', `${this.#what} cannot take a document of ${json.length} characters.`, {
      remedy: { kind: 'stopTask' },
      fix: `It takes ${LIST_NOTE_ADVISED_MAX_UTF16}: make it smaller.`,
    })
  }
}

const itemsPath = ({ siteId, listId }: ListPlace): string =>
  `${graphPath.siteById(siteId)}/lists/${encodeURIComponent(listId)}/items`

const mayBeDuplicate = (error: MigrationError): boolean =>
  error.code === 'CRD_TASK_EXISTS' || error.status === 409 || error.status === 400 || error.status === 500

const isUnknownOutcome = ({ remedy }: MigrationError): boolean => remedy.kind === 'lookFirst' || remedy.kind === 'retry'

const gone = (what: string, key: string): MigrationError =>
  new MigrationError('CRD_TASK_NOT_FOUND', `${what} took the row ${key} and does not show it.`, { remedy: { kind: 'retry' } })

function memberOf({ body }: ServiceReply, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
