import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { CamlError, type CamlQuery, parseCaml } from '../lists/camlWhere.ts'
import { isoSeconds } from '../lists/columnValues.ts'
import { CHANGE_RETENTION_DAYS, PAGE_MAXIMUM } from '../lists/listRules.ts'
import type { ListItemRecord, ListRecord } from '../lists/records.ts'
import { type ListTarget, listIdOf, listsOf } from '../lists/tenantLists.ts'
import { complex, type Entity, reply } from './dialect.ts'
import { entityContext } from './entities.ts'
import { itemEntity } from './itemEntities.ts'
import { runListQuery } from './itemQueries.ts'
import { changeToken } from './listEntities.ts'
import { projectAll, readRestOptions } from './projection.ts'
import { isObject, readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'

const CHANGE_TYPES = { add: 1, update: 2, delete: 3 } as const
const TICKS_PER_DAY = 864_000_000_000n
const EPOCH_TICKS = 621_355_968_000_000_000n

interface ListedChange {
  readonly kind: keyof typeof CHANGE_TYPES
  readonly changeNumber: number
  readonly itemId: number
  readonly uniqueId: string
  readonly atMs: number
}

/** The change number of `1;3;<listId>;<ticks>;<seq>`; 0 when no token was sent. */
function readToken({ tenant }: RestContext, target: ListTarget, token: unknown): number {
  if (token === undefined || token === null) return 0
  const text = isObject(token) ? token.StringValue : undefined
  const parts = typeof text === 'string' ? /^1;3;([0-9a-f-]{36});(\d+);(-?\d+)$/i.exec(text) : null
  if (parts === null || parts[1]?.toLowerCase() !== listIdOf(target))
    throw new ServiceError(400, '-2130575171, Microsoft.SharePoint.SPException', 'The changeToken is invalid.')
  const oldest = EPOCH_TICKS + BigInt(tenant.clock.now()) * 10_000n - BigInt(CHANGE_RETENTION_DAYS) * TICKS_PER_DAY
  if (BigInt(parts[2] ?? '0') < oldest)
    throw new ServiceError(
      400,
      '-2130575172, Microsoft.SharePoint.SPException',
      'The changeToken refers to a time before the start of the current change log.',
    )
  return Math.max(0, Number(parts[3]))
}

function changesOf({ tenant }: RestContext, target: ListTarget, after: number, limit: number): readonly ListedChange[] {
  if (target.kind === 'list') return listsOf(tenant).items.changes(target.list.listId, after, { limit })
  return tenant.items
    .changes(target.library.driveId, after, limit)
    .filter((item) => item.listItemId > 0)
    .map((item) => ({
      kind: item.deletedMs !== undefined ? 'delete' : item.eTagNumber <= 1 ? 'add' : 'update',
      changeNumber: item.changeNumber,
      itemId: item.listItemId,
      uniqueId: item.uniqueId,
      atMs: item.modifiedMs,
    }))
}

const QUERY_MEMBERS = [
  'Add',
  'Update',
  'DeleteObject',
  'Item',
  'ChangeTokenStart',
  'ChangeTokenEnd',
  'FetchLimit',
  'List',
  'File',
  'Folder',
  'Web',
  'Site',
  'Alert',
  'ContentType',
  'Field',
  'Group',
  'GroupMembershipAdd',
  'GroupMembershipDelete',
  'Move',
  'Navigation',
  'Rename',
  'Restore',
  'RoleAssignmentAdd',
  'RoleAssignmentDelete',
  'RoleDefinitionAdd',
  'RoleDefinitionDelete',
  'RoleDefinitionUpdate',
  'SecurityPolicy',
  'SystemUpdate',
  'User',
  'View',
  'RecursiveAll',
  'RequireSecurityTrim',
  'LatestFirst',
  'IgnoreStartTokenNotFoundError',
]

const getChanges: RestHandler = async (context) => {
  const { request, tenant, site } = context
  const { projection } = readRestOptions(request.url.searchParams, ['$top'])
  const { target } = expectResource(context, 'list')
  const { query } = readMembers(await readRestBody(request), { query: 'any' }, 'getchanges')
  if (!isObject(query)) throw invalidQuery('The parameter query is missing.')
  const unknown = Object.keys(query).find((name) => name !== '__metadata' && !QUERY_MEMBERS.includes(name))
  if (unknown !== undefined) throw invalidQuery(`The property '${unknown}' does not exist on type 'SP.ChangeQuery'.`, true)
  const wanted = new Set<string>()
  if (query.Item === true) {
    if (query.Add === true) wanted.add('add')
    if (query.Update === true) wanted.add('update')
    if (query.DeleteObject === true) wanted.add('delete')
  }
  const limit = typeof query.FetchLimit === 'number' ? Math.min(query.FetchLimit, 2_000) : 1_000
  const end =
    query.ChangeTokenEnd === undefined || query.ChangeTokenEnd === null
      ? Number.POSITIVE_INFINITY
      : readToken(context, target, query.ChangeTokenEnd)
  const entities = changesOf(context, target, readToken(context, target, query.ChangeTokenStart), limit)
    .filter((change) => wanted.has(change.kind) && change.changeNumber <= end)
    .map(
      (change): Entity => ({
        kind: 'entity',
        type: 'SP.ChangeItem',
        id: `SP.ChangeItem${change.uniqueId}`,
        properties: {
          ChangeToken: complex('SP.ChangeToken', { StringValue: changeToken(tenant, target, change.changeNumber) }),
          ChangeType: CHANGE_TYPES[change.kind],
          SiteId: site.siteId,
          Time: isoSeconds(change.atMs),
          ItemId: change.itemId,
          ListId: listIdOf(target),
          UniqueId: change.uniqueId,
          WebId: site.webId,
        },
      }),
    )
  return reply(request, projectAll({ kind: 'collection', set: 'SP.ApiData.Changes', entities }, projection))
}

/** `DatesInUtc` is what JSON answers are in anyhow; `AllowIncrementalResults` changes nothing here. */
const CAML_QUERY_MEMBERS = {
  ViewXml: 'string',
  ListItemCollectionPosition: 'any',
  DatesInUtc: 'boolean',
  AllowIncrementalResults: 'boolean',
  FolderServerRelativeUrl: 'any',
  FolderServerRelativePath: 'any',
} as const
/** `RenderOptions` adds sections that the practice tenant leaves out; the rows are the same. */
const RENDER_MEMBERS = {
  ViewXml: 'string',
  Paging: 'string',
  RenderOptions: 'number',
  DatesInUtc: 'boolean',
  AllowMultipleValueFilterForTaxonomyFields: 'boolean',
  AddRequiredFields: 'boolean',
  ReplaceGroup: 'boolean',
} as const

function camlOf(viewXml: unknown): CamlQuery {
  if (typeof viewXml !== 'string') throw invalidQuery('The parameter ViewXml is missing.')
  try {
    return parseCaml(viewXml)
  } catch (error) {
    if (error instanceof CamlError)
      throw invalidQuery(`One or more field types are not installed properly. ${error.message}`, true)
    throw error
  }
}

function genericListOf(context: RestContext): ListRecord {
  const { target } = expectResource(context, 'list')
  if (target.kind === 'library') throw invalidQuery('The practice tenant runs CAML queries on generic lists only.', true)
  return target.list
}

function runCaml(context: RestContext, list: ListRecord, caml: CamlQuery, pageToken: string | undefined) {
  const top = Math.min(caml.rowLimit ?? PAGE_MAXIMUM, PAGE_MAXIMUM)
  return runListQuery(context, list, { filter: caml.filter, order: caml.order, top, pageToken })
}

const getItems: RestHandler = async (context) => {
  const { request } = context
  const { projection } = readRestOptions(request.url.searchParams, [])
  const list = genericListOf(context)
  const body = readMembers(await readRestBody(request), { query: 'any' }, 'getitems')
  if (!isObject(body.query)) throw invalidQuery('The parameter query is missing.')
  const { __metadata: _type, ...members } = body.query
  const query = readMembers(members, CAML_QUERY_MEMBERS, 'SP.CamlQuery')
  if (query.FolderServerRelativeUrl || query.FolderServerRelativePath)
    throw invalidQuery('The practice tenant runs CAML queries on whole lists only.', true)
  const position = isObject(query.ListItemCollectionPosition) ? query.ListItemCollectionPosition.PagingInfo : undefined
  const page = runCaml(context, list, camlOf(query.ViewXml), typeof position === 'string' ? position : undefined)
  const entities = page.items.map((item) => itemEntity(entityContext(context), { kind: 'list', list, item }))
  return reply(request, projectAll({ kind: 'collection', set: 'SP.ListData.Items', entities }, projection))
}

/** Every value is text, as lists show it. */
function row(list: ListRecord, item: ListItemRecord): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(item.fields))
    values[name] = typeof value === 'boolean' ? (value ? 'Yes' : 'No') : String(value)
  return {
    ID: String(item.itemId),
    UniqueId: `{${item.uniqueId.toUpperCase()}}`,
    FSObjType: '0',
    Modified: isoSeconds(item.modifiedMs),
    Created: isoSeconds(item.createdMs),
    ContentTypeId: `0x0100${list.listId.replaceAll('-', '').toUpperCase()}`,
    ...values,
  }
}

const renderAsStream: RestHandler = async (context) => {
  const list = genericListOf(context)
  const body = readMembers(await readRestBody(context.request), { parameters: 'any' }, 'renderlistdataasstream')
  if (!isObject(body.parameters)) throw invalidQuery('The parameter parameters is missing.')
  const { __metadata: _type, ...members } = body.parameters
  const parameters = readMembers(members, RENDER_MEMBERS, 'SP.RenderListDataParameters')
  const paging = typeof parameters.Paging === 'string' ? parameters.Paging : undefined
  const caml = camlOf(parameters.ViewXml ?? '<View/>')
  const page = runCaml(context, list, { ...caml, rowLimit: caml.rowLimit ?? 30 }, paging?.replace(/^\?/, ''))
  return {
    status: 200,
    body: {
      Row: page.items.map((item) => row(list, item)),
      FirstRow: page.items.length === 0 ? 0 : 1,
      FolderPermissions: '0x7fffffffffffffff',
      LastRow: page.items.length,
      RowLimit: caml.rowLimit ?? 30,
      FilterLink: '?',
      ForceNoHierarchy: '1',
      HierarchyHasIndention: '',
      ...(page.nextToken === undefined ? {} : { NextHref: `?${page.nextToken}` }),
    },
  }
}

const READ = { methods: ['POST'], level: 'read', resourceUnits: 3 } as const

export const listDataRoutes: readonly Route[] = [
  restRoute({ name: 'list.changes', key: 'list/getchanges', ...READ, readsQuery: true, handle: getChanges }),
  restRoute({ name: 'list.getItems', key: 'list/getitems', ...READ, readsQuery: true, handle: getItems }),
  restRoute({ name: 'list.render', key: 'list/renderlistdataasstream', ...READ, handle: renderAsStream }),
]
