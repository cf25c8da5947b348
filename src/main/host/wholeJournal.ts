import type { TaskId } from '../../shared/domain/ids.ts'
import { asMigrationError } from '../../shared/errors.ts'
import { absorbPart, openParts } from '../adapters/sqlite/absorb.ts'
import { openSqliteJournal, readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { lockForWriting } from '../adapters/sqlite/writerLock.ts'
import { hasEnded } from '../engine/coordinate/foldParts.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { Logger } from '../engine/ports/runtime.ts'
import { judgeRound } from '../engine/run/outcome.ts'
import type { Host } from './createHost.ts'
import { journalCopies } from './engineDeps.ts'
import type { JournalCopies, RoundKey } from './journalCopies.ts'
import { partId } from './taskParts.ts'
import type { WorkFolder } from './workFolder.ts'

export interface WholeJournalDeps {
  readonly workFolder: Pick<WorkFolder, 'journalFile'>
  readonly copies: JournalCopies
  readonly logger: Logger
}

/** No secret of a journal that is put together is ever opened. */
const NO_SECRETS = { seal: (text: string) => text, open: () => undefined }

/**
 * Puts the journal of a round that was cut together, from those of its parts wherever they were worked on: afterwards it tells of the whole round,
 * as if one agent had done it. For rounds that are over. What cannot be had (the library is away, somebody reads it right now) is left for the
 * next time. Returns the parts that are still missing, by path.
 */
export async function gatherParts(
  deps: WholeJournalDeps,
  of: RoundKey & { readonly whole?: { readonly taskId: TaskId; readonly path: string } },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const file = deps.workFolder.journalFile(of.taskId, of.round)
  const waiting = openParts(file)
  if (waiting.length === 0) return []
  const missing: string[] = []
  const whole = of.whole ?? { taskId: of.taskId, path: '' }
  for (const path of waiting) {
    const within = whole.path === '' ? path : `${whole.path}/${path}`
    const part: RoundKey = { taskId: partId(whole.taskId, of.round, within), round: of.round }
    try {
      await fetchJournal(deps, part, signal)
      const partFile = deps.workFolder.journalFile(part.taskId, part.round)
      const stage = stageOf(partFile)
      if (stage !== 'reported') throw new Error(`its journal is at ${stage ?? 'nothing'}`)
      const below = await gatherParts(deps, { ...part, whole: { taskId: whole.taskId, path: within } }, signal)
      if (below.length > 0) throw new Error('parts of it are missing')
      absorbPart(file, { file: partFile, path })
    } catch (thrown) {
      signal.throwIfAborted()
      missing.push(path)
      deps.logger.log('warn', 'part.notGathered', { path: within, error: asMigrationError(thrown).message })
    }
  }
  if (missing.length === 0 && of.whole === undefined) judgeWhole(file)
  return missing
}

/** The end of the whole round instead of that of one share. */
function judgeWhole(file: string): void {
  const journal = openSqliteJournal(file, { sealer: NO_SECRETS })
  try {
    journal.record([{ fact: 'meta', change: judgeRound(journal) }])
  } finally {
    journal.close()
  }
}

/** Brings the newest word about a round to this machine, where that is not here. */
export async function fetchJournal({ workFolder, copies }: WholeJournalDeps, key: RoundKey, signal: AbortSignal): Promise<void> {
  const file = workFolder.journalFile(key.taskId, key.round)
  const known = epochOf(file)
  if (stageOf(file) === 'reported') return
  const found = await copies.newest(key.taskId, { epochMax: Number.MAX_SAFE_INTEGER, signal })
  const copy = found.find(({ round }) => round === key.round)
  if (!copy || (known !== undefined && known >= copy.epoch)) return
  const lock = lockForWriting(file)
  try {
    await copies.fetch(copy, file, signal)
  } finally {
    lock.release()
  }
}

/** The journal of the last round of a task, also of one that another agent ran, on this machine; where it cannot be had, nothing changes. */
export async function bringRound(host: Host, record: TaskRecord, signal: AbortSignal): Promise<void> {
  const { environment } = host
  try {
    const deps = { workFolder: environment.workFolder, copies: await journalCopies(host), logger: environment.logger }
    await fetchJournal(deps, { taskId: record.task.id, round: record.round }, signal)
  } catch (thrown) {
    signal.throwIfAborted()
    environment.logger.log('warn', 'journal.notBrought', { taskId: record.task.id, error: asMigrationError(thrown).message })
  }
}

/** A round that was cut and is over: its journal here tells of all of it afterwards, as far as the parts can be had. */
export async function makeWhole(
  host: Host,
  record: TaskRecord,
  { round, signal }: { readonly round: number; readonly signal: AbortSignal },
): Promise<void> {
  const { workFolder, logger } = host.environment
  const isOver = round < record.round || hasEnded(record)
  if (!isOver || openParts(workFolder.journalFile(record.task.id, round)).length === 0) return
  await gatherParts({ workFolder, copies: await journalCopies(host), logger }, { taskId: record.task.id, round }, signal)
}

const stageOf = (file: string) => read(file, (journal) => journal.meta().stage)
/** -1 = a journal of a release that did not note it. */
const epochOf = (file: string) => read(file, (journal) => journal.meta().epoch ?? -1)

function read<T>(file: string, of: (journal: NonNullable<ReturnType<typeof readSqliteJournal>>) => T): T | undefined {
  const journal = readSqliteJournal(file)
  try {
    return journal && of(journal)
  } finally {
    journal?.close()
  }
}
