import type { Route } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { reply } from './dialect.ts'
import { entityContext } from './entities.ts'
import { MEMBERS_GROUP, OWNERS_GROUP, VISITORS_GROUP } from './permissionStore.ts'
import { principalIdNotFound, principalNotFound } from './principalErrors.ts'
import { readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'
import { permissionsOf } from './siteAccess.ts'
import { groupEntity, userEntity } from './webEntities.ts'

/** Characters that the service does not take in the name of a group. */
const FORBIDDEN_IN_NAME = /["/\\[\]:|<>+=;,?*'@]/

const createGroup: RestHandler = async ({ request, tenant, site }) => {
  const body = readMembers(
    await readRestBody(request, ['SP.Group']),
    { Title: 'string', Description: 'string', AllowMembersEditMembership: 'boolean', OnlyAllowMembersViewMembership: 'boolean' },
    'SP.Group',
  )
  const title = body.Title?.trim() ?? ''
  if (title === '' || title.length > 255 || FORBIDDEN_IN_NAME.test(title))
    throw new ServiceError(
      400,
      '-2147024809, System.ArgumentException',
      'The group name is empty, or you are using one or more of the invalid characters.',
    )
  const permissions = permissionsOf(tenant)
  if (permissions.principals(site).some((known) => known.type === 8 && known.title.toLowerCase() === title.toLowerCase()))
    throw new ServiceError(500, '-2130575293, Microsoft.SharePoint.SPException', 'The specified name is already in use.')
  return reply(request, groupEntity(site, permissions.ensureGroup(site, title)), { status: 201 })
}

/** POST `{"LoginName":"…"}`; somebody who is in already stays in. */
const addMember: RestHandler = async (context) => {
  const { request, tenant, site } = context
  const { principal: group } = expectResource(context, 'groupUsers')
  const { LoginName: login } = readMembers(await readRestBody(request, ['SP.User']), { LoginName: 'string' }, 'SP.User')
  if (login === undefined) throw invalidQuery('The property LoginName is missing.')
  const permissions = permissionsOf(tenant)
  const member = permissions.ensure(site, login)
  if (member === undefined) throw principalNotFound(login)
  permissions.addGroupMember(site, group.principalId, member.principalId)
  return reply(request, userEntity(entityContext(context), member), { status: 201 })
}

const removeMember: RestHandler = (context) => {
  const { tenant, site, argument } = context
  const { principal: group } = expectResource(context, 'groupUsers')
  const key = (argument('') ?? '').toLowerCase()
  const permissions = permissionsOf(tenant)
  const member = permissions
    .groupMembers(site, group.principalId)
    .find((each) => String(each.principalId) === key || each.login.toLowerCase() === key)
  if (member === undefined) throw principalIdNotFound(Number(key))
  permissions.removeGroupMember(site, group.principalId, member.principalId)
  return { status: 200 }
}

const removeGroup: RestHandler = (context: RestContext) => {
  const { tenant, site, argument } = context
  const key = (argument('') ?? '').toLowerCase()
  const permissions = permissionsOf(tenant)
  const group = permissions
    .principals(site)
    .find((each) => each.type === 8 && (String(each.principalId) === key || each.login.toLowerCase() === key))
  if (group === undefined) throw principalIdNotFound(Number(key))
  if ([OWNERS_GROUP, VISITORS_GROUP, MEMBERS_GROUP].includes(group.principalId))
    throw invalidQuery('The practice tenant keeps the associated groups of a site.', true)
  permissions.removeGroup(site, group.principalId)
  return { status: 200 }
}

const HEAVY = { methods: ['POST'], level: 'full', resourceUnits: 5 } as const

/** SharePoint groups: made, filled, emptied and taken away. */
export const groupRoutes: readonly Route[] = [
  restRoute({ name: 'group.create', key: 'groups', ...HEAVY, handle: createGroup }),
  restRoute({ name: 'group.addUser', key: 'groupUsers', ...HEAVY, handle: addMember }),
  restRoute({ name: 'group.removeUser', key: 'groupUsers/removebyid', ...HEAVY, handle: removeMember }),
  restRoute({ name: 'group.removeUserByLogin', key: 'groupUsers/removebyloginname', ...HEAVY, handle: removeMember }),
  restRoute({ name: 'group.remove', key: 'groups/removebyid', ...HEAVY, handle: removeGroup }),
  restRoute({ name: 'group.removeByLogin', key: 'groups/removebyloginname', ...HEAVY, handle: removeGroup }),
]
