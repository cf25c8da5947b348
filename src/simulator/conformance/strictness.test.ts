import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { routes } from '../core/routes.ts'
import { startTestTenant, type TestTenant, type WireReply, type WireRequest } from '../testing/testTenant.ts'
import { addPermissionSamples, addRecycleSamples } from './permissionSamples.ts'

/**
 * One request of every route that the service takes. Each is sent with a query option that does not exist (refused and journalled as
 * unknown), those with a JSON body with a member that does not exist, and then as it is (taken).
 */

const GRAPH = 'https://graph.microsoft.com/v1.0'
const SITE = 'https://contoso.sharepoint.com/sites/finance'
const API = `${SITE}/_api`

interface Sample {
  readonly route: string
  readonly url: string
  readonly init: WireRequest
}

let world: TestTenant
const samples: Sample[] = []

const idOf = (reply: WireReply): string => z.looseObject({ id: z.string() }).parse(reply.json()).id
const upperIdOf = (reply: WireReply): string => z.looseObject({ Id: z.string() }).parse(reply.json()).Id

function send(url: string, init: WireRequest = {}): Promise<WireReply> {
  const isGraph = url.startsWith(GRAPH)
  const isOpen = url.includes('tempauth=') || url.includes('/monitor/')
  return world.fetchAt(url, {
    ...init,
    ...(isOpen ? {} : { token: world.token({ as: 'admin', resource: isGraph ? 'graph' : 'sharepoint' }) }),
    headers: { ...(isGraph ? {} : { accept: 'application/json;odata=nometadata' }), ...init.headers },
  })
}

async function made(url: string, init: WireRequest): Promise<WireReply> {
  const reply = await send(url, init)
  if (reply.status >= 300) throw new Error(`${url} answered ${reply.status}: ${reply.text}`)
  return reply
}

beforeAll(async () => {
  world = await startTestTenant({ seed: 5, frozenAtMs: Date.UTC(2026, 7, 20) })
  const { tenant } = world
  const site = tenant.sites.siteByPath('contoso.sharepoint.com', '/sites/finance')
  if (site === undefined) throw new Error('The seed has no finance site.')
  const admin = tenant.directory.user('admin@contoso.com')
  if (admin === undefined) throw new Error('The seed has no administrator.')
  tenant.sites.updateSite(site.siteId, { adminIds: [...site.adminIds, admin.objectId] })
  const library = tenant.sites.defaultLibrary(site.siteId)
  const drive = `${GRAPH}/drives/${library.driveId}`
  const add = (route: string, url: string, init: WireRequest = {}): void => void samples.push({ route, url, init })
  const put = (name: string, body: string) => made(`${drive}/root:/${name}:/content`, { method: 'PUT', body })

  // Graph files
  const file = idOf(await put('a.txt', 'one'))
  await put('a.txt', 'two')
  await put('a.txt', 'three')
  add('drive.content.get', `${drive}/items/${file}/content`)
  add('drive.content.put', `${drive}/root:/b.txt:/content`, { method: 'PUT', body: 'b' })
  add('drive.session.create', `${drive}/root:/c.bin:/createUploadSession`, { json: { item: { name: 'c.bin' } } })
  add('drive.item.get', `${drive}/items/${file}`)
  add('drive.item.patch', `${drive}/items/${idOf(await put('p.txt', 'p'))}`, { method: 'PATCH', json: { name: 'q.txt' } })
  add('drive.item.delete', `${drive}/items/${idOf(await put('d1.txt', 'd'))}`, { method: 'DELETE' })
  add('drive.item.permanentDelete', `${drive}/items/${idOf(await put('d2.txt', 'd'))}/permanentDelete`, { method: 'POST' })
  add('drive.children.create', `${drive}/root/children`, { json: { name: 'folder', folder: {} } })
  add('drive.item.copy', `${drive}/items/${file}/copy`, { json: { name: 'copy.txt' } })
  const copied = await made(`${drive}/items/${file}/copy`, { json: { name: 'copy-2.txt' } })
  add('drive.copy.monitor', String(copied.headers.location))
  add('drive.get', drive)
  add('drive.children.list', `${drive}/root/children`)
  add('drive.permission.list', `${drive}/items/${file}/permissions`)
  const owners = Buffer.from(`${site.title} Owners`).toString('base64url')
  add('drive.permission.get', `${drive}/items/${file}/permissions/${owners}`)
  add('drive.delta', `${drive}/root/delta`)
  add('drive.delta.function', `${drive}/root/delta(token='latest')`)
  add('drive.versions.list', `${drive}/items/${file}/versions`)
  add('drive.versions.get', `${drive}/items/${file}/versions/1.0`)
  add('drive.versions.content', `${drive}/items/${file}/versions/1.0/content`)
  add('drive.versions.delete', `${drive}/items/${file}/versions/1.0`, { method: 'DELETE' })
  add('drive.sites.search', `${GRAPH}/sites?search=finance`)
  add('drive.site.get', `${GRAPH}/sites/root`)
  add('drive.site.drives', `${GRAPH}/sites/root/drives`)
  add('drive.site.subsites', `${GRAPH}/sites/root/sites`)
  add('drive.owner.drives', `${GRAPH}/me/drives`)
  const team = tenant.directory
    .groups()
    .map((each) => tenant.sites.team(each.objectId))
    .find((each) => each !== undefined)
  const channel = team === undefined ? undefined : tenant.sites.channels(team.teamId).find((each) => each.isFolderCreated)
  add('drive.channel.filesFolder', `${GRAPH}/teams/${team?.teamId}/channels/${channel?.channelId}/filesFolder`)

  // Upload sessions and downloads
  const session = async (name: string, options = {}) => {
    const reply = await made(`${drive}/root:/${name}:/createUploadSession`, { json: { item: {}, ...options } })
    return z.looseObject({ uploadUrl: z.string() }).parse(reply.json()).uploadUrl
  }
  const whole = { method: 'PUT', body: 'xyz', headers: { 'content-range': 'bytes 0-2/3' } }
  add('drive.session.fragment', await session('s1.bin'), whole)
  add('drive.session.get', await session('s2.bin'))
  const deferred = await session('s3.bin', { deferCommit: true })
  await made(deferred, whole)
  add('drive.session.commit', deferred, { method: 'POST', body: '' })
  add('drive.session.cancel', await session('s4.bin'), { method: 'DELETE' })
  add('drive.download', String((await send(`${drive}/items/${file}/content`)).headers.location))

  // Graph lists
  const lists = `${GRAPH}/sites/contoso.sharepoint.com:/sites/finance:/lists`
  const newList = async (displayName: string) => `${lists}/${idOf(await made(lists, { json: { displayName } }))}`
  const list = await newList('strict')
  const newItem = async () => `${list}/items/${idOf(await made(`${list}/items`, { json: { fields: { Title: 'x' } } }))}`
  const newColumn = async (name: string) => `${list}/columns/${idOf(await made(`${list}/columns`, { json: { name, text: {} } }))}`
  const item = await newItem()
  const column = await newColumn('State')
  add('lists.item.delta', `${list}/items/delta`)
  add('lists.item.list', `${list}/items`)
  add('lists.item.create', `${list}/items`, { json: { fields: { Title: 'y' } } })
  add('lists.fields.get', `${item}/fields`)
  add('lists.fields.update', `${item}/fields`, { method: 'PATCH', json: { Title: 'z' } })
  add('lists.item.get', item)
  add('lists.item.update', item, { method: 'PATCH', json: { fields: { Title: 'w' } } })
  add('lists.item.delete', await newItem(), { method: 'DELETE' })
  add('lists.column.list', `${list}/columns`)
  add('lists.column.create', `${list}/columns`, { json: { name: 'Rank', number: {} } })
  add('lists.column.get', column)
  add('lists.column.update', column, { method: 'PATCH', json: { indexed: true } })
  add('lists.column.delete', await newColumn('Gone'), { method: 'DELETE' })
  add('lists.list.list', lists)
  add('lists.list.create', lists, { json: { displayName: 'strict-2' } })
  add('lists.list.get', list)
  add('lists.list.update', list, { method: 'PATCH', json: { description: 'd' } })
  add('lists.list.delete', await newList('strict-3'), { method: 'DELETE' })
  add('lists.driveItem.get', `${drive}/items/${file}/listItem`)
  add('lists.driveItem.fields', `${drive}/items/${file}/listItem/fields`)
  add('lists.driveItem.patch', `${drive}/items/${file}/listItem/fields`, { method: 'PATCH', json: { Title: 't' } })

  // SharePoint REST: lists
  const newRestList = async (Title: string) => upperIdOf(await made(`${API}/web/lists`, { json: { Title, BaseTemplate: 100 } }))
  const restId = await newRestList('rest')
  const rest = `${API}/web/lists(guid'${restId}')`
  const newRestItem = async () => {
    const reply = await made(`${rest}/items`, { json: { Title: 'x' } })
    return `${rest}/items(${z.looseObject({ Id: z.number() }).parse(reply.json()).Id})`
  }
  const restItem = await newRestItem()
  const merge = { 'x-http-method': 'MERGE', 'if-match': '*' }
  const del = { 'x-http-method': 'DELETE', 'if-match': '*' }
  add('sharepoint.item.list', `${rest}/items`)
  add('sharepoint.item.create', `${rest}/items`, { json: { Title: 'y' } })
  add('sharepoint.item.get', restItem)
  add('sharepoint.item.write', restItem, { json: { Title: 'z' }, headers: merge })
  add('sharepoint.item.recycle', `${await newRestItem()}/recycle`, { method: 'POST' })
  add('sharepoint.list.list', `${API}/web/lists`)
  add('sharepoint.list.create', `${API}/web/lists`, { json: { Title: 'rest-2', BaseTemplate: 100 } })
  add('sharepoint.list.get', rest)
  add('sharepoint.list.write', rest, { json: { Description: 'd' }, headers: merge })
  add('sharepoint.list.deleteObject', `${API}/web/lists(guid'${await newRestList('rest-3')}')/deleteObject`, { method: 'POST' })
  add('sharepoint.contentType.list', `${rest}/contenttypes`)
  add('sharepoint.view.list', `${rest}/views`)
  add('sharepoint.view.get', `${rest}/defaultview`)
  add('sharepoint.view.write', `${rest}/defaultview`, { json: { ViewQuery: '' }, headers: merge })
  add('sharepoint.list.changes', `${rest}/getchanges`, { json: { query: { Add: true, Item: true } } })
  add('sharepoint.list.getItems', `${rest}/getitems`, { json: { query: { ViewXml: '<View/>' } } })
  add('sharepoint.list.render', `${rest}/renderlistdataasstream`, { json: { parameters: { ViewXml: '<View/>' } } })
  add('sharepoint.item.validateUpdate', `${restItem}/validateupdatelistitem`, {
    json: { formValues: [{ FieldName: 'Title', FieldValue: 'v' }], bNewDocumentUpdate: false },
  })
  add('sharepoint.list.addValidated', `${rest}/addvalidateupdateitemusingpath`, {
    json: { listItemCreateInfo: {}, formValues: [{ FieldName: 'Title', FieldValue: 'v' }], bNewDocumentUpdate: false },
  })
  add('sharepoint.field.list', `${rest}/fields`)
  add('sharepoint.field.create', `${rest}/fields`, { json: { Title: 'A', FieldTypeKind: 2 } })
  add('sharepoint.field.add', `${rest}/fields/addfield`, { json: { parameters: { Title: 'B', FieldTypeKind: 2 } } })
  add('sharepoint.field.createAsXml', `${rest}/fields/createfieldasxml`, {
    json: { parameters: { SchemaXml: '<Field Type="Text" DisplayName="C" Name="C"/>' } },
  })
  add('sharepoint.field.get', `${rest}/fields/getbytitle('Title')`)
  add('sharepoint.field.write', `${rest}/fields/getbytitle('A')`, { json: { Indexed: true }, headers: merge })

  // SharePoint REST: web, people, rights
  add('sharepoint.web.get', `${API}/web`)
  add('sharepoint.web.update', `${API}/web`, { json: { Title: 'Finance' }, headers: merge })
  add('sharepoint.web.webs', `${API}/web/webs`)
  add('sharepoint.site.get', `${API}/site`)
  add('sharepoint.site.exists', `${API}/SP.Site.Exists`, { json: { url: SITE } })
  add('sharepoint.contextInfo', `${API}/contextinfo`, { method: 'POST' })
  add('sharepoint.user.get', `${API}/web/currentuser`)
  add('sharepoint.user.list', `${API}/web/siteusers`)
  add('sharepoint.user.ensure', `${API}/web/ensureuser`, { json: { logonName: 'bob@contoso.com' } })
  add('sharepoint.group.list', `${API}/web/sitegroups`)
  add('sharepoint.group.get', `${API}/web/associatedownergroup`)
  add('sharepoint.group.users', `${API}/web/associatedownergroup/users`)
  add('sharepoint.roleDefinition.list', `${API}/web/roledefinitions`)
  add('sharepoint.roleDefinition.get', `${API}/web/roledefinitions/getbytype(5)`)
  add('sharepoint.roleAssignment.list', `${API}/web/roleassignments`)
  const ensured = await made(`${API}/web/ensureuser`, { json: { logonName: 'carla@contoso.com' } })
  const carla = z.looseObject({ Id: z.number() }).parse(ensured.json()).Id
  const FULL = 1073741829
  const breaking = 'breakroleinheritance(copyRoleAssignments=true,clearSubscopes=false)'
  for (const [name, target] of [
    ['list', rest],
    ['item', restItem],
  ] as const) {
    add(`sharepoint.${name}.breakInheritance`, `${target}/${breaking}`, { method: 'POST' })
    if (name === 'item') continue
    add('sharepoint.roleAssignment.add', `${rest}/roleassignments/addroleassignment(principalid=${carla},roledefid=${FULL})`, {
      method: 'POST',
    })
    add('sharepoint.roleAssignment.get', `${rest}/roleassignments(${carla})`)
    add(
      'sharepoint.roleAssignment.remove',
      `${rest}/roleassignments/removeroleassignment(principalid=${carla},roledefid=${FULL})`,
      {
        method: 'POST',
      },
    )
    add('sharepoint.roleAssignment.add', `${rest}/roleassignments/addroleassignment(principalid=${carla},roledefid=${FULL})`, {
      method: 'POST',
    })
    add('sharepoint.roleAssignment.delete', `${rest}/roleassignments(${carla})`, { method: 'POST', headers: del })
  }
  add('sharepoint.item.resetInheritance', `${restItem}/resetroleinheritance`, { method: 'POST' })
  add('sharepoint.list.resetInheritance', `${rest}/resetroleinheritance`, { method: 'POST' })

  // SharePoint REST: files
  const folder = `${API}/web/getfolderbyserverrelativepath(decodedurl='/sites/finance/Shared Documents')`.replaceAll(' ', '%20')
  const restFile = (name: string) =>
    `${API}/web/getfilebyserverrelativepath(decodedurl='/sites/finance/Shared%20Documents/${name}')`
  for (const name of ['r1.txt', 'r2.txt', 'r3.txt', 'r4.txt', 'r5.txt']) await put(name, name)
  for (const name of ['f1', 'f2']) await made(`${drive}/root/children`, { json: { name, folder: {} } })
  const guid = (n: number) => `00000000-0000-4000-8000-00000000000${n}`
  add('sharepoint.file.list', `${folder}/files`)
  add('sharepoint.file.add', `${folder}/files/addusingpath(decodedurl='n1.txt',overwrite=true)`, { body: 'n' })
  add('sharepoint.file.addByUrl', `${folder}/files/add(url='n2.txt',overwrite=true)`, { body: 'n' })
  add('sharepoint.file.get', restFile('r1.txt'))
  add('sharepoint.file.content', `${restFile('r1.txt')}/$value`)
  add('sharepoint.file.openBinaryStream', `${restFile('r1.txt')}/openbinarystream`)
  add('sharepoint.file.setContent', `${restFile('r1.txt')}/$value`, { body: 'x', headers: { 'x-http-method': 'PUT' } })
  add('sharepoint.file.versions', `${restFile('r1.txt')}/versions`)
  add('sharepoint.file.startUpload', `${restFile('r1.txt')}/startupload(uploadId=guid'${guid(1)}')`, { body: 'x' })
  add('sharepoint.file.continueUpload', `${restFile('r1.txt')}/continueupload(uploadId=guid'${guid(1)}',fileOffset=1)`, {
    body: 'y',
  })
  add('sharepoint.file.finishUpload', `${restFile('r1.txt')}/finishupload(uploadId=guid'${guid(1)}',fileOffset=2)`, { body: 'z' })
  add(
    'sharepoint.file.startStubUpload',
    `${folder}/files/getbypathoraddstub(decodedurl='stub.txt')/startupload(uploadId=guid'${guid(2)}')`,
    {
      body: 'x',
    },
  )
  add('sharepoint.file.cancelUpload', `${restFile('stub.txt')}/cancelupload(uploadId=guid'${guid(2)}')`, { method: 'POST' })
  add('sharepoint.file.write', restFile('r2.txt'), { method: 'POST', headers: del })
  add('sharepoint.file.recycle', `${restFile('r3.txt')}/recycle`, { method: 'POST' })
  add('sharepoint.folder.get', folder)
  add('sharepoint.folder.list', `${folder}/folders`)
  add('sharepoint.folder.create', `${API}/web/folders`, {
    json: { ServerRelativeUrl: '/sites/finance/Shared Documents/g1' },
  })
  add('sharepoint.folder.add', `${folder}/folders/addusingpath(decodedurl='g2')`, { method: 'POST' })
  add('sharepoint.folder.addByUrl', `${folder}/folders/add('g3')`, { method: 'POST' })
  add('sharepoint.folder.addSub', `${folder}/addsubfolderusingpath(decodedurl='g4')`, { method: 'POST' })
  add('sharepoint.folder.write', `${folder}/folders('f1')`, { method: 'POST', headers: del })
  add('sharepoint.folder.recycle', `${folder}/folders('f2')/recycle`, { method: 'POST' })

  // Sites and batches
  const manager = 'https://contoso.sharepoint.com/_api/SPSiteManager'
  add('sharepoint.site.create', `${manager}/create`, {
    json: {
      request: {
        Title: 'New',
        Url: 'https://contoso.sharepoint.com/sites/new',
        Lcid: 1033,
        WebTemplate: 'SITEPAGEPUBLISHING#0',
        Owner: 'admin@contoso.com',
      },
    },
  })
  add('sharepoint.site.status', `${manager}/status?url='https://contoso.sharepoint.com/sites/new'`)
  add('sharepoint.batch', `${API}/$batch`, {
    headers: { 'content-type': 'multipart/mixed; boundary=b' },
    body: `--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET ${API}/web HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n--b--\r\n`,
  })

  // Directory
  const deleted = {
    ...admin,
    objectId: '0c5f1a52-0000-4000-8000-000000000001',
    upn: 'gone@contoso.com',
    deletedAtMs: tenant.clock.now(),
  }
  tenant.directory.addUser(deleted)
  add('directory.me.get', `${GRAPH}/me`)
  add('directory.me.roles', `${GRAPH}/me/transitiveMemberOf/microsoft.graph.directoryRole`)
  add('directory.me.memberships', `${GRAPH}/me/transitiveMemberOf`)
  add('directory.me.memberOfType', `${GRAPH}/me/memberOf/microsoft.graph.group`)
  add('directory.me.memberOf', `${GRAPH}/me/memberOf`)
  add('directory.me.teams', `${GRAPH}/me/joinedTeams`)
  add('directory.user.list', `${GRAPH}/users`)
  add('directory.user.get', `${GRAPH}/users/ann@contoso.com`)
  add('directory.user.roles', `${GRAPH}/users/ann@contoso.com/transitiveMemberOf/microsoft.graph.directoryRole`)
  add('directory.user.memberships', `${GRAPH}/users/ann@contoso.com/transitiveMemberOf`)
  add('directory.user.teams', `${GRAPH}/users/ann@contoso.com/joinedTeams`)
  add('directory.group.list', `${GRAPH}/groups`)
  const group = team?.teamId
  add('directory.group.get', `${GRAPH}/groups/${group}`)
  add('directory.group.members', `${GRAPH}/groups/${group}/members`)
  add('directory.organization.list', `${GRAPH}/organization`)
  add('directory.team.list', `${GRAPH}/teams`)
  add('directory.team.get', `${GRAPH}/teams/${team?.teamId}`)
  add('directory.channel.list', `${GRAPH}/teams/${team?.teamId}/channels`)
  add('directory.channel.get', `${GRAPH}/teams/${team?.teamId}/channels/${channel?.channelId}`)
  await addPermissionSamples(
    { graph: GRAPH, api: API, add, made },
    { drive, fileId: file, restList: rest, restItem, groupId: group ?? '', deletedUserId: deleted.objectId },
  )
  await addRecycleSamples(
    { graph: GRAPH, api: API, add, made },
    { driveId: library.driveId, library: '/sites/finance/Shared%20Documents' },
  )
  add('graph.batch', `${GRAPH}/$batch`, { json: { requests: [{ id: '1', method: 'GET', url: '/me' }] } })
})
afterAll(() => world.close())

function lastRow() {
  const row = world.journal().findLast(({ batchId }) => batchId === undefined)
  if (row === undefined) throw new Error('The journal is empty.')
  return row
}

test('every route has a sample', () => {
  const named = new Set(samples.map(({ route }) => route))
  const NEEDS_NONE = ['sharepoint.web.breakInheritance', 'sharepoint.web.resetInheritance']
  // The import calls are judged in migration/strictness.test.ts.
  const isJudgedElsewhere = (name: string) =>
    NEEDS_NONE.includes(name) || name.startsWith('sharepoint.migration.') || name.startsWith('blob.')
  expect(routes.map(({ name }) => name).filter((name) => !named.has(name) && !isJudgedElsewhere(name))).toEqual([])
})

test('an option or a member that does not exist is refused, and the request without it is taken', async () => {
  const faults: string[] = []
  for (const { route, url, init } of samples) {
    for (const option of ['$bogus=1', '@bogus=1', 'bogus=1']) {
      const reply = await send(`${url}${url.includes('?') ? '&' : '?'}${option}`, init)
      if (reply.status < 400 || lastRow().unknown !== true)
        faults.push(`${route} takes ${option}: ${reply.status} ${lastRow().unknown}`)
    }
    if (typeof init.json === 'object') {
      const reply = await send(url, { ...init, json: { ...init.json, bogus: 1 } })
      // A column that does not exist is refused in words of the service's own.
      if (reply.status < 400 || !reply.text.includes('bogus')) faults.push(`${route} takes a member: ${reply.status}`)
    }
    const reply = await send(url, init)
    if (reply.status >= 400 || lastRow().route !== route || lastRow().unknown)
      faults.push(`${route} refused: ${reply.status} ${lastRow().route} ${reply.text.slice(0, 300)}`)
  }
  expect(faults).toEqual([])
})
