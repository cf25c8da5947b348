import { SPDefault } from '@pnp/nodejs'
import { type SPFI, spfi } from '@pnp/sp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'
import './pnpModules.ts'
import { routeSockets } from './routedSockets.ts'

/** PnPjs for SharePoint, unmodified: default behaviours, only the token comes from the tenant directly. */

let world: TestTenant
let restore: () => Promise<void>
let sp: SPFI

function signedIn(as: string): SPFI {
  return spfi('https://contoso.sharepoint.com/sites/migration').using(SPDefault(), (instance) => {
    instance.on.auth(async (url: URL, init: RequestInit) => {
      init.headers = { ...init.headers, Authorization: `Bearer ${world.token({ as, resource: 'sharepoint' })}` }
      return [url, init]
    })
    return instance
  })
}

beforeAll(async () => {
  world = await startTestTenant()
  restore = routeSockets(world)
  sp = signedIn('admin')
})
afterAll(async () => {
  await restore()
  await world.close()
})

async function taskList(title: string) {
  const { list } = await sp.web.lists.ensure(title, 'tasks of the fleet', 100, false, { Hidden: true, EnableVersioning: false })
  await list.fields.addText('TaskKey', { Indexed: true, EnforceUniqueValues: true })
  await list.fields.addText('State', { Indexed: true })
  await list.fields.addNumber('Rank')
  return list
}

describe('web and people', () => {
  test('web, current user, digest, users and groups', async () => {
    expect(await sp.web.select('Title', 'Url')()).toMatchObject({
      Title: 'Migration',
      Url: 'https://contoso.sharepoint.com/sites/migration',
    })
    const user = await sp.web.currentUser()
    expect(user).toMatchObject({ LoginName: 'i:0#.f|membership|admin@contoso.com', IsSiteAdmin: true })
    const ensured = await sp.web.ensureUser('bob@contoso.com')
    expect(ensured).toMatchObject({ Email: 'bob@contoso.com', PrincipalType: 1 })
    expect(await sp.web.getUserById(ensured.Id)()).toMatchObject({ LoginName: 'i:0#.f|membership|bob@contoso.com' })
    expect(await sp.web.siteUsers.getByEmail('bob@contoso.com')()).toMatchObject({ Id: ensured.Id })
    expect((await sp.web.siteGroups()).map((group) => group.Title)).toContain('Migration Members')
    expect(await sp.site.select('Id')()).toHaveProperty('Id')
    await expect(sp.web.ensureUser('ghost@contoso.com')).rejects.toThrow('could not be found')
  })
})

describe('lists and items', () => {
  test('ensure makes once, then finds', async () => {
    expect(await sp.web.lists.ensure('Once')).toMatchObject({ created: true })
    expect(await sp.web.lists.ensure('Once')).toMatchObject({ created: false })
    const made = await sp.web.lists.add('By add', '', 100)
    expect(await sp.web.lists.getById(made.Id).select('Title', 'ItemCount')()).toMatchObject({ Title: 'By add', ItemCount: 0 })
    expect(
      (await sp.web.lists.select('Title').filter('Hidden eq false and BaseTemplate eq 101')()).map((list) => list.Title),
    ).toEqual(['Documents'])
    await sp.web.lists.getByTitle('By add').delete()
    await expect(sp.web.lists.getByTitle('By add')()).rejects.toThrow('404')
  })

  test('fields of every kind, also by schema', async () => {
    const { list } = await sp.web.lists.ensure('Fields')
    const made = await list.fields.addMultilineText('Payload', { NumberOfLines: 6, RichText: false })
    expect(made).toMatchObject({ InternalName: 'Payload', TypeAsString: 'Note' })
    await list.fields.addDateTime('Lease until', { DisplayFormat: 1 })
    await list.fields.addBoolean('Ready')
    await list.fields.addChoice('Colour', { Choices: ['red', 'green'], EditFormat: 0 })
    await list.fields.addUser('Owner', { SelectionMode: 0 })
    await list.fields.createFieldAsXml(`<Field Type="Text" Name="Nonce" DisplayName="Nonce" Indexed="TRUE" MaxLength="64" />`)
    const names = (await list.fields.select('InternalName').filter('FromBaseType eq false')()).map((field) => field.InternalName)
    expect(names).toEqual(['Payload', 'Lease_x0020_until', 'Ready', 'Colour', 'Owner', 'Nonce'])
    await list.fields.getByInternalNameOrTitle('Nonce').update({ Title: 'Number used once' })
    expect(await list.fields.getByTitle('Number used once').select('InternalName', 'Indexed')()).toMatchObject({
      InternalName: 'Nonce',
      Indexed: true,
    })
    const owner = await sp.web.ensureUser('ann@contoso.com')
    const item = await list.items.add({
      Title: 'x',
      Colour: 'red',
      Ready: true,
      OwnerId: owner.Id,
      Lease_x0020_until: '2026-08-20T09:15:02Z',
    })
    const read = await list.items.getById(item.Id).select('Colour', 'Ready', 'Lease_x0020_until', 'Owner/Title').expand('Owner')()
    expect(read).toMatchObject({
      Colour: 'red',
      Ready: true,
      Lease_x0020_until: '2026-08-20T09:15:02Z',
      Owner: { Title: 'Ann Archer' },
    })
    await list.fields.getByInternalNameOrTitle('Nonce').delete()
  })

  test('an update under an eTag wins once; the loser gets 412', async () => {
    const list = await taskList('Claims')
    const item = await list.items.add({ Title: 'one', TaskKey: 'k', State: 'ready' })
    const eTag: string = item['odata.etag']
    const { etag: next } = await list.items.getById(item.Id).update({ State: 'running' }, eTag)
    expect(next).toMatch(/,2"$/)
    await expect(list.items.getById(item.Id).update({ State: 'stolen' }, eTag)).rejects.toMatchObject({ status: 412 })
    expect(await list.items.getById(item.Id)()).toMatchObject({ State: 'running' })
    await expect(list.items.add({ TaskKey: 'K' })).rejects.toThrow('SPDuplicateValuesFoundException')
    await list.items.getById(item.Id).recycle()
    const again = await list.items.add({ TaskKey: 'k' })
    await list.items.getById(again.Id).delete()
    expect(await list.items()).toEqual([])
  })

  test('pages by async iteration, filters, order, CAML, streams and changes', async () => {
    const list = await taskList('Pages')
    const { CurrentChangeToken: start } = await list.select('CurrentChangeToken')()
    for (let n = 1; n <= 7; n += 1)
      await list.items.add({ Title: `${n}`, TaskKey: `k${n}`, State: n % 2 === 0 ? 'even' : 'odd', Rank: 10 - n })
    const ids: number[] = []
    for await (const page of list.items.select('Id').top(3)) ids.push(...page.map((item: { Id: number }) => item.Id))
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7])
    const odd = await list.items
      .select('Id')
      .filter((f) => f.text('State').equals('odd'))
      .orderBy('Rank', true)
      .top(2)()
    expect(odd.map((item) => item.Id)).toEqual([7, 5])
    expect(await list.items.select('Id').skip(5)()).toMatchObject([{ Id: 6 }, { Id: 7 }])
    const ViewXml =
      "<View><Query><Where><Eq><FieldRef Name='State'/><Value Type='Text'>even</Value></Eq></Where></Query><RowLimit>2</RowLimit></View>"
    expect(await list.getItemsByCAMLQuery({ ViewXml })).toHaveLength(2)
    const stream = await list.renderListDataAsStream({ ViewXml })
    expect(stream.Row.map((row: { TaskKey: string }) => row.TaskKey)).toEqual(['k2', 'k4'])
    const changes = await list.getChanges({ Add: true, Item: true, ChangeTokenStart: start })
    expect(changes).toHaveLength(7)
  })

  test('a batch resolves each request by itself', async () => {
    const list = await taskList('Batch')
    const [batched, execute] = sp.batched()
    const target = batched.web.lists.getByTitle('Batch')
    const adds = ['a', 'a', 'b'].map((key) => target.items.add({ TaskKey: key }))
    const settled = Promise.allSettled([...adds, batched.web.select('Title')()])
    await execute()
    const results = await settled
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: { status: 400 } })
    expect(results[3]).toMatchObject({ value: { Title: 'Migration' } })
    expect(await list.items()).toHaveLength(2)
    const [updates, run] = sp.batched()
    const done = [1, 2].map((id) => updates.web.lists.getByTitle('Batch').items.getById(id).update({ State: 'done' }))
    await run()
    expect((await Promise.all(done)).map(({ etag }) => etag)).toEqual([
      expect.stringMatching(/,2"$/),
      expect.stringMatching(/,2"$/),
    ])
  })
})

describe('permissions', () => {
  test('inheritance is broken, roles are assigned and read', async () => {
    const list = await taskList('Secret')
    const bob = await sp.web.ensureUser('bob@contoso.com')
    const { Id: read } = await sp.web.roleDefinitions.getByName('Read')()
    await list.breakRoleInheritance(false, true)
    await expect(signedIn('bob').web.lists.getByTitle('Secret').items()).rejects.toMatchObject({ status: 403 })
    await list.roleAssignments.add(bob.Id, read)
    expect(await signedIn('bob').web.lists.getByTitle('Secret').items()).toEqual([])
    expect((await list.roleAssignments.expand('Member')()).map((role) => role.PrincipalId)).toContain(bob.Id)
    await list.resetRoleInheritance()
  })
})

describe('permissions of folders', () => {
  test('groups, roles of an item, what others may do, and back', async () => {
    await sp.web.folders.addUsingPath('Shared Documents/Sealed')
    const folder = await sp.web.getFolderByServerRelativePath('/sites/migration/Shared Documents/Sealed').getItem()
    const group = await sp.web.siteGroups.add({ Title: 'Sealed readers' })
    await sp.web.siteGroups.getById(group.Id).users.add('i:0#.f|membership|bob@contoso.com')
    const { Id: contribute } = await sp.web.roleDefinitions.getByType(3)()
    await folder.breakRoleInheritance(false, true)
    await folder.roleAssignments.add(group.Id, contribute)
    const assigned = await folder.roleAssignments.expand('Member', 'RoleDefinitionBindings')()
    expect(assigned.map((each) => each.PrincipalId)).toContain(group.Id)
    expect(await folder.userHasPermissions('i:0#.f|membership|bob@contoso.com', 3)).toBe(true)
    expect(await folder.userHasPermissions('i:0#.f|membership|dan@contoso.com', 1)).toBe(false)
    expect(await folder.currentUserHasPermissions(1)).toBe(true)
    await folder.roleAssignments.getById(group.Id).delete()
    expect((await folder.roleAssignments()).map((each) => each.PrincipalId)).not.toContain(group.Id)
    await sp.web.siteGroups.getById(group.Id).users.removeByLoginName('i:0#.f|membership|bob@contoso.com')
    await sp.web.siteGroups.removeById(group.Id)
    await folder.resetRoleInheritance()
    expect(await folder.select('HasUniqueRoleAssignments')()).toMatchObject({ HasUniqueRoleAssignments: false })
  })
})

describe('moves and the recycle bin', () => {
  test('a file is moved by path, recycled, found in the bin and restored', async () => {
    const root = sp.web.getFolderByServerRelativePath('/sites/migration/Shared Documents')
    await root.files.addUsingPath('to move.txt', 'content', { Overwrite: true })
    await sp.web.folders.addUsingPath('Shared Documents/Moved')
    const source = sp.web.getFileByServerRelativePath('/sites/migration/Shared Documents/to move.txt')
    const { UniqueId } = await source.select('UniqueId')()
    const target = '/sites/migration/Shared Documents/Moved/moved.txt'
    await source.moveByPath(target, false, { KeepBoth: false, RetainEditorAndModifiedOnMove: true })
    const moved = sp.web.getFileByServerRelativePath(target)
    expect(await moved.select('UniqueId')()).toMatchObject({ UniqueId })
    await moved.recycle()
    const [entry] = await sp.web.recycleBin.filter("LeafName eq 'moved.txt'").top(5)()
    expect(entry).toMatchObject({ DirName: 'sites/migration/Shared Documents/Moved', ItemType: 1 })
    await sp.web.recycleBin.getById(String(entry?.Id)).restore()
    expect(await moved.getText()).toBe('content')
  })
})

describe('folders and files', () => {
  test('added by path, read, listed, overwritten and recycled', async () => {
    await sp.web.folders.addUsingPath("Shared Documents/It's #1")
    const folder = sp.web.getFolderByServerRelativePath("/sites/migration/Shared Documents/It's #1")
    expect(await folder.select('Name')()).toMatchObject({ Name: "It's #1" })
    const file = await folder.files.addUsingPath('50% ü.txt', 'hello', { Overwrite: false })
    expect(file).toMatchObject({ Name: '50% ü.txt', Length: '5' })
    await expect(folder.files.addUsingPath('50% ü.txt', 'x', { Overwrite: false })).rejects.toThrow('already exists')
    const found = sp.web.getFileByServerRelativePath("/sites/migration/Shared Documents/It's #1/50% ü.txt")
    expect(await found.getText()).toBe('hello')
    await found.setContent('changed')
    expect(await found.getText()).toBe('changed')
    expect(await found.exists()).toBe(true)
    const item = await found.getItem('Id', 'FileLeafRef')
    expect(Reflect.get(item, 'FileLeafRef')).toBe('50% ü.txt')
    expect((await folder.files.select('Name')()).map(({ Name }) => Name)).toEqual(['50% ü.txt'])
    await folder.folders.addUsingPath('inner')
    expect((await folder.folders.select('Name')()).map(({ Name }) => Name)).toEqual(['inner'])
    await found.recycle()
    expect(await found.exists()).toBe(false)
    await folder.delete()
  })

  test('a chunked upload arrives whole', async () => {
    const content = Buffer.alloc(25_000, 7)
    content.write('first')
    const stages: string[] = []
    await sp.web
      .getFolderByServerRelativePath('/sites/migration/Shared Documents')
      .files.addChunked('chunked.bin', new Blob([content]), {
        Overwrite: true,
        chunkSize: 10_000,
        progress: ({ stage }) => stages.push(stage),
      })
    expect(stages).toEqual(['starting', 'continue', 'finishing'])
    const read = await sp.web.getFileByServerRelativePath('/sites/migration/Shared Documents/chunked.bin').getBuffer()
    expect(Buffer.from(read).equals(content)).toBe(true)
  })
})

describe('sites', () => {
  test('a communication site is made and exists', async () => {
    const url = 'https://contoso.sharepoint.com/sites/pnp-made'
    expect(await sp.site.exists(url)).toBe(false)
    const made = await sp.site.createCommunicationSite('Made by PnP', 1033, false, url)
    expect(made).toMatchObject({ SiteStatus: 1 })
    world.tenant.clock.advance(15_000)
    expect(await sp.site.exists(url)).toBe(true)
  })
})

test('none of these requests was unknown to the tenant', () => {
  expect(world.journal().filter(({ unknown, defect }) => unknown === true || defect !== undefined)).toEqual([])
})
