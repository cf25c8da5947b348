import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TEST_ACTOR as actor, createFileStores, type FileStores } from '../testing/fileStores.ts'
import type { ItemRecord } from './itemStore.ts'
import { createSiteStore } from './sites.ts'

/** Everything below the root: path → id and size, from what listings say. */
function listed({ items, library }: FileStores): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const walk = (folder: ItemRecord, path: string): { readonly bytes: number } => {
    const children = items.children(library.driveId, folder.itemId, { limit: 1_000 })
    expect(items.childCount(library.driveId, folder.itemId)).toBe(children.length)
    let bytes = 0
    for (const child of children) {
      const at = `${path}/${child.name}`
      found.set(at, child.itemId)
      bytes += child.kind === 'folder' ? walk(child, at).bytes : child.sizeBytes
    }
    expect(items.get(library.driveId, folder.itemId)?.sizeBytes).toBe(bytes)
    return { bytes }
  }
  walk(items.root(library.driveId), '')
  return found
}

/** What delta would have told a client that knew nothing: the live items by id. */
function told({ items, library }: FileStores): ReadonlySet<string> {
  const known = new Set<string>()
  for (const item of items.changes(library.driveId, 0, 10_000)) {
    if (item.parentId === undefined) continue
    if (item.deletedMs === undefined) known.add(item.itemId)
    else known.delete(item.itemId)
  }
  return known
}

const NAMES = ['a', 'b', 'c']
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
const step = fc.record({
  verb: fc.constantFrom('folder', 'file', 'replace', 'move', 'recycle', 'recycle', 'restore', 'restore', 'purge', 'remove'),
  at: path,
  to: path,
  pick: fc.nat(20),
})

function carryOut(stores: FileStores, { verb, at, to, pick }: typeof step extends fc.Arbitrary<infer Step> ? Step : never): void {
  const { items, library } = stores
  const { driveId } = library
  const target = items.byPath(driveId, at)
  const parentOf = (segments: readonly string[]) => items.byPath(driveId, segments.slice(0, -1))
  const parent = parentOf(at)
  const name = at.at(-1) ?? ''
  const bin = items.recycled([driveId])
  const entry = bin[pick % Math.max(1, bin.length)]
  if (verb === 'folder' && parent?.kind === 'folder') items.createFolder(driveId, parent.itemId, name, actor)
  if (verb === 'file' && parent?.kind === 'folder')
    items.writeFile({ driveId, parentId: parent.itemId, name, content: stores.content(10 + pick), actor })
  if (verb === 'replace' && target?.kind === 'file')
    items.writeFile({ driveId, parentId: '', name, content: stores.content(5 + pick), actor, replaces: target.itemId })
  const goal = parentOf(to)
  if (verb === 'move' && target !== undefined && goal?.kind === 'folder')
    items.rename(driveId, target.itemId, { parentId: goal.itemId, name: to.at(-1) ?? '' }, actor)
  if (verb === 'recycle' && target !== undefined) items.recycle(driveId, target.itemId, actor)
  if (verb === 'remove' && target !== undefined) items.remove(driveId, target.itemId)
  if (verb === 'restore' && entry !== undefined) items.restore(entry.recycleId, actor)
  if (verb === 'purge' && entry !== undefined) items.purge(entry.recycleId)
}

describe('the recycle bin', () => {
  test('whatever is deleted, moved, restored and purged: counts, sizes, storage, contents and changes agree', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const stores = createFileStores()
        const { items, library, sites, site, db, clock } = stores
        sites.usedBytes(site.siteId)
        let refused = 0
        for (const each of steps) {
          const before = listed(stores)
          const made = stores.made()
          try {
            carryOut(stores, each)
          } catch (error) {
            // Refused: nothing has changed.
            expect(error).toMatchObject({ status: expect.any(Number) })
            expect(listed(stores)).toEqual(before)
            refused += stores.made() - made
          }
        }
        const now = listed(stores)
        expect(told(stores)).toEqual(new Set(now.values()))
        // Kept in memory step by step, and added up anew from the tables.
        const random = { next: () => 0, integer: () => 0, guid: () => '', bytes: (n: number) => Buffer.alloc(n) }
        expect(createSiteStore({ db, clock, random }).usedBytes(site.siteId)).toBe(sites.usedBytes(site.siteId))
        expect(new Set(stores.removedContents).size).toBe(stores.removedContents.length)
        for (const entry of items.recycled([library.driveId])) items.purge(entry.recycleId)
        for (const child of items.children(library.driveId, library.rootItemId, { limit: 100 }))
          items.remove(library.driveId, child.itemId)
        expect(sites.usedBytes(site.siteId)).toBe(0)
        expect(new Set(stores.removedContents).size).toBe(stores.made() - refused)
      }),
      { numRuns: 80 },
    )
  })

  test('what comes back has its id, list item id and versions; a second restore finds nothing', () => {
    const stores = createFileStores()
    const { items, library } = stores
    const folder = items.createFolder(library.driveId, library.rootItemId, 'f', actor)
    const place = { driveId: library.driveId, parentId: folder.itemId, name: 'x.txt', actor }
    const file = items.writeFile({ ...place, content: stores.content(3) })
    items.writeFile({ ...place, content: stores.content(4), replaces: file.itemId })
    const { recycleId } = items.recycle(library.driveId, folder.itemId, actor)
    expect(items.recycledBytes([library.driveId])).toBe(4)
    expect(items.restore(recycleId, actor)).toMatchObject({ itemId: folder.itemId, listItemId: folder.listItemId })
    expect(items.get(library.driveId, file.itemId)).toMatchObject({ versionNumber: 2, listItemId: file.listItemId })
    expect(items.versions(library.driveId, file.itemId).map((version) => version.sizeBytes)).toEqual([4, 3])
    expect(() => items.restore(recycleId, actor)).toThrow(expect.objectContaining({ status: 404 }))
    expect(stores.removedContents).toEqual([])
  })
})
