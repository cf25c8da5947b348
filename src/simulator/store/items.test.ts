import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TEST_ACTOR as actor, createFileStores, type FileStores } from '../testing/fileStores.ts'
import { foldName } from './nameFolding.ts'

function write(stores: FileStores, name: string, sizeBytes = 10, parentId = stores.library.rootItemId) {
  const { driveId } = stores.library
  return stores.items.writeFile({ driveId, parentId, name, content: stores.content(sizeBytes), actor })
}

describe('items', () => {
  test('a new file has client times of its own, and every change is numbered', () => {
    const stores = createFileStores()
    const { items, clock, library } = stores
    const content = stores.content(42)
    const item = items.writeFile({
      driveId: library.driveId,
      parentId: library.rootItemId,
      name: 'plan.txt',
      content,
      actor,
      times: { createdMs: 1_000, modifiedMs: 2_000 },
    })
    expect(item).toMatchObject({
      name: 'plan.txt',
      sizeBytes: 42,
      createdMs: clock.now(),
      fileCreatedMs: 1_000,
      fileModifiedMs: 2_000,
      eTagNumber: 1,
      versionNumber: 1,
      listItemId: 1,
    })
    expect(item.itemId).toMatch(/^01[A-Z2-7]{32}$/)
    expect(items.get(library.driveId, item.itemId)).toEqual(item)
    expect(items.byUniqueId(item.uniqueId.toUpperCase())).toEqual(item)
    expect(items.lastChange(library.driveId)).toBe(item.changeNumber)
    expect(items.root(library.driveId)).toMatchObject({ childCount: 1, sizeBytes: 42 })
  })

  test('replacing keeps the old content as a version; a time patch adds a version but no new cTag', () => {
    const stores = createFileStores()
    const { items, clock, library } = stores
    const first = write(stores, 'a.txt', 10)
    clock.advance(5_000)
    const second = items.writeFile({
      driveId: library.driveId,
      parentId: library.rootItemId,
      name: 'a.txt',
      content: stores.content(30),
      actor,
      replaces: first.itemId,
    })
    expect(second).toMatchObject({
      itemId: first.itemId,
      eTagNumber: 2,
      cTagNumber: 2,
      versionNumber: 2,
      createdMs: first.createdMs,
    })
    const third = items.patchTimes(library.driveId, first.itemId, { modifiedMs: 7_000 }, actor)
    expect(third).toMatchObject({
      eTagNumber: 3,
      cTagNumber: 2,
      versionNumber: 3,
      fileModifiedMs: 7_000,
      contentId: second.contentId,
    })
    expect(items.versions(library.driveId, first.itemId).map((version) => [version.label, version.sizeBytes])).toEqual([
      ['3.0', 30],
      ['2.0', 30],
      ['1.0', 10],
    ])
    expect(items.version(library.driveId, first.itemId, '1.0')?.contentId).toBe(first.contentId)
    expect(items.version(library.driveId, first.itemId, '4.0')).toBeUndefined()
    expect(stores.sites.usedBytes(stores.site.siteId)).toBe(70)
  })

  test('a folder has no versions and its times are patched in place', () => {
    const stores = createFileStores()
    const { items, library } = stores
    const folder = items.createFolder(library.driveId, library.rootItemId, 'Q3', actor)
    expect(items.patchTimes(library.driveId, folder.itemId, { createdMs: 5 }, actor)).toMatchObject({
      fileCreatedMs: 5,
      eTagNumber: 2,
      versionNumber: 1,
    })
    expect(() => items.versions(library.driveId, folder.itemId)).toThrow(expect.objectContaining({ status: 400 }))
  })

  test('names collide in any case and normalisation, and are found so', () => {
    const stores = createFileStores()
    const { items, library } = stores
    const cafe = write(stores, 'Cafe\u0301.txt')
    expect(cafe.name).toBe('Cafe\u0301.txt')
    expect(() => write(stores, 'CAF\u00c9.TXT')).toThrow(expect.objectContaining({ status: 409, code: 'nameAlreadyExists' }))
    expect(items.byPath(library.driveId, ['caf\u00e9.txt'])?.itemId).toBe(cafe.itemId)
    const renamed = items.rename(library.driveId, cafe.itemId, { name: 'CAFE\u0301.txt' }, actor)
    expect(renamed.name).toBe('CAFE\u0301.txt')
    const unchanged = items.rename(library.driveId, cafe.itemId, { name: 'CAF\u00c9.txt' }, actor)
    expect(unchanged).toEqual(renamed)
  })

  test('moving carries sizes and counts along and keeps the id', () => {
    const stores = createFileStores()
    const { items, library } = stores
    const from = items.createFolder(library.driveId, library.rootItemId, 'from', actor)
    const to = items.createFolder(library.driveId, library.rootItemId, 'to', actor)
    const file = write(stores, 'x.bin', 100, from.itemId)
    items.rename(library.driveId, file.itemId, { parentId: to.itemId, name: 'y.bin' }, actor)
    expect(items.get(library.driveId, from.itemId)).toMatchObject({ childCount: 0, sizeBytes: 0 })
    expect(items.get(library.driveId, to.itemId)).toMatchObject({ childCount: 1, sizeBytes: 100 })
    expect(items.serverRelativePath(items.byPath(library.driveId, ['to', 'y.bin']) ?? to)).toBe(
      'sites/finance/Shared Documents/to/y.bin',
    )
    expect(() => items.rename(library.driveId, to.itemId, { parentId: to.itemId }, actor)).toThrow(
      expect.objectContaining({ status: 400 }),
    )
    items.rename(library.driveId, to.itemId, { name: 'renamed' }, actor)
    expect(items.pathSegments(items.get(library.driveId, file.itemId) ?? to)).toEqual(['renamed', 'y.bin'])
  })

  test('removal is recursive, leaves tombstones in the change stream and frees content and quota', () => {
    const stores = createFileStores()
    const { items, library } = stores
    const folder = items.createFolder(library.driveId, library.rootItemId, 'f', actor)
    const file = write(stores, 'a.txt', 10, folder.itemId)
    const before = items.lastChange(library.driveId)
    items.remove(library.driveId, folder.itemId)
    expect(items.get(library.driveId, file.itemId)).toBeUndefined()
    expect(items.changes(library.driveId, before, 10).map((item) => [item.itemId, item.deletedMs !== undefined])).toEqual([
      [file.itemId, true],
      [folder.itemId, true],
    ])
    expect(stores.removedContents).toEqual([file.contentId])
    expect(stores.sites.usedBytes(stores.site.siteId)).toBe(0)
    expect(items.root(library.driveId)).toMatchObject({ childCount: 0, sizeBytes: 0 })
    expect(write(stores, 'f').listItemId).toBe(3)
  })

  test('the 50,001st version pushes the oldest out', () => {
    const stores = createFileStores()
    const { items, library, db, site, sites } = stores
    const file = write(stores, 'a', 10)
    const replace = () =>
      items.writeFile({
        driveId: library.driveId,
        parentId: library.rootItemId,
        name: 'a',
        content: stores.content(20),
        actor,
        replaces: file.itemId,
      })
    replace()
    db.prepare('UPDATE items SET version_number = 50000 WHERE item_id = ?').run(file.itemId)
    expect(sites.usedBytes(site.siteId)).toBe(30)
    replace()
    expect(items.versions(library.driveId, file.itemId).map(({ label }) => label)).toEqual(['50001.0', '50000.0'])
    expect(stores.removedContents).toEqual([file.contentId])
    expect(sites.usedBytes(site.siteId)).toBe(40)
  })

  test('children come in pages in name order', () => {
    const stores = createFileStores()
    const { items, library } = stores
    for (const name of ['b', 'A', 'c', 'ä']) write(stores, name)
    const first = items.children(library.driveId, library.rootItemId, { limit: 2 })
    expect(first.map((item) => item.name)).toEqual(['A', 'b'])
    const second = items.children(library.driveId, library.rootItemId, { limit: 9, afterName: 'b' })
    expect(second.map((item) => item.name)).toEqual(['c', 'ä'])
  })

  test('a locked site answers 423, a full one 507', () => {
    const stores = createFileStores()
    const { items, library, site, sites } = stores
    sites.updateSite(site.siteId, { quotaBytes: 100 })
    write(stores, 'a', 60)
    expect(() => write(stores, 'b', 41)).toThrow(expect.objectContaining({ status: 507, code: 'quotaLimitReached' }))
    write(stores, 'b', 40)
    sites.updateSite(site.siteId, { isReadOnly: true })
    expect(() => items.createFolder(library.driveId, library.rootItemId, 'f', actor)).toThrow(
      expect.objectContaining({ status: 423, code: 'notAllowed', innerCode: 'resourceLocked' }),
    )
  })

  test('a path of 400 units is accepted, one of 401 is not, also below a renamed folder', () => {
    const stores = createFileStores()
    const { items, library } = stores
    const base = 'sites/finance/Shared Documents/'.length
    const folder = items.createFolder(library.driveId, library.rootItemId, 'd'.repeat(200), actor)
    const room = 400 - base - 201
    write(stores, 'x'.repeat(room), 1, folder.itemId)
    expect(() => write(stores, 'y'.repeat(room + 1), 1, folder.itemId)).toThrow(
      expect.objectContaining({ status: 400, innerCode: 'pathIsTooLong' }),
    )
    expect(() => items.rename(library.driveId, folder.itemId, { name: 'd'.repeat(201) }, actor)).toThrow(
      expect.objectContaining({ innerCode: 'pathIsTooLong' }),
    )
    expect(items.rename(library.driveId, folder.itemId, { name: 'short' }, actor).name).toBe('short')
  })

  test('an Office rewrite changes content and tags, not times and versions', () => {
    const stores = createFileStores()
    const { items, library } = stores
    const file = write(stores, 'a.docx', 10)
    const rewritten = items.rewriteContent(library.driveId, file.itemId, stores.content(15))
    expect(rewritten).toMatchObject({
      sizeBytes: 15,
      eTagNumber: 2,
      cTagNumber: 2,
      versionNumber: 1,
      fileModifiedMs: file.fileModifiedMs,
      modifiedMs: file.modifiedMs,
    })
    expect(stores.removedContents).toEqual([file.contentId])
    expect(items.touch(library.driveId, file.itemId)).toMatchObject({ eTagNumber: 3, cTagNumber: 2 })
  })

  test('whatever is created, renamed and removed, no folder ever holds two names that fold to one, and counts are right', () => {
    const names = fc.constantFrom('a', 'A', 'b', 'é', 'e\u0301', 'É', 'ß', 'ss', 'ς', 'Σ', 'c.txt', 'C.TXT')
    const step = fc.record({ verb: fc.constantFrom('folder', 'file', 'rename', 'remove'), name: names, other: names })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const stores = createFileStores()
        const { items, library } = stores
        for (const { verb, name, other } of steps) {
          const target = items.child(library.driveId, library.rootItemId, name)
          try {
            if (verb === 'folder') items.createFolder(library.driveId, library.rootItemId, name, actor)
            if (verb === 'file') write(stores, name)
            if (verb === 'rename' && target) items.rename(library.driveId, target.itemId, { name: other }, actor)
            if (verb === 'remove' && target) items.remove(library.driveId, target.itemId)
          } catch (error) {
            expect(error).toMatchObject({ status: 409 })
            expect(items.child(library.driveId, library.rootItemId, verb === 'rename' ? other : name)).toBeDefined()
          }
          const children = items.children(library.driveId, library.rootItemId, { limit: 100 })
          expect(new Set(children.map((item) => foldName(item.name))).size).toBe(children.length)
          expect(items.childCount(library.driveId, library.rootItemId)).toBe(children.length)
        }
      }),
      { numRuns: 60 },
    )
  })
})
