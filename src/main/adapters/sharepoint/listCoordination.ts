import { z } from 'zod'
import type { AgentId, TaskId } from '../../../shared/domain/ids.ts'
import type { Task } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { MINUTE_MS } from '../../../shared/units.ts'
import type { CandidateLook, Candidates, Coordination, TaskChange, TaskRecord } from '../../engine/ports/coordination.ts'
import { applyChange } from '../../engine/ports/rowChange.ts'
import type { Random } from '../../engine/ports/runtime.ts'
import { candidateQuery } from './candidateQueries.ts'
import { LISTS, type ListDefinition, type ListPlace, openList } from './coordinationList.ts'
import { readPage, readPages } from './pages.ts'
import { graphPath } from './paths.ts'
import { graphCall, type ServiceCall, type ServiceClient, type ServiceReply } from './serviceClient.ts'
import { changedFields, newFields, type Row, readRow } from './taskRows.ts'

/** Waits between looks for a row that must exist: queries lag behind writes by up to half a minute. [C.4] */
const LAG_WAITS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]
/** Looks for a row that may not exist at all are fewer: somebody waits for "no such task". */
const LOOKUP_WAITS_MS = [500, 1_500]
/** Conditional writes are harmless to repeat after reading; beyond this the service is down. */
const CHANGE_ATTEMPTS = 5
/** How long the age of the youngest row is believed. [ours] */
const YOUNGEST_BELIEVED_MS = 10 * MINUTE_MS

export interface ListCoordinationDeps {
  readonly client: ServiceClient
  readonly siteUrl: string
  readonly random: Random
  /** The list of tasks when absent. */
  readonly definition?: ListDefinition
}

/**
 * The task list in the tenant, through Microsoft Graph. Rows are found by the remembered id of their list item, whose reads are fresh, and by
 * query only when there is none; every predicate is checked again here, since queries lag and filters have been ignored. [C]
 */
export function createListCoordination(deps: ListCoordinationDeps): Coordination {
  return new ListCoordination(deps)
}

class ListCoordination implements Coordination {
  readonly #client: ServiceClient
  readonly #siteUrl: string
  readonly #random: Random
  readonly #definition: ListDefinition
  readonly #itemIds = new Map<TaskId, string>()
  #place: ListPlace | undefined
  #youngest: { readonly itemId: number; readonly atMs: number } | undefined

  constructor({ client, siteUrl, random, definition = LISTS.tasks }: ListCoordinationDeps) {
    this.#definition = definition
    this.#client = client
    this.#siteUrl = siteUrl
    this.#random = random
  }

  serverNow(): number {
    return this.#client.serverNow()
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const opened = await openList(this.#client, this.#siteUrl, { definition: this.#definition, createMissing: true, signal })
    this.#place = opened
    if (opened.addedColumns.includes('Rank')) await this.#rankAll(signal)
  }

  /** Rows of installs that knew no ranks. A row that changes meanwhile gets its rank with that change. */
  async #rankAll(signal: AbortSignal): Promise<void> {
    for (const record of await this.list(signal)) await this.change(record, { status: record.status }, signal)
  }

  async add(task: Task, signal: AbortSignal, begin?: Pick<TaskRecord, 'dueAt'>): Promise<TaskRecord> {
    const what = `The task ${task.name}`
    const fields = newFields(task, { nonce: this.#random.uuid(), dueAt: begin?.dueAt, nowMs: this.serverNow() })
    const place = await this.#list(signal)
    let refusal: MigrationError
    try {
      const reply = await this.#call(place, '', { method: 'POST', json: { fields }, what, isRepeatable: true, signal })
      const itemId = itemIdOf(reply)
      if (itemId !== undefined) this.#itemIds.set(task.id, itemId)
      const row = itemId === undefined ? undefined : await this.#rowById(itemId, task.id, signal)
      return (row ?? (await this.#mustFind(task, signal))).record
    } catch (thrown) {
      if (!(thrown instanceof MigrationError) || !mayBeDuplicate(thrown)) throw thrown
      refusal = thrown
    }
    // The unique column says "exists" in three different ways, one of them a general fault. [C.2]
    const existing = await this.#find(task.id, LAG_WAITS_MS, signal)
    if (existing) return existing.record
    throw refusal
  }

  async get(id: TaskId, signal: AbortSignal): Promise<TaskRecord | undefined> {
    return (await this.#find(id, LOOKUP_WAITS_MS, signal))?.record
  }

  async list(signal: AbortSignal): Promise<readonly TaskRecord[]> {
    return await this.#queryAll('$top=200', signal)
  }

  async candidates(look: CandidateLook, signal: AbortSignal): Promise<Candidates> {
    const rowsMax = look.kind === 'best' ? 0 : await this.#rowsMax(signal)
    const { filter, isPart } = candidateQuery(look, { rowsMax, nowMs: this.serverNow(), chance: this.#random.next() })
    const condition = filter === undefined ? '' : `&$filter=${encodeURIComponent(filter)}`
    const place = await this.#list(signal)
    const path = `${itemsPath(place)}?$expand=fields&$orderby=${encodeURIComponent('fields/Rank')}&$top=${look.limit}${condition}`
    const page = await readPage(this.#client, path, { what: 'The waiting tasks', signal })
    const records = this.#readRows(page.values)
    return { records: records.filter(({ status }) => status === 'queued'), isMore: isPart || page.next !== undefined }
  }

  async ownedBy(owner: AgentId, signal: AbortSignal): Promise<readonly TaskRecord[]> {
    const rows = await this.#queryAll(`$filter=${condition('Owner', owner)}&$top=200`, signal)
    return rows.filter((row) => row.owner === owner)
  }

  async partsOf(id: TaskId, signal: AbortSignal): Promise<readonly TaskRecord[]> {
    if (!this.#definition.columns.some(({ name }) => name === 'PartOf')) return []
    const rows = await this.#queryAll(`$filter=${condition('PartOf', id)}&$top=200`, signal)
    return rows.filter(({ task }) => task.part?.of === id)
  }

  async change(record: TaskRecord, change: TaskChange, signal: AbortSignal): Promise<TaskRecord | undefined> {
    const what = `The task ${record.task.name}`
    const nonce = this.#random.uuid()
    const after = applyChange(record, change, this.serverNow())
    const fields = changedFields(record, after, { nonce, nowMs: this.serverNow() })
    const place = await this.#list(signal)
    const itemId = await this.#itemIdOf(record.task.id, signal)
    if (itemId === undefined) return undefined
    for (let attempt = 1; ; attempt++) {
      try {
        const headers = { 'if-match': record.eTag }
        const call = {
          method: 'PATCH',
          json: { fields },
          headers,
          what,
          isRepeatable: false,
          isUrgent: true,
          accepts: [404, 409, 412],
          signal,
        } as const
        const reply = await this.#call(place, `/${itemId}`, call)
        if (reply.status === 404) return this.#forget(record.task.id)
        if (reply.status === 409 || reply.status === 412) return undefined
        const eTag = eTagOf(reply)
        if (eTag !== undefined)
          return { ...after, eTag, modifiedAt: modifiedAtOf(reply) ?? new Date(this.serverNow()).toISOString() }
      } catch (thrown) {
        if (!(thrown instanceof MigrationError) || !isUnknownOutcome(thrown) || attempt === CHANGE_ATTEMPTS) throw thrown
      }
      // The answer was lost, or came without the new version: the row itself says whether the write arrived.
      const row = await this.#rowById(itemId, record.task.id, signal)
      if (!row) return this.#forget(record.task.id)
      if (row.nonce === nonce) return row.record
      if (row.record.eTag !== record.eTag) return undefined
      if (attempt === CHANGE_ATTEMPTS) return undefined
    }
  }

  async remove(record: TaskRecord, signal: AbortSignal): Promise<boolean> {
    const place = await this.#list(signal)
    const itemId = await this.#itemIdOf(record.task.id, signal)
    if (itemId === undefined) return true
    // Deleting what is deleted is the same end; a condition that fails says that somebody changed it first.
    const reply = await this.#call(place, `/${itemId}`, {
      method: 'DELETE',
      headers: { 'if-match': record.eTag },
      what: `The task ${record.task.name}`,
      isRepeatable: true,
      accepts: [404, 409, 412],
      signal,
    })
    if (reply.status === 409 || reply.status === 412) return false
    this.#forget(record.task.id)
    return true
  }

  async #queryAll(query: string, signal: AbortSignal): Promise<readonly TaskRecord[]> {
    const records = new Map<TaskId, TaskRecord>()
    const path = `${itemsPath(await this.#list(signal))}?$expand=fields&${query}`
    for await (const page of readPages(this.#client, path, { what: 'The task list', signal })) {
      for (const record of this.#readRows(page)) records.set(record.task.id, record)
    }
    return [...records.values()]
  }

  #readRows(items: readonly unknown[]): TaskRecord[] {
    return items.flatMap((item) => {
      const row = readRow(item)
      if (!row) return []
      this.#itemIds.set(row.record.task.id, row.itemId)
      return [row.record]
    })
  }

  /** Ids only ever rise: the youngest row says how many there can be. */
  async #rowsMax(signal: AbortSignal): Promise<number> {
    const known = this.#youngest
    if (known && this.serverNow() - known.atMs < YOUNGEST_BELIEVED_MS) return known.itemId
    const path = `${itemsPath(await this.#list(signal))}?$orderby=${encodeURIComponent('fields/ID desc')}&$top=1`
    const page = await readPage(this.#client, path, { what: 'The youngest task', signal })
    const itemId = Number(z.object({ id: z.coerce.number().int().nonnegative() }).safeParse(page.values[0]).data?.id ?? 0)
    this.#youngest = { itemId, atMs: this.serverNow() }
    return itemId
  }

  async #list(signal: AbortSignal): Promise<ListPlace> {
    this.#place ??= await openList(this.#client, this.#siteUrl, {
      definition: this.#definition,
      createMissing: this.#definition !== LISTS.tasks,
      signal,
    })
    return this.#place
  }

  #forget(id: TaskId): undefined {
    this.#itemIds.delete(id)
  }

  #call(
    place: ListPlace,
    below: string,
    call: Pick<ServiceCall, 'method' | 'what' | 'isRepeatable' | 'signal'> &
      Partial<Pick<ServiceCall, 'headers' | 'accepts' | 'isUrgent'>> & { readonly json?: unknown },
  ): Promise<ServiceReply> {
    const { json, ...rest } = call
    const body = json === undefined ? {} : { body: { kind: 'json', value: json } as const }
    return graphCall(this.#client, { ...rest, ...body, path: `${itemsPath(place)}${below}` })
  }

  /** Reads by id are fresh. undefined = the row is gone, or is another one's. */
  async #rowById(itemId: string, id: TaskId, signal: AbortSignal): Promise<Row | undefined> {
    const place = await this.#list(signal)
    const call = {
      method: 'GET',
      what: 'The row of the task',
      isRepeatable: true,
      isUrgent: true,
      accepts: [404],
      signal,
    } as const
    const reply = await this.#call(place, `/${itemId}?$expand=fields`, call)
    const row = reply.status === 404 ? undefined : readRow(reply.body)
    return row?.record.task.id === id ? row : undefined
  }

  async #itemIdOf(id: TaskId, signal: AbortSignal): Promise<string | undefined> {
    return this.#itemIds.get(id) ?? (await this.#find(id, LOOKUP_WAITS_MS, signal))?.itemId
  }

  async #mustFind(task: Task, signal: AbortSignal): Promise<Row> {
    const row = await this.#find(task.id, LAG_WAITS_MS, signal)
    if (row) return row
    throw new MigrationError('CRD_TASK_NOT_FOUND', `The task ${task.name} was stored and cannot be read back.`, {
      remedy: { kind: 'retry' },
      fix: 'Wait a minute and look at the task list again before adding the task once more.',
    })
  }

  async #find(id: TaskId, waitsMs: readonly number[], signal: AbortSignal): Promise<Row | undefined> {
    for (let look = 0; ; look++) {
      const known = this.#itemIds.get(id)
      const row = known === undefined ? await this.#query(id, signal) : await this.#rowById(known, id, signal)
      if (row) return row
      if (known !== undefined) {
        this.#forget(id)
        return undefined
      }
      const waitMs = waitsMs[look]
      if (waitMs === undefined) return undefined
      await this.#client.sleep(waitMs, signal)
    }
  }

  async #query(id: TaskId, signal: AbortSignal): Promise<Row | undefined> {
    const place = await this.#list(signal)
    const path = `${itemsPath(place)}?$expand=fields&$filter=${condition('TaskKey', id)}&$top=200`
    for await (const page of readPages(this.#client, path, { what: 'The task list', signal })) {
      for (const item of page) {
        const row = readRow(item)
        if (row?.record.task.id !== id) continue
        this.#itemIds.set(id, row.itemId)
        // What the query shows may be old; the row itself is not.
        return this.#rowById(row.itemId, id, signal)
      }
    }
    return undefined
  }
}

const condition = (column: string, value: string): string =>
  encodeURIComponent(`fields/${column} eq '${value.replaceAll("'", "''")}'`)

const itemsPath = ({ siteId, listId }: ListPlace): string =>
  `${graphPath.siteById(siteId)}/lists/${encodeURIComponent(listId)}/items`

/** 409 and 400 say it, 500 hides it; the exception's name is sure. [C.2] */
const mayBeDuplicate = (error: MigrationError): boolean =>
  error.code === 'CRD_TASK_EXISTS' || error.status === 409 || error.status === 400 || error.status === 500

const isUnknownOutcome = (error: MigrationError): boolean => error.remedy.kind === 'lookFirst' || error.remedy.kind === 'retry'

function member(reply: ServiceReply, name: string): string | undefined {
  const { body } = reply
  if (typeof body !== 'object' || body === null || !(name in body)) return undefined
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

const itemIdOf = (reply: ServiceReply): string | undefined => member(reply, 'id')
const eTagOf = (reply: ServiceReply): string | undefined =>
  member(reply, 'eTag') ?? member(reply, '@odata.etag') ?? reply.headers.etag
const modifiedAtOf = (reply: ServiceReply): string | undefined => member(reply, 'lastModifiedDateTime')
