import { expect } from 'vitest'
import { z } from 'zod'
import { startTestTenant, type TestTenant, type WireReply, type WireRequest } from '../testing/testTenant.ts'

export const SITE = 'https://contoso.sharepoint.com/sites/migration'
export const NONE = { accept: 'application/json;odata=nometadata' }
export const MINIMAL = { accept: 'application/json' }
export const VERBOSE = { accept: 'application/json;odata=verbose' }
export const SP = 'Microsoft.SharePoint'

const errorBody = z.object({
  'odata.error': z.object({ code: z.string(), message: z.object({ lang: z.string(), value: z.string() }) }),
})

export function refusal(reply: WireReply): { status: number; code: string; message: string } {
  const error = errorBody.parse(reply.json())['odata.error']
  return { status: reply.status, code: error.code, message: error.message.value }
}

const pageBody = z.looseObject({ value: z.array(z.looseObject({})), 'odata.nextLink': z.string().optional() })

export function page(reply: WireReply): z.infer<typeof pageBody> {
  return pageBody.parse(reply.json())
}

/** A tenant whose site `migration` is spoken to by SharePoint REST, app-only unless a token is given. */
export interface RestSite {
  readonly tenant: TestTenant
  /** `path` below the site, or an absolute URL; blanks are encoded. */
  call(path: string, init?: WireRequest): Promise<WireReply>
  merge(path: string, json: object, eTag?: string): Promise<WireReply>
  /** A list with columns of every kind; answers its path below the site. Lists are called `tasks-1`, `tasks-2`… */
  taskList(): Promise<string>
  add(list: string, json: object): Promise<WireReply>
  /** Number of the last list that `taskList` made. */
  lastList(): number
}

export async function openRestSite(options: { readonly queryLagMs?: number } = {}): Promise<RestSite> {
  const tenant = await startTestTenant({ seed: 1, ...options })
  const token = tenant.token({ resource: 'sharepoint' })
  let lists = 0
  const call: RestSite['call'] = (path, init = {}) =>
    tenant.fetchAt(`${path.startsWith('https:') ? '' : SITE}${path}`.replaceAll(' ', '%20'), {
      token,
      ...init,
      headers: { ...NONE, ...init.headers },
    })
  return {
    tenant,
    call,
    merge: (path, json, eTag = '*') => call(path, { json, headers: { 'x-http-method': 'MERGE', 'if-match': eTag } }),
    add: (list, json) => call(`${list}/items`, { json }),
    lastList: () => lists,
    async taskList() {
      lists += 1
      const settings = { Hidden: true, NoCrawl: true, OnQuickLaunch: false, EnableAttachments: false, EnableVersioning: false }
      const made = await call('/_api/web/lists', { json: { Title: `tasks-${lists}`, BaseTemplate: 100, ...settings } })
      expect(made.status).toBe(201)
      const list = `/_api/web/lists(guid'${z.looseObject({ Id: z.string() }).parse(made.json()).Id}')`
      for (const field of [
        { Title: 'TaskKey', FieldTypeKind: 2, Indexed: true, EnforceUniqueValues: true },
        { Title: 'State', FieldTypeKind: 2, Indexed: true },
        { Title: 'Rank', FieldTypeKind: 9 },
        { Title: 'Due', FieldTypeKind: 4 },
        { Title: 'Ready', FieldTypeKind: 8 },
        { Title: 'Payload', FieldTypeKind: 3 },
      ])
        expect((await call(`${list}/fields`, { json: field })).status).toBe(201)
      return list
    },
  }
}
