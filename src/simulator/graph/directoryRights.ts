import type { Caller } from '../core/caller.ts'
import type { Handler } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import type { GroupRecord, UserRecord } from '../identity/directory.ts'
import { callerOf } from '../sharepoint/siteAccess.ts'
import type { Shape } from './usersQueries.ts'

const READ_EVERYTHING = ['Directory.Read.All', 'Directory.ReadWrite.All']
const READ_USERS_WHOLE = ['User.Read.All', 'User.ReadWrite.All', ...READ_EVERYTHING]
export const READ_USERS = ['User.ReadBasic.All', ...READ_USERS_WHOLE]
export const READ_SELF = ['User.Read', 'User.ReadWrite', ...READ_USERS]
export const READ_GROUPS = ['GroupMember.Read.All', 'Group.Read.All', 'Group.ReadWrite.All', ...READ_EVERYTHING]
export const READ_ROLES = ['RoleManagement.Read.Directory', ...READ_EVERYTHING]
export const READ_OBJECTS = READ_EVERYTHING

/** What `User.ReadBasic.All` shows of other people. */
const BASIC = new Set(['id', 'displayName', 'givenName', 'surname', 'mail', 'userPrincipalName'])

const mayAny = ({ kind, scopes, roles }: Caller, wanted: readonly string[]) =>
  (kind === 'user' ? scopes : roles).some((held) => wanted.includes(held))

export function insufficient(): ServiceError {
  return new ServiceError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
}

/** Several kinds of object are touched, and each needs a permission of its own. */
export function requireEach(caller: Caller, permissions: readonly (readonly string[])[]): void {
  for (const wanted of permissions) if (!mayAny(caller, wanted)) throw insufficient()
}

export function missing(id: string): ServiceError {
  return new ServiceError(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )
}

/** The user that `/me` or `/users/{id}` names; `/me` needs a signed-in user. */
export function userOf(...[request, tenant, params]: Parameters<Handler>): UserRecord {
  const caller = callerOf(request)
  if (params.user === undefined && caller.kind === 'app')
    throw new ServiceError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
  const key = params.user ?? caller.objectId
  const user = tenant.directory.user(key)
  const isSelf = user !== undefined && user.objectId === caller.objectId
  if (!isSelf && caller.kind === 'user' && !mayAny(caller, [...READ_USERS, ...READ_GROUPS])) throw insufficient()
  if (user === undefined) throw missing(key)
  return user
}

export function groupOf(tenant: Tenant, id: string): GroupRecord {
  const group = tenant.directory.group(id)
  if (group === undefined) throw missing(id)
  return group
}

/**
 * People as the caller may see them where they are asked for themselves: with `User.ReadBasic.All` what is not basic is null, and
 * asking for it by name is refused.
 */
export function requireReadable(caller: Caller, named: readonly string[]): (person: Shape) => Shape {
  if (mayAny(caller, READ_USERS_WHOLE)) return (person) => person
  if (named.some((property) => !BASIC.has(property))) throw insufficient()
  return basicOnly
}

/** Members of a kind that the caller may not read are listed with their ids alone. */
export function seenMember(caller: Caller, kind: 'user' | 'group' | 'role'): (member: Shape) => Shape {
  const whole = { user: READ_USERS_WHOLE, group: READ_GROUPS, role: READ_ROLES }[kind]
  if (mayAny(caller, whole)) return (member) => member
  return kind === 'user' && mayAny(caller, READ_USERS) ? basicOnly : (member) => withOnly(member, (name) => name === 'id')
}

function basicOnly(person: Shape): Shape {
  return withOnly(person, (name) => BASIC.has(name))
}

function withOnly(shape: Shape, isShown: (name: string) => boolean): Shape {
  return Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, isShown(name) ? value : null]))
}
