import type { ItemId } from '../../../shared/domain/ids.ts'
import { IMPORT_LAG_MAX_MS } from '../../../shared/limits.ts'
import { SECOND_MS } from '../../../shared/units.ts'
import { folderEntry } from '../plan/structureLog.ts'
import type { JournalFact, JournalItem, ListedItem } from '../ports/journal.ts'
import { patiently, type Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { timesToStore } from '../transfer/fileToSend.ts'
import { listPlace } from '../verify/listingStage.ts'
import { compareTimes } from '../verify/storedTimes.ts'
import { type ImportDesk, toSession } from './importDesk.ts'
import { pause } from './watchJob.ts'

const PAGE_ITEMS = 500
const LISTINGS_MAX = 5
const LAG_FIRST_MS = 2 * SECOND_MS
const LAG_WAIT_MAX_MS = 30 * SECOND_MS
/** Absent items that SharePoint is asked about before all of them are believed to be absent. */
const ASKED_MAX = 20

/**
 * Finds every imported item in a listing of the destination and writes down its id. What Graph does not show is asked of SharePoint itself:
 * when SharePoint has it, Graph is only late and is listed again; otherwise the import has skipped it, and it goes by the session route.
 */
export async function settleImports(round: Round, desk: ImportDesk): Promise<void> {
  await waitUntilVisible(round, desk)
  const begunAtMs = round.clock.now()
  for (let listing = 1; ; listing++) {
    await listPlace(round, 'imported')
    settleFolders(round)
    const missing = settleFiles(round)
    const isLate = missing.count > 0 && (await isThere(round, desk, missing.sample))
    const hasTime = listing < LISTINGS_MAX && round.clock.now() - begunAtMs < IMPORT_LAG_MAX_MS
    if (!isLate || !hasTime) break
    await pause(round, Math.min(LAG_WAIT_MAX_MS, LAG_FIRST_MS * 2 ** listing), 'imported files are not visible everywhere yet.')
  }
  rerouteMissing(round)
  settleFolderTimes(round)
}

/** Some files that came last stand for all: one look at each is cheaper than a listing that has to be made again. */
async function waitUntilVisible(round: Round, desk: ImportDesk): Promise<void> {
  const begunAtMs = round.clock.now()
  let waitMs = LAG_FIRST_MS
  const open = [...desk.samples]
  while (open.length > 0 && round.clock.now() - begunAtMs < IMPORT_LAG_MAX_MS) {
    const serverRelativePath = open.at(-1) ?? ''
    const isSettled =
      (await patiently(round, (signal) => desk.imports.isVisible(serverRelativePath, signal))) ||
      !(await patiently(round, (signal) => desk.imports.has({ kind: 'file', serverRelativePath }, signal)))
    if (isSettled) {
      open.pop()
      continue
    }
    await pause(round, waitMs, 'imported files are not visible everywhere yet.')
    waitMs = Math.min(LAG_WAIT_MAX_MS, waitMs * 2)
  }
}

/** A level at a time: the folder around a folder must be known to find it. */
function settleFolders(round: Round): void {
  const { journal } = round
  const maxDepth = journal.folderDepth()
  for (let depth = 1; depth <= maxDepth; depth++) {
    for (let afterId = 0; ; ) {
      throwIfStopped(round.stops)
      const page = journal.foldersAtDepth({ depth, afterId, limit: PAGE_ITEMS })
      const last = page.at(-1)
      if (!last) break
      afterId = last.item.id
      round.facts.now(
        ...page.flatMap(({ item, parentDestItemId }): readonly JournalFact[] => {
          if (!isAwaited(item) || parentDestItemId === undefined) return []
          const stored = journal.listedChild(parentDestItemId, item.collisionKey)
          if (stored?.kind !== 'folder') return []
          const entry = folderEntry(round, item, { operation: 'created', stored, details: 'Made by an import.' })
          return [arrived(round, item, stored), { fact: 'structure', entry }]
        }),
      )
    }
  }
}

function settleFiles(round: Round): { readonly count: number; readonly sample: readonly JournalItem[] } {
  const { journal } = round
  const sample: JournalItem[] = []
  let count = 0
  for (let afterId = 0; ; ) {
    throwIfStopped(round.stops)
    const page = journal.itemsWithExisting({
      afterId,
      limit: PAGE_ITEMS,
      states: ['uploading'],
      kinds: ['file'],
      routes: ['package'],
    })
    const last = page.at(-1)
    if (!last) return { count, sample }
    afterId = last.item.id
    const facts: JournalFact[] = []
    for (const { item, listed } of page) {
      if (listed?.kind === 'file') facts.push(arrived(round, item, listed))
      else {
        count++
        sample.push(item)
        if (sample.length > ASKED_MAX) sample.shift()
      }
    }
    round.facts.now(...facts)
  }
}

const isAwaited = (item: JournalItem): boolean => item.route === 'package' && item.state === 'uploading'

function arrived(round: Round, item: JournalItem, stored: ListedItem): JournalFact {
  return {
    fact: 'uploaded',
    id: item.id,
    destItemId: stored.itemId,
    eTag: stored.eTag,
    quickXorHash: item.quickXorHash,
    atMs: round.clock.now(),
  }
}

async function isThere(round: Round, desk: ImportDesk, items: readonly JournalItem[]): Promise<boolean> {
  for (const { path } of await desk.mint([...items].reverse())) {
    if (await patiently(round, (signal) => desk.imports.has({ kind: 'file', serverRelativePath: path }, signal))) return true
  }
  return false
}

/** Whatever a package still owes goes the other way, folders too: that route looks before it sends. */
function rerouteMissing(round: Round): void {
  for (;;) {
    const page = round.journal.items({ afterId: 0, limit: PAGE_ITEMS, states: ['uploading'], routes: ['package'] })
    if (page.length === 0) return
    for (const item of page) if (item.kind === 'file') round.tracker.lost(item.sizeBytes)
    round.logger.log('warn', 'package.skipped', { itemCount: page.length })
    round.facts.now(...page.map((item) => toSession(item, 'An import did not bring it, without a word.')))
  }
}

/** Folder times came with the package; only where something is still to be put into a folder must they be set again. */
function settleFolderTimes(round: Round): void {
  const { journal } = round
  const disturbed = new Set<ItemId>()
  eachPage(
    (afterId) => journal.items({ afterId, limit: PAGE_ITEMS, states: ['planned', 'uploading'], routes: ['session'] }),
    (page) => {
      for (const { parentId } of page) if (parentId !== undefined) disturbed.add(parentId)
    },
  )
  eachPage(
    (afterId) => journal.items({ afterId, limit: PAGE_ITEMS, states: ['uploaded'], kinds: ['folder'], routes: ['package'] }),
    (page) => {
      round.facts.now(
        ...page.flatMap((item): readonly JournalFact[] =>
          disturbed.has(item.id) || !hasItsTimes(round, item) ? [] : [{ fact: 'timesSet', id: item.id, eTag: undefined }],
        ),
      )
    },
  )
}

function hasItsTimes(round: Round, item: JournalItem): boolean {
  const times = timesToStore(round, item)
  const listed = item.destItemId === undefined ? undefined : round.journal.listedItem(item.destItemId)
  if (times === undefined || listed === undefined) return false
  const agrees = (wantedMs: number | undefined, storedMs: number | undefined) =>
    wantedMs === undefined || compareTimes(wantedMs, storedMs) === 'equal'
  return agrees(times.createdMs, listed.createdMs) && agrees(times.modifiedMs, listed.modifiedMs)
}

function eachPage(read: (afterId: number) => readonly JournalItem[], act: (page: readonly JournalItem[]) => void): void {
  for (let afterId = 0; ; ) {
    const page = read(afterId)
    const last = page.at(-1)
    if (!last) return
    act(page)
    afterId = last.id
  }
}
