import { z } from 'zod'
import type { WireReply, WireRequest } from '../testing/testTenant.ts'

/** What the samples of strictness.test.ts are made with. */
export interface SampleMaker {
  /** Graph's root and the `_api` of the site. */
  readonly graph: string
  readonly api: string
  add(route: string, url: string, init?: WireRequest): void
  /** Sends a request that has to succeed. */
  made(url: string, init: WireRequest): Promise<WireReply>
}

/** Samples of every route about permissions, principals and memberships that strictness.test.ts does not have itself. */
export async function addPermissionSamples(
  { graph, api, add, made }: SampleMaker,
  at: {
    readonly drive: string
    readonly fileId: string
    readonly restList: string
    readonly restItem: string
    readonly groupId: string
    readonly deletedUserId: string
  },
): Promise<void> {
  const shared = `${at.drive}/items/${at.fileId}`
  const invitation = { recipients: [{ email: 'bob@contoso.com' }], roles: ['read'], requireSignIn: true, sendInvitation: false }
  add('drive.permission.invite', `${shared}/invite`, { json: invitation })
  const granted = z
    .looseObject({ value: z.array(z.looseObject({ id: z.string() })) })
    .parse((await made(`${shared}/invite`, { json: { ...invitation, recipients: [{ email: 'carla@contoso.com' }] } })).json())
  add('drive.permission.delete', `${shared}/permissions/${granted.value[0]?.id}`, { method: 'DELETE' })

  for (const [name, rest] of [
    ['web', `${api}/web`],
    ['list', at.restList],
    ['item', at.restItem],
  ] as const) {
    add(`sharepoint.${name}.hasUniqueRoles`, `${rest}/HasUniqueRoleAssignments`)
    add(`sharepoint.${name}.mask`, `${rest}/EffectiveBasePermissions`)
    add(`sharepoint.${name}.maskOfUser`, `${rest}/getUserEffectivePermissions(@user)?@user='bob@contoso.com'`)
  }

  const newGroup = async (Title: string) =>
    z.looseObject({ Id: z.number() }).parse((await made(`${api}/web/sitegroups`, { json: { Title } })).json()).Id
  add('sharepoint.group.create', `${api}/web/sitegroups`, { json: { Title: 'Made' } })
  const users = `${api}/web/sitegroups(${await newGroup('Filled')})/users`
  add('sharepoint.group.addUser', users, { json: { LoginName: 'ann@contoso.com' } })
  const member = z
    .looseObject({ Id: z.number() })
    .parse((await made(users, { json: { LoginName: 'bob@contoso.com' } })).json()).Id
  add('sharepoint.group.removeUser', `${users}/removebyid(${member})`, { method: 'POST' })
  await made(users, { json: { LoginName: 'carla@contoso.com' } })
  const login = encodeURIComponent('i:0#.f|membership|carla@contoso.com')
  add('sharepoint.group.removeUserByLogin', `${users}/removebyloginname(@v)?@v='${login}'`, { method: 'POST' })
  add('sharepoint.group.remove', `${api}/web/sitegroups/removebyid(${await newGroup('Gone')})`, { method: 'POST' })
  await newGroup('Gone too')
  add('sharepoint.group.removeByLogin', `${api}/web/sitegroups/removebyloginname('Gone%20too')`, { method: 'POST' })

  const securityOnly = { json: { securityEnabledOnly: true } }
  for (const whose of ['me', 'users/ann@contoso.com', `groups/${at.groupId}`]) {
    const kind = whose.split('/')[0]?.replace(/s$/, '')
    add(`directory.${kind}.memberGroups`, `${graph}/${whose}/getMemberGroups`, securityOnly)
  }
  add('directory.group.memberOf', `${graph}/groups/${at.groupId}/memberOf`)
  add('directory.group.memberOfType', `${graph}/groups/${at.groupId}/memberOf/microsoft.graph.group`)
  add('directory.group.memberships', `${graph}/groups/${at.groupId}/transitiveMemberOf`)
  add('directory.group.membershipsOfType', `${graph}/groups/${at.groupId}/transitiveMemberOf/microsoft.graph.group`)
  add('directory.object.byIds', `${graph}/directoryObjects/getByIds`, { json: { ids: [at.groupId], types: ['group'] } })
  add('directory.object.get', `${graph}/directoryObjects/${at.groupId}`)
  add('directory.deleted.users', `${graph}/directory/deletedItems/microsoft.graph.user`)
  add('directory.deleted.get', `${graph}/directory/deletedItems/${at.deletedUserId}`)
  const advanced = { headers: { consistencylevel: 'eventual' } }
  add('directory.user.memberOf', `${graph}/users/ann@contoso.com/memberOf`)
  add('directory.user.memberOfType', `${graph}/users/ann@contoso.com/memberOf/microsoft.graph.group`)
  add('directory.group.membersOfType', `${graph}/groups/${at.groupId}/members/microsoft.graph.user?$count=true`, advanced)
  add('directory.group.transitiveMembers', `${graph}/groups/${at.groupId}/transitiveMembers`)
  const people = `${graph}/groups/${at.groupId}/transitiveMembers/microsoft.graph.user`
  add('directory.group.transitiveMembersOfType', `${people}?$count=true`, advanced)
}

/** Samples of every route that moves, recycles and restores files of a library. */
export async function addRecycleSamples(
  { graph, api, add, made }: SampleMaker,
  at: { readonly driveId: string; readonly library: string },
): Promise<void> {
  const put = (name: string) => made(`${graph}/drives/${at.driveId}/root:/${name}:/content`, { method: 'PUT', body: name })
  const file = (name: string) => `${api}/web/getfilebyserverrelativepath(decodedurl='${at.library}/${name}')`
  const folder = async (name: string) => {
    await made(`${graph}/drives/${at.driveId}/root/children`, { json: { name, folder: {} } })
    return `${api}/web/getfolderbyserverrelativepath(decodedurl='${at.library}/${name}')`
  }
  const recycled = async (name: string) => {
    await put(name)
    const { value } = z.object({ value: z.string() }).parse((await made(`${file(name)}/recycle`, { method: 'POST' })).json())
    return `${api}/site/recyclebin('${value}')`
  }
  await put('m1.txt')
  add('sharepoint.file.move', `${file('m1.txt')}/moveto(newurl='${at.library}/m2.txt',flags=1)`, { method: 'POST' })
  add('sharepoint.folder.move', `${await folder('mf1')}/moveto(newurl='${at.library}/mf2')`, { method: 'POST' })
  const path = (name: string) => ({ DecodedUrl: `https://contoso.sharepoint.com${decodeURIComponent(at.library)}/${name}` })
  await put('m3.txt')
  const between = (from: string, to: string) => ({
    json: { srcPath: path(from), destPath: path(to), options: { KeepBoth: false } },
  })
  add('sharepoint.file.moveByPath', `${api}/sp.movecopyutil.movefilebypath(overwrite=@a1)?@a1=true`, between('m3.txt', 'm4.txt'))
  await folder('mf3')
  add('sharepoint.folder.moveByPath', `${api}/sp.movecopyutil.movefolderbypath()`, between('mf3', 'mf4'))
  add('sharepoint.recycled.list', `${api}/web/recyclebin`)
  add('sharepoint.recycled.get', await recycled('bin-g.txt'))
  add('sharepoint.recycled.restore', `${await recycled('bin-r1.txt')}/restore()`, { method: 'POST' })
  const [, id] = /recyclebin\('(.*)'\)/.exec(await recycled('bin-r2.txt')) ?? []
  add('sharepoint.recycled.restoreByIds', `${api}/site/recyclebin/restorebyids`, { json: { ids: [id] } })
  add('sharepoint.recycled.purge', `${await recycled('bin-r3.txt')}/deleteobject()`, { method: 'POST' })
  add('sharepoint.recycled.secondStage', `${await recycled('bin-r4.txt')}/movetosecondstage()`, { method: 'POST' })
  add('sharepoint.recycled.restoreAll', `${api}/site/recyclebin/restoreall()`, { method: 'POST' })
  add('sharepoint.recycled.purgeAll', `${api}/site/recyclebin/deleteall()`, { method: 'POST' })
}
