import type { ConformanceCase } from './journalCase.ts'
import { id, listed, root, same, scannedFile } from './journalSamples.ts'

/** What the journal promises of its listings, its log, and of those who open it at the same time. */
export const listingCases: readonly ConformanceCase[] = [
  {
    title: 'what the destination held before is found by folder and key',
    check({ open }) {
      const journal = open()
      journal.insertItems([root, scannedFile({ id: id(2), relPath: 'a.txt' }), scannedFile({ id: id(3), relPath: 'b.txt' })])
      journal.record([
        { fact: 'planned', id: id(1), route: 'session', reason: '', existing: { destItemId: 'R', eTag: undefined } },
      ])
      journal.beginListing()
      journal.addListed([listed('1', 'R', 'A.TXT', { sizeBytes: 1 }), listed('2', 'other', 'b.txt')])
      journal.addListed([listed('1', 'R', 'A.TXT', { sizeBytes: 2 })])
      journal.endListing('existing')
      const page = journal.itemsWithExisting({ afterId: 1, limit: 10 })
      same(
        page.map(({ item, listed: found, parentDestItemId }) => [
          item.relPath,
          found?.itemId,
          found?.sizeBytes,
          parentDestItemId,
        ]),
        [
          ['a.txt', '1', 2, 'R'],
          ['b.txt', undefined, undefined, 'R'],
        ],
      )
      same(
        [journal.listedChild('R', 'A.TXT')?.itemId, journal.listedItem('2')?.name, journal.meta().listing],
        ['1', 'b.txt', 'existing'],
      )
    },
  },
  {
    title: 'the proof matches by item id and tells what is extra in folders of this round',
    check({ open }) {
      const journal = open()
      journal.insertItems([
        root,
        scannedFile({ id: id(2), relPath: 'new', kind: 'folder' }),
        scannedFile({ id: id(3), relPath: 'new/a', parentId: id(2), depth: 2 }),
      ])
      journal.record([
        { fact: 'planned', id: id(1), route: 'session', reason: '', existing: { destItemId: 'R', eTag: undefined } },
        { fact: 'uploaded', id: id(2), destItemId: 'N', eTag: undefined, quickXorHash: undefined, atMs: 1 },
        { fact: 'uploaded', id: id(3), destItemId: 'A', eTag: undefined, quickXorHash: 'h', atMs: 1 },
      ])
      journal.beginListing()
      journal.addListed([
        listed('N', 'R', 'new', { kind: 'folder' }),
        listed('A', 'N', 'a'),
        listed('X', 'N', 'a (2)'),
        listed('Y', 'R', 'somebody else’s'),
      ])
      journal.endListing('arrived')
      same(
        journal.itemsWithArrived({ afterId: 1, limit: 9 }).map(({ listed: found }) => found?.itemId),
        ['N', 'A'],
      )
      same(
        journal.extras({ afterItemId: '', limit: 9 }).map((extra) => extra.itemId),
        ['X'],
      )
      journal.beginListing()
      same([journal.meta().listing, journal.listedItem('A')], [undefined, undefined])
    },
  },
  {
    title: 'the structure log keeps its order',
    check({ open }) {
      const journal = open()
      const entry = {
        type: 'folder',
        title: 'Q3',
        operation: 'created',
        status: 'success',
        details: '',
        sourcePath: 'Q3',
        destinationUrl: 'https://x/Q3',
        sourceId: undefined,
        destinationId: '1',
        errorCode: undefined,
        atMs: 5,
      } as const
      journal.record([
        { fact: 'structure', entry },
        { fact: 'structure', entry: { ...entry, title: 'Q4' } },
      ])
      const log = journal.structure({ afterSeq: 0, limit: 9 })
      same(
        log.map(({ title, destinationId }) => [title, destinationId]),
        [
          ['Q3', '1'],
          ['Q4', '1'],
        ],
      )
      same(
        journal.structure({ afterSeq: log[0]?.seq ?? 0, limit: 9 }).map(({ title }) => title),
        ['Q4'],
      )
    },
  },
  {
    title: 'a second writer is refused, a reader is not',
    check({ open, read }) {
      const journal = open()
      journal.record([{ fact: 'meta', change: { round: 2 } }])
      try {
        open()
        throw new Error('a second writer got in')
      } catch (thrown) {
        same(thrown instanceof Error && 'code' in thrown && thrown.code, 'JNL_IN_USE')
      }
      const reader = read()
      same(reader?.meta().round, 2)
      reader?.close()
      journal.close()
      open().close()
    },
  },
  {
    title: 'no journal, no reader',
    check({ read }) {
      same(read() === undefined, true)
    },
  },
]
