import { randomUUID } from 'node:crypto'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quickXorHash } from '../store/quickXorHash.ts'
import { type DriveClient, startDriveClient } from '../testing/driveClient.ts'
import { ANN, createPackageBuilder, EMPTY_DOCUMENTS, type ImportEvent, type PackageBuilder } from '../testing/packageBuilder.ts'

let drive: DriveClient
let client: PackageBuilder
beforeAll(async () => {
  drive = await startDriveClient()
  client = createPackageBuilder(drive.world, drive.site, drive.library)
})
afterAll(() => drive.close())

const found = (path: string) => drive.world.tenant.items.byPath(drive.library.driveId, path.split('/'))
const of = (events: readonly ImportEvent[], name: string) => events.filter((event) => event.Event === name)
const messages = (events: readonly ImportEvent[], name = 'JobError') => of(events, name).map((event) => event.Message)
const manifest = (inside: string) => `<SPObjects xmlns="urn:deployment-manifest-schema">${inside}</SPObjects>`

async function fatalOf(documents: Readonly<Record<string, string>>): Promise<string> {
  const { events } = await client.run({ documents })
  expect(of(events, 'JobEnd')).toEqual([])
  return messages(events, 'JobFatalError')[0] ?? 'no fatal error'
}

describe('manifest files', () => {
  test.each(['ExportSettings.xml', 'SystemData.xml', 'UserGroup.xml', 'Requirements.xml', 'ViewFormsList.xml', 'Manifest.xml'])(
    'without %s the job ends',
    async (name) => {
      expect(await fatalOf({ [name]: '' })).toMatch(new RegExp(`Unable to download ${name}.*\\(404\\)`))
    },
  )

  test.each([
    [
      'Manifest.xml',
      manifest(`<SPObject Id="${randomUUID()}" ObjectType="SPFolder" Description="x"/>`),
      "The 'Description' attribute is not declared.",
    ],
    ['Manifest.xml', manifest(`<SPObject ObjectType="SPFolder"/>`), "The required attribute 'Id' is missing."],
    ['Manifest.xml', manifest(`<SPObject Id="${randomUUID()}" ObjectType="SPWeb"/>`), 'The Enumeration constraint failed.'],
    ['Manifest.xml', manifest('<Other/>'), "has invalid child element 'Other'"],
    ['Manifest.xml', '<SPObjects/>', "The 'SPObjects' element is not declared."],
    ['Manifest.xml', manifest(''), 'no fatal error'],
    ['Manifest.xml', manifest('&#1;'), 'is an invalid character'],
    ['Manifest.xml', '<!DOCTYPE x [<!ENTITY y "z">]><SPObjects/>', 'DTD is prohibited'],
    ['Manifest.xml', '<SPObjects xmlns="urn:deployment-manifest-schema">', 'Unexpected end of file'],
    [
      'ExportSettings.xml',
      (EMPTY_DOCUMENTS['ExportSettings.xml'] ?? '').replace('http://fileshare/sites/user', ''),
      'Invalid URI: The URI is empty.',
    ],
    [
      'ExportSettings.xml',
      (EMPTY_DOCUMENTS['ExportSettings.xml'] ?? '').replace(' SourceType="FileShare"', ''),
      "'SourceType' is missing",
    ],
    ['ViewFormsList.xml', '<ViewFormsList xmlns="urn:deployment-viewformslist-schema"/>', 'element is not declared'],
    ['Requirements.xml', '<Requirements xmlns="urn:deployment-requirements-schema">text</Requirements>', 'cannot contain text'],
  ])('%s: %s', async (name, text, message) => {
    if (message === 'no fatal error')
      expect(of((await client.run({ documents: { [name]: text } })).events, 'JobEnd')).toHaveLength(1)
    else expect(await fatalOf({ [name]: text })).toContain(message)
  })

  test.each([
    ['Author="2.0"', 'not a valid Int32'],
    ['TimeCreated="2019-02-01T08:00:00.123Z"', 'not a valid DateTime'],
    ['ListItemIntId="99999999999"', 'not a valid Int32'],
  ])('a file with %s', async (attribute, message) => {
    const [name = ''] = attribute.split('=')
    const xml = client.fileXml(
      { path: 'typed.txt', content: '' },
      { id: randomUUID(), parentId: client.root.uniqueId, blob: 'x' },
    )
    const changed = xml.includes(` ${name}=`)
      ? xml.replace(new RegExp(` ${name}="[^"]*"`), ` ${attribute}`)
      : xml.replace('<File ', `<File ${attribute} `)
    expect(await fatalOf({ 'Manifest.xml': manifest(changed) })).toContain(message)
  })

  test('a wrong key, a wrong web or a wrong list ends the job', async () => {
    const containers = await client.provision()
    await client.stage(containers, {})
    const wrongKey = { ...containers, key: Buffer.alloc(32, 1) }
    expect(messages(await client.finish(await client.submitJob(wrongKey)), 'JobFatalError')).toEqual([
      'Padding is invalid and cannot be removed.',
    ])
    const others = await client.provision()
    await client.stage(others, {})
    const { value } = (await client.submit(others, { gWebId: randomUUID() })).json() as { value: string }
    expect(messages(await client.finish(value), 'JobFatalError')[0]).toContain('could not be found')
    const folder = client
      .folderXml('x', { id: randomUUID(), parentId: client.root.uniqueId })
      .replace(drive.library.listId, randomUUID())
    expect(await fatalOf({ 'Manifest.xml': manifest(folder) })).toContain('does not exist')
  })

  test('role definitions are not allowed', async () => {
    const roles = `<SPObject Id="${randomUUID()}" ObjectType="DeploymentRoles"><Roles/></SPObject>`
    expect(await fatalOf({ 'Manifest.xml': manifest(roles) })).toBe('Updates to system roles is not allowed')
  })
})

describe('users', () => {
  test('appear once and with a SystemId', async () => {
    const twice = await client.run({ users: [ANN, { ...ANN, id: 3 }] })
    expect(messages(twice.events, 'JobFatalError')[0]).toContain('more than once')
    const without = await client.run({ users: [{ ...ANN, systemId: '' }] })
    expect(messages(without.events, 'JobFatalError')[0]).toContain("The required attribute 'SystemId' is missing.")
  })

  test('that nobody knows become what the package calls them, with a warning', async () => {
    const { events } = await client.run({
      users: [{ id: 2, login: 'i:0#.f|membership|gone@contoso.com', name: 'Gone Person' }],
      files: [{ path: 'gone.txt', content: 'x' }],
    })
    expect(messages(events, 'JobWarning')[0]).toContain('falling back to passed in values')
    expect(found('gone.txt')?.createdBy).toEqual({ displayName: 'Gone Person' })
  })
})

describe('places', () => {
  test('a URL with the path of the site in front is doubled and leads nowhere', async () => {
    const id = randomUUID()
    const xml = client.fileXml({ path: 'doubled.txt', content: '' }, { id, parentId: client.root.uniqueId, blob: `${id}.dat` })
    const { events } = await client.run({ after: xml.replace('File Url="', `File Url="${drive.site.path}/`) })
    expect(messages(events)[0]).toContain('/sites/finance/sites/finance/Shared Documents/doubled.txt')
  })

  test('a parent has to come first and have the id that it has', async () => {
    const early = await client.run({ files: [{ path: 'Missing/a.txt', content: 'x' }] })
    expect(messages(early.events)[0]).toContain('Could not find a part of the path')
    const { events } = await client.run({
      before: client.fileXml({ path: 'wrong.txt', content: '' }, { id: randomUUID(), parentId: randomUUID(), blob: 'x' }),
    })
    expect(messages(events)[0]).toContain('is not the folder at that URL')
  })

  test('names follow the rules of the library; the other files arrive', async () => {
    const { events } = await client.run({
      files: [
        { path: 'bad:name.txt', content: 'x' },
        { path: `${'n'.repeat(256)}.txt`, content: 'x' },
        { path: 'good.txt', content: 'x' },
      ],
    })
    expect(of(events, 'JobError').map((event) => event.ErrorCode)).toEqual(['-2147024773', '-2147024690'])
    expect(events.at(-1)).toMatchObject({ Event: 'JobEnd', TotalErrors: '2', FilesCreated: '1' })
    expect(found('good.txt')).toBeDefined()
  })

  test('a name that is taken is refused; the same id replaces the file with all versions', async () => {
    const id = randomUUID()
    await client.run({ files: [{ path: 'same.txt', content: 'one', id }] })
    const other = await client.run({ files: [{ path: 'SAME.txt', content: 'two' }] })
    expect(of(other.events, 'JobError')[0]).toMatchObject({ ErrorCode: '-2147024816', ObjectType: 'File' })
    await client.run({ files: [{ path: 'same.txt', content: 'three', id }] })
    expect(found('same.txt')).toMatchObject({ sizeBytes: 5, versionNumber: 1 })
    const moved = await client.run({ files: [{ path: 'elsewhere.txt', content: 'x', id }] })
    expect(of(moved.events, 'JobError')[0]).toMatchObject({ ErrorCode: '-2147024816' })
  })

  test('what lies in the recycle bin keeps its id; what has been taken out of it is free', async () => {
    const id = randomUUID()
    await client.run({ files: [{ path: 'binned.txt', content: 'one', id }] })
    const { items } = drive.world.tenant
    const actor = { displayName: 'Ann' }
    const { recycleId } = items.recycle(drive.library.driveId, found('binned.txt')?.itemId ?? '', actor)
    const refused = await client.run({ files: [{ path: 'binned.txt', content: 'x', id }] })
    expect(of(refused.events, 'JobError')[0]).toMatchObject({ ErrorCode: '-2147024816' })
    items.purge(recycleId)
    const taken = await client.run({ files: [{ path: 'binned.txt', content: 'two!', id }] })
    expect(of(taken.events, 'JobError')).toEqual([])
    expect(found('binned.txt')).toMatchObject({ uniqueId: id, sizeBytes: 4, versionNumber: 1 })
  })

  test('folders keep their own dates or get a placeholder, and no authors', async () => {
    await client.run({
      after: client.folderXml('Undated', { id: randomUUID(), parentId: client.root.uniqueId }, 'Author="2" ModifiedBy="2"'),
    })
    expect(found('Undated')).toMatchObject({ fileCreatedMs: Date.UTC(2000, 0, 1), createdBy: { displayName: 'System Account' } })
    await client.run({ folders: ['Dated'] })
    expect(found('Dated')?.fileModifiedMs).toBe(Date.UTC(2018, 5, 1, 10))
  })
})

describe('contents', () => {
  test('need their blob, a snapshot of it and an MD5 that is right', async () => {
    const { events } = await client.run({
      files: [
        { path: 'c/missing.txt', content: 'x', blob: { isMissing: true } },
        { path: 'c/nosnapshot.txt', content: 'x', blob: { hasNoSnapshot: true } },
        { path: 'c/wronghash.txt', content: 'x', extra: `MD5Hash="${Buffer.alloc(16).toString('base64')}"` },
        { path: 'c/wrongxor.txt', content: 'x', extra: `Checksum="${Buffer.alloc(20).toString('base64')}"` },
        { path: 'c/fine.txt', content: 'x', extra: `Checksum="${quickXorHash(Buffer.from('x'))}"` },
      ],
      folders: ['c'],
    })
    expect(messages(events)).toEqual([
      expect.stringContaining('(404) Not Found'),
      expect.stringContaining('has no snapshot'),
      expect.stringContaining('MD5 hash'),
      expect.stringContaining('Checksum'),
    ])
    expect(found('c/fine.txt')).toBeDefined()
  })

  test('without an IV end the job', async () => {
    const { events } = await client.run({ files: [{ path: 'noiv.txt', content: 'x', blob: { hasNoIv: true } }] })
    expect(messages(events, 'JobFatalError')[0]).toContain('initialization vector')
  })

  test('come in versions, oldest first', async () => {
    const containers = await client.provision()
    const id = randomUUID()
    await client.upload(containers.content, 'v1.dat', Buffer.from('first'), containers.key)
    const version = `<File Url="Shared Documents/versions.txt" Id="${id}" Name="versions.txt" ParentId="${client.root.uniqueId}" ParentWebId="${drive.site.webId}" Version="1.0" FileValue="v1.dat" TimeCreated="2015-01-01T00:00:00" TimeLastModified="2015-02-01T00:00:00" Author="2" ModifiedBy="2"/>`
    await client.stage(containers, {
      files: [
        { path: 'versions.txt', content: 'second one', id, extra: 'Version="2.0"', inside: `<Versions>${version}</Versions>` },
      ],
    })
    const events = await client.finish(await client.submitJob(containers))
    expect(events.at(-1)).toMatchObject({ FilesCreated: '2', FilesCreatedIrrespectiveOfVersions: '1' })
    const versions = drive.world.tenant.items.versions(drive.library.driveId, found('versions.txt')?.itemId ?? '')
    expect(versions.map(({ label, sizeBytes }) => [label, sizeBytes])).toEqual([
      ['2.0', 10],
      ['1.0', 5],
    ])
  })

  test('may travel in archives of stored members', async () => {
    const pack = async (level: 0 | 6) => {
      const containers = await client.provision()
      const zip = Buffer.from(zipSync({ 'a.dat': Buffer.from('aaaaaaaaaaaaaaaa') }, { level }))
      await client.upload(containers.content, 'small.zip', zip, containers.key)
      const archives = `<ArchivedFiles><ArchivedFile Name="small.zip" Checksum="${quickXorHash(zip)}"><File FileValue="a.dat"/></ArchivedFile></ArchivedFiles>`
      const file = { path: `archived${level}.txt`, content: '', blob: { name: 'a.dat', isMissing: true } }
      await client.stage(containers, { files: [file], documents: { 'ArchivedFiles.xml': archives } })
      return client.finish(await client.submitJob(containers))
    }
    expect((await pack(0)).at(-1)).toMatchObject({ Event: 'JobEnd', TotalErrors: '0' })
    expect(found('archived0.txt')?.sizeBytes).toBe(16)
    expect(messages(await pack(6), 'JobFatalError')[0]).toContain('is compressed')
  })
})

describe('list items', () => {
  const itemXml = (ids: { readonly file: string; readonly intId: number; readonly fields: string }, path: string) =>
    `<SPObject Id="${randomUUID()}" ObjectType="SPListItem" ParentId="${drive.library.listId}"><ListItem FileUrl="Shared Documents/${path}" DocType="File" Id="${randomUUID()}" ParentWebId="${drive.site.webId}" ParentListId="${drive.library.listId}" Name="${path}" DirName="sites/finance/Shared Documents" IntId="${ids.intId}" DocId="${ids.file}" Version="1.0" ContentTypeId="0x0101" TimeCreated="2019-02-01T08:00:00" TimeLastModified="2021-11-08T03:57:05" ModerationStatus="Approved">${ids.fields}</ListItem></SPObject>`

  test('link a file to its id; a file without its list item is passed over in silence', async () => {
    const linked = randomUUID()
    const { events } = await client.run({
      files: [
        { path: 'linked.txt', content: 'x', id: linked, extra: 'ListItemIntId="5001"' },
        { path: 'unlinked.txt', content: 'x', extra: 'ListItemIntId="5002"' },
      ],
      after: itemXml({ file: linked, intId: 5001, fields: '<Fields/>' }, 'linked.txt'),
    })
    expect(events.at(-1)).toMatchObject({ Event: 'JobEnd', TotalErrors: '0', FilesCreated: '1' })
    expect(found('linked.txt')?.listItemId).toBe(5001)
    expect(found('unlinked.txt')).toBeUndefined()
  })

  test('without Fields or with the id 0 lack their file', async () => {
    const file = randomUUID()
    const { events } = await client.run({
      files: [{ path: 'half.txt', content: 'x', id: file }],
      after: itemXml({ file, intId: 0, fields: '<Fields/>' }, 'half.txt'),
    })
    expect(of(events, 'JobError')[0]).toMatchObject({ Message: 'Missing file info for list item', ObjectType: 'ListItem' })
    expect(found('half.txt')).toBeDefined()
  })
})

describe('errors', () => {
  test('at the hundredth the rest of the package is given up', async () => {
    const objects = Array.from({ length: 101 }, (_, index) =>
      client.fileXml({ path: `Nowhere/${index}.txt`, content: '' }, { id: randomUUID(), parentId: randomUUID(), blob: 'x' }),
    )
    const few = await client.run({ before: objects.slice(0, 99).join(''), files: [{ path: 'after99.txt', content: 'x' }] })
    expect(few.events.at(-1)).toMatchObject({ Event: 'JobEnd', TotalErrors: '99', FilesCreated: '1' })
    const many = await client.run({ before: objects.join(''), files: [{ path: 'after101.txt', content: 'x' }] })
    expect(messages(many.events).at(-1)).toBe('Operation canceled')
    expect(many.events.at(-1)).toMatchObject({ Event: 'JobEnd', FilesCreated: '0' })
    expect(found('after101.txt')).toBeUndefined()
    expect(await client.readLog(many.containers, `Import-${many.jobId}-1.err`)).toContain('Could not find a part of the path')
  })
})
