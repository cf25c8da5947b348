import { MigrationError } from '../../../shared/errors.ts'
import { folderEntry } from '../plan/structureLog.ts'
import type { FileTimes } from '../ports/destination.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { JournalPart } from '../ports/journalPart.ts'
import { patiently, type Round, repeatedly } from '../run/round.ts'
import { endsTask, throwIfStopped } from '../run/stopping.ts'
import { destPathOf } from '../scan/folderCache.ts'
import { timesToStore } from '../transfer/fileToSend.ts'
import { chooseParts } from './chooseParts.ts'

/**
 * Gives folders of a large task away after its scan, when other agents have nothing to do; and keeps out of those that were given away before,
 * by this agent or by a former one. A part is first in the journal, then in the list: after a crash at any point the same parts are listed
 * again, which changes nothing. A part's folder exists before anybody can take it. Errors: what the service answers; Drained.
 */
export async function cutStage(round: Round): Promise<void> {
  const { parts: desk } = round
  if (!desk) return
  const knownCount = await keepParts(round)
  if (!mayBeCut(round)) return
  // Those who are idle may be about to take what was given away before.
  const helperCount = await patiently(round, (signal) => desk.helperCount(signal))
  await giveAwayTo(round, helperCount - knownCount)
}

/** What a former round stored may have moved from any folder to any other: only one look at the whole can tell. */
export const mayBeCut = ({ parts, previous }: Round): boolean => parts !== undefined && previous === undefined

/** Keeps out of what was given away, as this journal or the list says; returns how much that is. Repeatable. */
export async function keepParts(round: Round): Promise<number> {
  const { journal, parts: desk } = round
  if (!desk) return 0
  const known = new Map(journal.parts().map((part) => [part.path, part]))
  for (const { path, destPath } of await patiently(round, (signal) => desk.listed(signal))) {
    known.set(path, { path, destPath, fileCount: 0, sizeBytes: 0, ...known.get(path), isListed: true })
  }
  for (const part of known.values()) await giveAway(round, part)
  return known.size
}

/** Folders of which nothing has begun to travel go to so many helpers. Nothing of the round may be in flight. */
export async function giveAwayTo(round: Round, helperCount: number): Promise<void> {
  const { journal } = round
  for (const { id, path, fileCount, sizeBytes } of chooseParts(journal, helperCount)) {
    throwIfStopped(round.stops)
    const folder = journal.item(id)
    if (!folder || folder.issues.some(({ effect }) => effect === 'blocks')) continue
    const part = { path, destPath: destPathOf(journal, folder), fileCount, sizeBytes, isListed: false }
    try {
      await giveAway(round, part)
      round.logger.log('info', 'task.cut', { path, fileCount, sizeBytes })
    } catch (thrown) {
      round.stops.drop.throwIfAborted()
      // What stands in the way of this folder stands in the way of its items, which say so one by one.
      if (!(thrown instanceof MigrationError) || endsTask(thrown) || journal.isPart(path)) throw thrown
      round.logger.log('warn', 'task.notCut', { path, code: thrown.code })
    }
  }
}

async function giveAway(round: Round, part: JournalPart): Promise<void> {
  const { journal, parts: desk } = round
  const folder = journal.itemAt(part.path)
  if (folder) await makeWay(round, folder)
  journal.record([{ fact: 'delegated', part }])
  if (part.isListed) journal.record([{ fact: 'partListed', path: part.path }])
  if (part.isListed || !desk) return
  const around = folder ? timesAround(round, folder) : []
  await patiently(round, (signal) => desk.list({ ...part, around }, signal))
  journal.record([{ fact: 'partListed', path: part.path }])
}

/** What the folders around this one will have when their turn comes. The task's own folder is nobody's item but that of a part. */
function timesAround(round: Round, folder: JournalItem): readonly FileTimes[] {
  const { journal, task } = round
  const times: FileTimes[] = []
  for (let id = folder.parentId; id !== undefined; ) {
    const around = journal.item(id)
    if (around === undefined || (around.parentId === undefined && task.part === undefined)) break
    times.push(timesToStore(round, around) ?? NO_TIMES)
    id = around.parentId
  }
  return [...times, ...(task.part?.around ?? []).map(({ createdMs, modifiedMs }) => ({ createdMs, modifiedMs }))]
}
const NO_TIMES: FileTimes = { createdMs: undefined, modifiedMs: undefined }

/** The folder and all around it exist at the destination afterwards, and the journal knows them. Returns its id there. */
async function makeWay(round: Round, folder: JournalItem): Promise<string | undefined> {
  const { journal } = round
  if (folder.parentId === undefined) return journal.meta().place?.rootItemId
  if (folder.state !== 'scanned' && folder.state !== 'planned') return folder.destItemId
  const parent = journal.item(folder.parentId)
  const parentItemId = parent && (await makeWay(round, parent))
  if (parentItemId === undefined) return undefined
  const { item: stored, isNew } = await repeatedly(round, (signal) =>
    round.destination.createFolder(parentItemId, folder.destName, signal),
  )
  const facts: readonly JournalFact[] = [
    {
      fact: 'planned',
      id: folder.id,
      route: 'session',
      reason: 'A part of the task needs it.',
      existing: isNew ? undefined : { destItemId: stored.itemId, eTag: stored.eTag },
    },
    {
      fact: 'uploaded',
      id: folder.id,
      destItemId: stored.itemId,
      eTag: stored.eTag,
      quickXorHash: undefined,
      atMs: round.clock.now(),
    },
    {
      fact: 'structure',
      entry: folderEntry(round, folder, {
        operation: isNew ? 'created' : 'skipped',
        stored,
        details: isNew ? '' : 'The folder was there.',
      }),
    },
  ]
  journal.record(facts)
  return stored.itemId
}
