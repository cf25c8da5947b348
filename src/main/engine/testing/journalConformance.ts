import type { ConformanceCase } from './journalCase.ts'
import { listingCases } from './journalListingCases.ts'
import { id, pathsOf, root, same, scannedFile } from './journalSamples.ts'
import { scanCases } from './journalScanCases.ts'

/** What the journal promises of items and their facts. */
const itemCases: readonly ConformanceCase[] = [
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
          owner: 'uid:7',
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
          item?.owner,
          item?.modifiedMs,
          item?.state,
          item?.parentId,
        ],
        ['ä "x".txt.', 'ä "x".txt.', 'ä _x_.txt', [issue], true, '1:2', 'uid:7', -6, 'scanned', 1],
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
      same(
        journal.totals().byFailureStage.map(({ stage, kind, itemCount }) => [stage, kind, itemCount]),
        [['uploading', 'file', 1]],
      )
    },
  },
  {
    title: 'totals count every item once, and verdicts of files only',
    check({ open }) {
      const journal = open()
      journal.insertItems([
        root,
        scannedFile({ id: id(2), relPath: 'd', kind: 'folder' }),
        scannedFile({ id: id(3), relPath: 'd/a', parentId: id(2), depth: 2, sizeBytes: 3 }),
        scannedFile({
          id: id(4),
          relPath: 'd/b',
          parentId: id(2),
          depth: 2,
          sizeBytes: 4,
          issues: [{ code: 'SRC_SYMLINK', effect: 'warns', detail: '' }],
        }),
      ])
      journal.record([
        { fact: 'migrated', id: id(2), verdict: 'exact', reason: '', atMs: 1 },
        { fact: 'started', id: id(3), atMs: 1 },
        { fact: 'migrated', id: id(3), verdict: 'exact', reason: '', atMs: 1 },
        { fact: 'sendAgain', id: id(4), reason: '', existing: undefined },
      ])
      const totals = journal.totals()
      const sorted = totals.byState
        .map(({ state, kind, itemCount, sizeBytes }) => `${state} ${kind} ${itemCount} ${sizeBytes}`)
        .sort()
      same(sorted, ['migrated file 1 3', 'migrated folder 1 10', 'planned file 1 4', 'scanned folder 1 0'])
      same(totals.byVerdict.map(({ verdict, kind, itemCount }) => `${verdict} ${kind} ${itemCount}`).sort(), [
        'exact file 1',
        'exact folder 1',
      ])
      same(
        totals.withIssues.map(({ kind, itemCount }) => [kind, itemCount]),
        [['file', 1]],
      )
      same([totals.attempts, totals.reuploads, journal.folderDepth()], [1, 1, 1])
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
]

/** Every promise of the port that an implementation could break. */
export const journalConformance: readonly ConformanceCase[] = [...itemCases, ...scanCases, ...listingCases]
