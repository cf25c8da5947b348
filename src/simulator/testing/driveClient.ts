import { parseFaultFile } from '../core/faultFile.ts'
import type { TenantOptions } from '../core/tenantOptions.ts'
import type { LibraryRecord, SiteRecord } from '../store/siteStore.ts'
import { startTestTenant, type TestTenant, type TokenChoice, type WireReply, type WireRequest } from './testTenant.ts'

export const GRAPH = 'https://graph.microsoft.com/v1.0'

export type JsonObject = Readonly<Record<string, unknown>>

export interface CallReply extends WireReply {
  /** The JSON body; empty when there is none. */
  readonly data: JsonObject
  /** Code and inner code of an error. */
  readonly problem: { readonly status: number; readonly code: unknown; readonly innerCode: unknown; readonly message: unknown }
}

/** A tenant with the default library of the finance site at hand, called as the practice application unless told otherwise. */
export interface DriveClient {
  readonly world: TestTenant
  readonly site: SiteRecord
  readonly library: LibraryRecord
  /** `/drives/{id}` of the library. */
  readonly base: string
  call(pathOrUrl: string, init?: WireRequest & { readonly as?: TokenChoice }): Promise<CallReply>
  /** A request without a token: upload and download URLs. */
  bare(url: string, init?: WireRequest): Promise<CallReply>
  put(path: string, content: string | Buffer, query?: string): Promise<CallReply>
  folder(parentPath: string, name: string): Promise<string>
  /** Turns a fault switch on; `when` as in a fault script. */
  switchOn(name: string, when?: object): void
  close(): Promise<void>
}

/** 2026-08-20T09:15:02Z */
export const FROZEN_AT_MS = Date.UTC(2026, 7, 20, 9, 15, 2)

export async function startDriveClient(options: TenantOptions = {}): Promise<DriveClient> {
  const world = await startTestTenant({ frozenAtMs: FROZEN_AT_MS, ...options })
  const site = world.tenant.sites.siteByPath('contoso.sharepoint.com', '/sites/finance')
  if (site === undefined) throw new Error('The seed has no finance site.')
  const library = world.tenant.sites.defaultLibrary(site.siteId)
  const base = `/drives/${library.driveId}`

  async function bare(url: string, init: WireRequest = {}): Promise<CallReply> {
    const reply = await world.fetchAt(url, init)
    const isJson = String(reply.headers['content-type']).includes('json') && reply.text !== ''
    const data = isJson ? objectOf(reply.json()) : {}
    const error = objectOf(data.error)
    const innerError = objectOf(error.innerError)
    return {
      ...reply,
      data,
      problem: { status: reply.status, code: error.code, innerCode: innerError.code, message: error.message },
    }
  }

  function call(pathOrUrl: string, { as, ...init }: WireRequest & { readonly as?: TokenChoice } = {}): Promise<CallReply> {
    const url = pathOrUrl.startsWith('https:') ? pathOrUrl : `${GRAPH}${pathOrUrl}`
    return bare(url, { token: world.token(as ?? {}), ...init })
  }

  return {
    world,
    site,
    library,
    base,
    call,
    bare,
    put: (path, content, query = '') => call(`${base}/root:/${path}:/content${query}`, { method: 'PUT', body: content }),
    async folder(parentPath, name) {
      const parent = parentPath === '' ? 'root' : `root:/${parentPath}:`
      const reply = await call(`${base}/${parent}/children`, { json: { name, folder: {} } })
      return textOf(reply.data.id)
    },
    switchOn(name, when = {}) {
      const file = { version: 1, faults: [{ name, when, do: { action: 'switch', switch: name } }] }
      world.server.faults.add(parseFaultFile(JSON.stringify(file)))
    },
    close: () => world.close(),
  }
}

export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

export function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : []
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`Not a text: ${JSON.stringify(value)}`)
  return value
}
