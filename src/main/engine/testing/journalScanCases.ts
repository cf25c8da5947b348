import type { ConformanceCase } from './journalCase.ts'
import { id, pathsOf, root, same, scannedFile } from './journalSamples.ts'

/** What the journal promises to a scan. */
export const scanCases: readonly ConformanceCase[] = [
  {
    title: 'names that cannot stand together are found per folder, and only among what travels',
    check({ open }) {
      const journal = open()
      journal.insertItems([
        root,
        scannedFile({ id: id(2), relPath: 'sub', kind: 'folder' }),
        scannedFile({ id: id(3), relPath: 'a.txt' }),
        scannedFile({ id: id(4), relPath: 'A.txt' }),
        scannedFile({ id: id(5), relPath: 'a.TXT', state: 'filteredOut' }),
        scannedFile({ id: id(6), relPath: 'sub/a.txt', parentId: id(2), depth: 2 }),
      ])
      journal.indexItems()
      const groups = journal.collisionGroups({ afterSeq: 0, limit: 10 })
      same(
        groups.map(({ parentId, collisionKey }) => [parentId, collisionKey]),
        [[1, 'A.TXT']],
      )
      same(pathsOf(journal.itemsNamed(id(1), 'A.TXT')), ['a.txt', 'A.txt'])
      same([journal.isNameTaken(id(2), 'A.TXT'), journal.isNameTaken(id(2), 'B.TXT')], [true, false])
      same(journal.collisionGroups({ afterSeq: groups[0]?.seq ?? 0, limit: 10 }), [])
    },
  },
  {
    title: 'folders that exist only for their content are needless without any',
    check({ open }) {
      const journal = open()
      journal.insertItems([
        root,
        scannedFile({ id: id(2), relPath: 'empty', kind: 'folder', isParentOnly: true }),
        scannedFile({ id: id(3), relPath: 'full', kind: 'folder', isParentOnly: true }),
        scannedFile({ id: id(4), relPath: 'full/x', parentId: id(3), depth: 2 }),
        scannedFile({ id: id(5), relPath: 'empty/y', parentId: id(2), depth: 2, state: 'filteredOut' }),
      ])
      journal.indexItems()
      same(journal.needlessFolders({ depth: 1, afterId: 0, limit: 10 }), [2])
      same(journal.folder('full')?.id, 3)
      same(journal.folder('full/x'), undefined)
    },
  },
  {
    title: 'a scan that did not end is forgotten',
    check({ open }) {
      const journal = open()
      journal.insertItems([root, scannedFile({ id: id(2), relPath: 'a' })])
      journal.indexItems()
      journal.clearItems()
      same(journal.items({ afterId: 0, limit: 9 }), [])
      journal.insertItems([root])
      same(journal.totals().byState, [{ state: 'scanned', kind: 'folder', itemCount: 1, sizeBytes: 0 }])
    },
  },
]
