import type { TaskId } from '../../shared/domain/ids.ts'
import { asMigrationError, isPassingOutage, MigrationError } from '../../shared/errors.ts'
import { readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { lockForWriting } from '../adapters/sqlite/writerLock.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { JournalMeta } from '../engine/ports/journal.ts'
import type { Logger } from '../engine/ports/runtime.ts'
import type { JournalCopies, JournalCopy } from './journalCopies.ts'
import { isBeforeWriting } from './previousRound.ts'
import { gatherParts } from './wholeJournal.ts'
import type { WorkFolder } from './workFolder.ts'

export interface TakeUpDeps {
  readonly workFolder: Pick<WorkFolder, 'journalFile'>
  readonly copies: JournalCopies
  readonly logger: Logger
}

/**
 * Brings the journals that a round needs to this machine: its own, when others have worked on it since, and that of the last round before it
 * that may have written something. Copies that are damaged are passed over. Returns whether the round's journal may be behind what has been
 * done. Errors: JNL_DISK_FULL; NET_ and DST_ codes when the library cannot be reached now; the signal's reason.
 */
export async function takeUpJournals(
  deps: TakeUpDeps,
  { task, round, epoch, progress }: Pick<TaskRecord, 'task' | 'epoch' | 'progress'> & { readonly round: number },
  signal: AbortSignal,
): Promise<{ readonly takesOver: boolean }> {
  const fileOf = (number: number) => deps.workFolder.journalFile(task.id, number)
  const mine = metaOf(fileOf(round))
  // A claim raises the epoch by one, a release by one more: the next number but one can be anybody's.
  const isMineAlone = mine?.epoch !== undefined && epoch <= mine.epoch + 1
  const isFirstEver = epoch <= 1 && round === 0
  if (isFirstEver || (isMineAlone && round === 0)) return { takesOver: false }

  const copies = await listCopies(deps, { taskId: task.id, epochMax: epoch }, signal)
  const copyOf = (number: number) => copies.find((copy) => copy.round === number)
  // Somebody may have begun it without leaving anything.
  const hasBegun = epoch > 1 && (round === 0 || progress !== undefined)
  let takesOver = false
  if (!isMineAlone) {
    const isTaken = await take(deps, { copy: copyOf(round), file: fileOf(round), known: mine }, signal)
    takesOver = isTaken || mine !== undefined || hasBegun
  }
  for (let before = round - 1; before >= 0; before--) {
    await take(deps, { copy: copyOf(before), file: fileOf(before), known: metaOf(fileOf(before)) }, signal)
    const meta = metaOf(fileOf(before))
    if (!meta || isBeforeWriting(meta.stage)) continue
    await gatherParts(deps, { taskId: task.id, round: before }, signal)
    break
  }
  return { takesOver }
}

/** A library that this install may not use is no reason to leave the task: the destination tells what has arrived. */
async function listCopies(
  { copies, logger }: TakeUpDeps,
  { taskId, epochMax }: { readonly taskId: TaskId; readonly epochMax: number },
  signal: AbortSignal,
): Promise<readonly JournalCopy[]> {
  try {
    return await copies.newest(taskId, { epochMax, signal })
  } catch (thrown) {
    signal.throwIfAborted()
    const error = asMigrationError(thrown)
    if (isPassingOutage(error)) throw error
    logger.log('warn', 'journalCopies.notRead', { error: error.code, message: error.message })
    return []
  }
}

/** Replaces a journal by a copy that knows more. False = there is none, or it cannot be used. */
async function take(
  { copies, logger }: TakeUpDeps,
  {
    copy,
    file,
    known,
  }: { readonly copy: JournalCopy | undefined; readonly file: string; readonly known: JournalMeta | undefined },
  signal: AbortSignal,
): Promise<boolean> {
  if (!copy || (known?.epoch ?? -1) >= copy.epoch) return false
  const lock = lockForWriting(file)
  try {
    const isTaken = await copies.fetch(copy, file, signal)
    logger.log('info', 'journal.taken', { path: copy.path, isTaken })
    return isTaken
  } catch (thrown) {
    signal.throwIfAborted()
    const error = asMigrationError(thrown)
    if (!(thrown instanceof MigrationError) || error.code === 'JNL_DAMAGED') {
      logger.log('warn', 'journal.notTaken', { path: copy.path, error: error.code, message: error.message })
      return false
    }
    throw thrown
  } finally {
    lock.release()
  }
}

/** undefined = there is none, or nobody can read it: then opening it says so. */
function metaOf(file: string): JournalMeta | undefined {
  try {
    const journal = readSqliteJournal(file)
    try {
      return journal?.meta()
    } finally {
      journal?.close()
    }
  } catch {
    return undefined
  }
}
