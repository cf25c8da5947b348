import type { ItemId } from '../../../shared/domain/ids.ts'
import type { Journal, ListedItem, ReadableJournal, ScannedItem } from '../ports/journal.ts'

/** What the suite needs of an implementation. `reopen` closes nothing: the process before it is thought dead. */
export interface JournalKit {
  open(): Journal
  read(): ReadableJournal | undefined
}

export interface ConformanceCase {
  readonly title: string
  /** Throws when the promise is broken. Each case gets a kit of its own, without a journal. */
  check(kit: JournalKit): void
}

export const id = (value: number): ItemId => value as ItemId

export function scannedFile(overrides: Partial<ScannedItem> & { readonly relPath: string; readonly id: ItemId }): ScannedItem {
  const name = overrides.relPath.slice(overrides.relPath.lastIndexOf('/') + 1)
  return {
    parentId: id(1),
    depth: 1,
    kind: 'file',
    sizeBytes: 10,
    createdMs: 1_500_000_000_000,
    modifiedMs: 1_600_000_000_000,
    isHidden: false,
    fileId: undefined,
    destName: name,
    collisionKey: name.toUpperCase(),
    issues: [],
    state: 'scanned',
    errorCode: undefined,
    message: undefined,
    isParentOnly: false,
    ...overrides,
  }
}

const root = scannedFile({ id: id(1), relPath: '', parentId: undefined, depth: 0, kind: 'folder', sizeBytes: 0 })

function listed(itemId: string, parentId: string, name: string, overrides: Partial<ListedItem> = {}): ListedItem {
  return {
    itemId,
    parentId,
    name,
    collisionKey: name.toUpperCase(),
    kind: 'file',
    sizeBytes: 10,
    quickXorHash: 'h',
    eTag: '"1"',
    createdMs: undefined,
    modifiedMs: 1000,
    webUrl: undefined,
    ...overrides,
  }
}

function same(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`expected ${right}, got ${left}`)
}

function pathsOf(items: readonly { readonly relPath: string }[]): readonly string[] {
  return items.map((item) => item.relPath)
}

/** Every promise of the port that an implementation could break. */
export const journalConformance: readonly ConformanceCase[] = [
  {
    title: 'a new journal has begun no stage',
    check({ open }) {
      const { stage, round, sentBytes, place, listing } = open().meta()
      same([stage, round, sentBytes, place, listing], ['opened', 0, 0, undefined, undefined])
    },
  },
  {
    title: 'meta facts are merged and survive the process',
    check({ open }) {
      const journal = open()
      journal.record([
        { fact: 'meta', change: { stage: 'scanned', round: 3, sentBytes: 17 } },
        { fact: 'meta', change: { sentBytes: 18, reason: 'because' } },
        { fact: 'meta', change: { reason: undefined } },
      ])
      journal.close()
      const again = open()
      const { stage, round, sentBytes, reason } = again.meta()
      same([stage, round, sentBytes, reason], ['scanned', 3, 18, undefined])
    },
  },
  {
    title: 'a scanned item comes back as it was written, fractions of a millisecond cut',
    check({ open }) {
      const journal = open()
      const issue = { code: 'RULE_NAME_EDGE', effect: 'renames', detail: 'ends with a dot' } as const
      journal.insertItems([
        root,
        scannedFile({
          id: id(2),
          relPath: 'ä "x".txt.',
          destName: 'ä _x_.txt',
          issues: [issue],
          isHidden: true,
          fileId: '1:2',
          modifiedMs: -5.5,
        }),
      ])
      const item = journal.item(id(2))
      same(
        [
          item?.relPath,
          item?.name,
          item?.destName,
          item?.issues,
          item?.isHidden,
          item?.fileId,
          item?.modifiedMs,
          item?.state,
          item?.parentId,
        ],
        ['ä "x".txt.', 'ä "x".txt.', 'ä _x_.txt', [issue], true, '1:2', -6, 'scanned', 1],
      )
    },
  },
  {
    title: 'pages ascend by id and respect state, kind and issues',
    check({ open }) {
      const journal = open()
      journal.insertItems([
        root,
        scannedFile({ id: id(2), relPath: 'a' }),
        scannedFile({ id: id(3), relPath: 'b', kind: 'folder' }),
        scannedFile({ id: id(4), relPath: 'c', state: 'filteredOut' }),
        scannedFile({ id: id(5), relPath: 'd', issues: [{ code: 'RULE_TIME_OUT_OF_RANGE', effect: 'warns', detail: 'x' }] }),
      ])
      same(pathsOf(journal.items({ afterId: 0, limit: 2 })), ['', 'a'])
      same(pathsOf(journal.items({ afterId: 2, limit: 9, states: ['scanned'] })), ['b', 'd'])
      same(pathsOf(journal.items({ afterId: 0, limit: 9, kinds: ['file'], states: ['scanned', 'filteredOut'] })), ['a', 'c', 'd'])
      same(pathsOf(journal.items({ afterId: 0, limit: 9, hasIssues: true })), ['d'])
      same(pathsOf(journal.foldersAtDepth({ depth: 1, afterId: 0, limit: 9 }).map((placed) => placed.item)), ['b'])
    },
  },
  {
    title: 'facts of one record call are durable together or not at all',
    check({ open }) {
      const journal = open()
      journal.insertItems([root, scannedFile({ id: id(2), relPath: 'a' })])
      const broken = {
        fact: 'started',
        id: id(2),
        get atMs(): number {
          throw new Error('broken')
        },
      } as const
      try {
        journal.record([{ fact: 'meta', change: { sentBytes: 5 } }, { fact: 'started', id: id(2), atMs: 1 }, broken])
        throw new Error('the broken fact was taken')
      } catch (thrown) {
        same(thrown instanceof Error && thrown.message, 'broken')
      }
      same([journal.meta().sentBytes, journal.item(id(2))?.state, journal.item(id(2))?.attempts], [0, 'scanned', 0])
    },
  },
  {
    title: 'an upload leaves intent, session, progress and receipt, and its session address is forgotten at the end',
    check({ open }) {
      const journal = open()
      journal.insertItems([root, scannedFile({ id: id(2), relPath: 'a' })])
      journal.record([
        { fact: 'planned', id: id(2), route: 'session', reason: 'small task', existing: { destItemId: 'old', eTag: '"0"' } },
      ])
      journal.record([{ fact: 'started', id: id(2), atMs: 7 }])
      journal.record([
        { fact: 'sessionOpened', id: id(2), url: 'https://secret', expiresAtMs: 99 },
        { fact: 'sessionAdvanced', id: id(2), acceptedBytes: 4, expiresAtMs: undefined },
      ])
      journal.close()
      const again = open()
      const half = again.item(id(2))
      same(
        [
          half?.state,
          half?.attempts,
          half?.sessionUrl,
          half?.sessionExpiresAtMs,
          half?.acceptedBytes,
          half?.wasAtDestination,
          half?.eTag,
        ],
        ['uploading', 1, 'https://secret', 99, 4, true, '"0"'],
      )
      again.record([{ fact: 'uploaded', id: id(2), destItemId: 'new', eTag: '"1"', quickXorHash: 'h', atMs: 8 }])
      again.record([{ fact: 'migrated', id: id(2), verdict: 'exact', reason: 'hash', atMs: 9 }])
      const done = again.item(id(2))
      same(
        [
          done?.state,
          done?.destItemId,
          done?.quickXorHash,
          done?.sessionUrl,
          done?.verdict,
          done?.uploadedAtMs,
          done?.verifiedAtMs,
        ],
        ['migrated', 'new', 'h', undefined, 'exact', 8, 9],
      )
    },
  },
  {
    title: 'putting off, sending again and failing are counted and told',
    check({ open }) {
      const journal = open()
      journal.insertItems([root, scannedFile({ id: id(2), relPath: 'a' })])
      journal.record([{ fact: 'deferred', id: id(2), code: 'SRC_LOCKED', message: 'locked' }])
      journal.record([{ fact: 'sendAgain', id: id(2), reason: 'missing', existing: undefined }])
      const waiting = journal.item(id(2))
      same([waiting?.state, waiting?.deferrals, waiting?.reuploads], ['planned', 1, 1])
      journal.record([
        { fact: 'failed', id: id(2), stage: 'uploading', code: 'VFY_DIFFERENT', message: 'no', verdict: 'different', atMs: 3 },
      ])
      const failed = journal.item(id(2))
      same(
        [failed?.state, failed?.failureStage, failed?.errorCode, failed?.verdict],
        ['failed', 'uploading', 'VFY_DIFFERENT', 'different'],
      )
      same(journal.totals().byFailureStage, [{ stage: 'uploading', kind: 'file', itemCount: 1 }])
    },
  },
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
    title: 'a package keeps its items, its job and its secret until it has ended',
    check({ open }) {
      const journal = open()
      journal.insertItems([root, scannedFile({ id: id(2), relPath: 'a' }), scannedFile({ id: id(3), relPath: 'b' })])
      const packageId = journal.nextPackageId()
      journal.record([
        { fact: 'planned', id: id(2), route: 'package', reason: '', existing: undefined },
        { fact: 'planned', id: id(3), route: 'package', reason: '', existing: undefined },
        { fact: 'packageFormed', packageId, itemIds: [id(2), id(3)], cutCount: 1, atMs: 1 },
        { fact: 'packed', id: id(2), quickXorHash: 'h' },
        { fact: 'rerouted', id: id(3), route: 'session', reason: 'locked' },
        { fact: 'packageSubmitting', packageId, containers: 'secret', expiresAtMs: 9 },
      ])
      journal.close()
      const again = open()
      const asked = again.package(packageId)
      same([asked?.state, asked?.containers, asked?.expiresAtMs, asked?.cutCount], ['submitting', 'secret', 9, 1])
      const [item] = again.packageItems(packageId)
      same([item?.id, item?.state, item?.attempts, item?.quickXorHash], [2, 'uploading', 1, 'h'])
      const other = again.item(id(3))
      same([other?.state, other?.route, other?.packageId], ['planned', 'session', undefined])
      again.record([{ fact: 'packageNotTaken', packageId }])
      same([again.package(packageId)?.state, again.package(packageId)?.containers], ['planned', undefined])
      again.record([
        { fact: 'packageSubmitted', packageId, jobId: 'job', atMs: 2 },
        { fact: 'packageEnded', packageId, outcome: 'imported', message: '', atMs: 3 },
      ])
      const ended = again.package(packageId)
      same(
        [ended?.jobId, ended?.outcome, ended?.containers, again.nextPackageId()],
        ['job', 'imported', undefined, packageId + 1],
      )
      same(again.packages({ afterId: 0, limit: 9, states: ['planned', 'submitting', 'submitted'] }), [])
      same(
        again.items({ afterId: 0, limit: 9, routes: ['package'] }).map((one) => one.id),
        [2],
      )
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
