import { z } from 'zod'
import type { SiteRole } from '../../../shared/domain/access.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { PERMISSION_RU } from '../../../shared/limits.ts'
import type { ItemPermissions, Permissions, RoleAssignment, SecuredItem, SitePrincipal } from '../../engine/ports/permissions.ts'
import { readErrorBody } from './errorBody.ts'
import { graphCall, type ServiceClient } from './serviceClient.ts'
import { plain, type RestCall, rest, restPath } from './sharePointRest.ts'
import { readAnswer } from './wire.ts'

/** The same in every site, whatever language its names are in. [H.3] */
const ROLE_IDS: Readonly<Record<SiteRole, number>> = {
  fullControl: 1_073_741_829,
  edit: 1_073_741_830,
  contribute: 1_073_741_827,
  read: 1_073_741_826,
}
const LIMITED_ACCESS = 1_073_741_825
const ROLE_OF_ID = new Map(Object.entries(ROLE_IDS).map(([role, id]) => [id, role as SiteRole]))

const SECURITY_GROUP_CLAIM = 'c:0t.c|tenant|'
const UNIFIED_GROUP_CLAIM = 'c:0o.c|federateddirectoryclaimprovider|'
const EVERYONE_CLAIM = 'c:0-.f|rolemanager|spo-grid-all-users/'
/** How a group of the site itself is written as a login: its title alone could be a person's name. */
const SITE_GROUP = 'site:'
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const groupsSchema = z.object({ value: z.array(z.object({ id: z.string(), groupTypes: z.array(z.string()).optional() })) })
const principalSchema = z.object({ Id: z.number(), LoginName: z.string(), Title: z.string() })
const itemSchema = z.object({ HasUniqueRoleAssignments: z.boolean() })
const assignmentsSchema = z.array(
  z.object({ PrincipalId: z.number(), RoleDefinitionBindings: z.array(z.object({ Id: z.number() })) }),
)

/** Permissions of the items of one web, over SharePoint's own REST interface: Graph has no words for them. [H.3] */
export function createPermissions(
  client: ServiceClient,
  { webUrl, tenantId }: { readonly webUrl: string; readonly tenantId: string },
): Permissions {
  const web = `${webUrl.replace(/\/+$/, '')}/_api/web`
  const call = (what: string, options: Omit<RestCall, 'what' | 'isRepeatable'>) =>
    client.retry(() => rest(client, { what, isRepeatable: true, ru: PERMISSION_RU, ...options }), options.signal)

  const principals = new Map<string, Promise<SitePrincipal | undefined>>()
  let ownersOfSite: Promise<SitePrincipal | undefined> | undefined

  async function ensure(login: string, signal: AbortSignal): Promise<SitePrincipal | undefined> {
    const what = `The account ${login}`
    const reply = await call(what, {
      method: 'POST',
      url: `${web}/ensureuser`,
      body: { kind: 'json', value: { logonName: login } },
      accepts: [400, 404, 500],
      signal,
    })
    if (reply.status === 200) return principalOf(readAnswer(principalSchema, plain(reply.body), what))
    const { message } = readErrorBody(reply.body)
    if (/could not be found/i.test(message)) return undefined
    throw new MigrationError('DST_UNAVAILABLE', `${what} could not be asked for (${reply.status}): ${message}`, {
      remedy: { kind: 'retry' },
      status: reply.status,
    })
  }

  async function readOwners(signal: AbortSignal): Promise<SitePrincipal | undefined> {
    const what = 'The owners of the site'
    const reply = await call(what, { url: `${web}/associatedownergroup?$select=Id,LoginName,Title`, accepts: [404], signal })
    const found = reply.status === 404 ? undefined : principalSchema.safeParse(plain(reply.body)).data
    return found && { id: found.Id, login: `${SITE_GROUP}${found.Title}`, title: found.Title }
  }

  async function read(item: SecuredItem, signal: AbortSignal): Promise<ItemPermissions> {
    const what = describeItem(item)
    const at = `${web}${pathOf(item)}`
    const state = await call(what, { url: `${at}?$select=HasUniqueRoleAssignments`, signal })
    if (!readAnswer(itemSchema, plain(state.body), what).HasUniqueRoleAssignments) return { kind: 'inherits' }
    const url = `${at}/roleassignments?$select=PrincipalId,RoleDefinitionBindings/Id&$expand=RoleDefinitionBindings`
    const reply = await call(what, { url, signal })
    const value = readAnswer(assignmentsSchema, plain(reply.body), what)
    const assignments: RoleAssignment[] = []
    let otherCount = 0
    for (const { PrincipalId, RoleDefinitionBindings } of value) {
      for (const { Id } of RoleDefinitionBindings) {
        const role = ROLE_OF_ID.get(Id)
        if (role !== undefined) assignments.push({ principalId: PrincipalId, role })
        else if (Id !== LIMITED_ACCESS) otherCount++
      }
    }
    return { kind: 'unique', assignments, otherCount }
  }

  /** Each name once; a failure is no answer. */
  function once(key: string, ask: () => Promise<SitePrincipal | undefined>): Promise<SitePrincipal | undefined> {
    const asked = principals.get(key) ?? ask()
    principals.set(key, asked)
    asked.catch(() => principals.delete(key))
    return asked
  }

  async function findGroup(name: string, signal: AbortSignal): Promise<SitePrincipal | undefined> {
    const what = `The group ${name}`
    const quoted = `'${encodeURIComponent(name.replaceAll("'", "''"))}'`
    const filter = GUID.test(name) ? `id eq ${quoted}` : `${name.includes('@') ? 'mail' : 'displayName'} eq ${quoted}`
    const path = `/groups?$filter=${filter}&$select=id,groupTypes&$top=2`
    const reply = await client.retry(() => graphCall(client, { method: 'GET', path, what, isRepeatable: true, signal }), signal)
    const [group, another] = readAnswer(groupsSchema, reply.body, what).value
    if (another) return undefined
    if (!group) return GUID.test(name) ? undefined : await findSiteGroup(name, signal)
    const isUnified = group.groupTypes?.includes('Unified') === true
    return await ensure(`${isUnified ? UNIFIED_GROUP_CLAIM : SECURITY_GROUP_CLAIM}${group.id}`, signal)
  }

  /** A group of the site, by its title. */
  async function findSiteGroup(title: string, signal: AbortSignal): Promise<SitePrincipal | undefined> {
    const what = `The site group ${title}`
    const quoted = encodeURIComponent(title.replaceAll("'", "''"))
    const url = `${web}/sitegroups/getbyname('${quoted}')?$select=Id,LoginName,Title`
    const reply = await call(what, { url, accepts: [404, 500], signal })
    const found = reply.status === 200 ? principalSchema.safeParse(plain(reply.body)).data : undefined
    return found && { id: found.Id, login: `${SITE_GROUP}${found.Title}`, title: found.Title }
  }

  async function findEveryone(signal: AbortSignal): Promise<SitePrincipal | undefined> {
    if (GUID.test(tenantId)) return await ensure(`${EVERYONE_CLAIM}${tenantId}`, signal)
    const what = 'The id of the tenant'
    const path = '/organization?$select=id'
    const reply = await client.retry(() => graphCall(client, { method: 'GET', path, what, isRepeatable: true, signal }), signal)
    const [tenant] = readAnswer(groupsSchema, reply.body, what).value
    return tenant && (await ensure(`${EVERYONE_CLAIM}${tenant.id}`, signal))
  }

  return {
    principal: (login, signal) =>
      once(login.toLowerCase(), () =>
        login.startsWith(SITE_GROUP) ? findSiteGroup(login.slice(SITE_GROUP.length), signal) : ensure(login, signal),
      ),
    group: (name, signal) =>
      once(`group ${name.toLowerCase()}`, () =>
        name.startsWith(SITE_GROUP) ? findSiteGroup(name.slice(SITE_GROUP.length), signal) : findGroup(name, signal),
      ),
    everyone: (signal) => once('everyone', () => findEveryone(signal)),
    owners(signal) {
      ownersOfSite ??= readOwners(signal)
      ownersOfSite.catch(() => {
        ownersOfSite = undefined
      })
      return ownersOfSite
    },
    read,
    async inherit(item, signal) {
      const url = `${web}${pathOf(item)}/resetroleinheritance()`
      await call(describeItem(item), { method: 'POST', url, signal })
    },
    async assign(item, wanted, { keepsOthers, signal }) {
      const what = describeItem(item)
      const at = `${web}${pathOf(item)}`
      const owners = await this.owners(signal)
      const all = new Set(wanted.map(spell))
      if (owners) all.add(spell({ principalId: owners.id, role: 'fullControl' }))
      const before = await read(item, signal)
      if (before.kind === 'inherits') {
        const url = `${at}/breakroleinheritance(copyRoleAssignments=false,clearSubscopes=true)`
        const reply = await call(what, { method: 'POST', url, accepts: [400, 500], signal })
        if (reply.status >= 400) throw refusal(what, reply)
      }
      // Breaking leaves the caller its own full control; what is there now is asked, not guessed.
      const now = await read(item, signal)
      const present = new Set(now.kind === 'unique' ? now.assignments.map(spell) : [])
      for (const assignment of all) {
        if (present.has(assignment)) continue
        const { principalId, role } = unspell(assignment)
        const url = `${at}/roleassignments/addroleassignment(principalid=${principalId},roledefid=${ROLE_IDS[role]})`
        await call(what, { method: 'POST', url, signal })
      }
      if (keepsOthers) return
      for (const assignment of present) {
        if (all.has(assignment)) continue
        const { principalId, role } = unspell(assignment)
        const url = `${at}/roleassignments/removeroleassignment(principalid=${principalId},roledefid=${ROLE_IDS[role]})`
        await call(what, { method: 'POST', url, signal })
      }
    },
  }
}

const spell = ({ principalId, role }: RoleAssignment): string => `${principalId} ${role}`

function unspell(text: string): RoleAssignment {
  const [id = '', role = ''] = text.split(' ')
  return { principalId: Number(id), role: role as SiteRole }
}

function principalOf({ Id, LoginName, Title }: z.infer<typeof principalSchema>): SitePrincipal {
  return { id: Id, login: LoginName, title: Title }
}

function pathOf({ kind, serverRelativePath }: SecuredItem): string {
  const path = restPath(serverRelativePath)
  switch (kind) {
    case 'library':
      return `/GetList('${path}')`
    case 'folder':
      return `/GetFolderByServerRelativePath(decodedurl='${path}')/ListItemAllFields`
    case 'file':
      return `/GetFileByServerRelativePath(decodedurl='${path}')/ListItemAllFields`
  }
}

const describeItem = ({ serverRelativePath }: SecuredItem): string => `The permissions of ${serverRelativePath}`

function refusal(what: string, reply: { readonly status: number; readonly body: unknown }): MigrationError {
  const { message } = readErrorBody(reply.body)
  const isFull = /exceeds the .*limit/i.test(message)
  return new MigrationError(isFull ? 'DST_TOO_MANY_SCOPES' : 'DST_UNAVAILABLE', `${what} cannot be set: ${message}`, {
    remedy: isFull ? { kind: 'failItem' } : { kind: 'retry' },
    status: reply.status,
  })
}
