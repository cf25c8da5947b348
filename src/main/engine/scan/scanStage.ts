import type { ItemId } from '../../../shared/domain/ids.ts'
import { createOwnerFinder, type OwnerFinder, type OwnerFinding } from '../identity/ownerIssues.ts'
import type { JournalFact, ScannedItem } from '../ports/journal.ts'
import type { SourceEntry } from '../ports/source.ts'
import type { ScanRound } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { collisionKey } from './collisionKey.ts'
import { resolveCollisions } from './collisions.ts'
import { NOTEBOOK_ISSUE } from './contentRules.ts'
import { leaveAllButFailed, retriedRound, withFailedFolders } from './failedOnly.ts'
import { createItemFilter, type ItemFilter } from './filters.ts'
import { FolderCache } from './folderCache.ts'
import { keepNames } from './keptNames.ts'
import { NotebookFinder } from './notebookFinder.ts'
import { type AssessContext, type Assessment, assessItem, type PlaceFacts } from './scanItem.ts'

const PAGE_ITEMS = 500

/**
 * Walks the source once and writes one row for every entry, whatever becomes of it. A scan that did not end begins again: it has changed
 * nothing anywhere. Memory does not grow with the tree. Errors: what the source says of its root; JNL_ codes; Drained.
 */
export async function scanStage(round: ScanRound, place: PlaceFacts): Promise<void> {
  const { journal, source, task, tracker } = round
  await source.check()
  journal.clearItems()
  tracker.scanBegins()
  const filter = withinTask(task.part, createItemFilter(task.settings, round.compileGlobs))
  const retried = retriedRound(round)
  const context: ScanTools['context'] = {
    place,
    settings: task.settings,
    filter: retried ? withFailedFolders(round, retried, filter) : filter,
    nowMs: round.clock.now(),
  }
  const owners = await createOwnerFinder(round)
  const tools: ScanTools = { context, folders: new FolderCache(journal), owners, notebooks: new NotebookFinder() }
  let lastId = 0
  for await (const entries of source.walk({ symlinks: task.settings.symlinks, signal: round.stops.drop })) {
    throwIfStopped(round.stops)
    const items = (await owners.withOwners(entries, round.stops.drop)).map((entry) => {
      lastId++
      return scanEntry(entry, lastId as ItemId, tools)
    })
    journal.insertItems(items)
    tracker.scanned(items)
  }
  journal.indexItems()
  noteNotebooks(round, tools.notebooks)
  keepNames(round, place)
  resolveCollisions(round, place)
  if (retried) leaveAllButFailed(round, retried)
  dropNeedlessFolders(round)
}

/** Patterns of a task are about paths below its own source, also for its parts. */
function withinTask(part: ScanRound['task']['part'], filter: ItemFilter): ItemFilter {
  if (part === undefined) return filter
  return (entry) => filter(entry.relPath === '' ? entry : { ...entry, relPath: `${part.path}/${entry.relPath}` })
}

interface ScanTools {
  readonly context: Omit<AssessContext, 'parent'>
  readonly folders: FolderCache
  readonly owners: OwnerFinder
  readonly notebooks: NotebookFinder
}

const NOT_ASKED: OwnerFinding = { kind: 'none' }

function scanEntry(entry: SourceEntry, id: ItemId, tools: ScanTools): ScannedItem {
  const { context, folders } = tools
  const around = folders.around(entry.relPath)
  const assessment = assessItem(entry, { ...context, parent: around?.outcome })
  const depth = around === undefined ? 0 : around.depth + 1
  if (entry.kind === 'folder') {
    folders.add(entry.relPath, { id, depth, outcome: { state: assessment.state, destPath: assessment.destPath } })
  }
  if (assessment.state === 'scanned') tools.notebooks.see(entry)
  const reason = reasonOf(assessment)
  const owned = assessment.state === 'scanned' && entry.kind === 'file' ? tools.owners.of(entry.owner) : NOT_ASKED
  return {
    id,
    parentId: around?.id,
    depth,
    relPath: entry.relPath,
    kind: entry.kind,
    sizeBytes: entry.sizeBytes,
    createdMs: entry.createdMs,
    modifiedMs: entry.modifiedMs,
    isHidden: entry.isHidden,
    fileId: entry.fileId,
    owner: entry.owner,
    destName: assessment.destName,
    collisionKey: collisionKey(assessment.destName),
    issues: owned.kind === 'unknown' ? [...assessment.issues, owned.issue] : assessment.issues,
    state: assessment.state,
    errorCode: reason?.code,
    message: reason?.detail,
    isParentOnly: assessment.isParentOnly,
  }
}

function noteNotebooks({ journal }: ScanRound, finder: NotebookFinder): void {
  journal.record(
    finder.notebooks().flatMap((relPath): readonly JournalFact[] => {
      const folder = journal.itemAt(relPath)
      return folder === undefined ? [] : [{ fact: 'issues', id: folder.id, issues: [...folder.issues, NOTEBOOK_ISSUE] }]
    }),
  )
}

function reasonOf({ state, issues }: Assessment): Assessment['issues'][number] | undefined {
  return state === 'scanned' ? undefined : issues.find((issue) => issue.effect === 'blocks')
}

/** Deepest first, so that a chain of folders without content goes as a whole. */
function dropNeedlessFolders(round: ScanRound): void {
  const { journal } = round
  for (let depth = journal.folderDepth(); depth > 0; depth--) {
    for (let afterId = 0; ; ) {
      const ids = journal.needlessFolders({ depth, afterId, limit: PAGE_ITEMS })
      const last = ids.at(-1)
      if (last === undefined) break
      afterId = last
      journal.record(
        ids.map((id) => ({
          fact: 'left',
          id,
          state: 'filteredOut',
          code: 'RULE_FILTERED_OUT',
          message: 'Nothing below it is migrated, and it was not asked for by itself.',
        })),
      )
    }
  }
}
