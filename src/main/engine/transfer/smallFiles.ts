import { asMigrationError, type MigrationError } from '../../../shared/errors.ts'
import type { Outcome, UploadSession } from '../ports/destination.ts'
import type { JournalFact } from '../ports/journal.ts'
import type { OpenSourceFile } from '../ports/source.ts'
import { everyOne, type Room } from '../run/flights.ts'
import { type Round, repeatedly } from '../run/round.ts'
import { concludeLook } from './arrival.ts'
import { mustLook } from './emptyFiles.ts'
import { concludeFailure } from './failure.ts'
import { describeAnew, type FileToSend, isSmall } from './fileToSend.ts'
import { look } from './look.ts'
import { assertFits, sessionRequest, uploadFile } from './uploadFile.ts'

interface OpenedFile {
  readonly file: FileToSend
  readonly open: OpenSourceFile
  readonly facts: readonly JournalFact[]
}

/**
 * Sends files of one fragment each: all are opened, their intents written in one transaction, their sessions asked for in one request, then
 * each sends its bytes in one more. Files that are no longer small, and those whose session was refused, go one by one.
 */
export async function sendSmallFiles(round: Round, files: readonly FileToSend[], memory: Room): Promise<void> {
  const opened = await openAll(round, files, memory)
  if (opened.length === 0) return
  let outcomes: readonly Outcome<UploadSession>[]
  try {
    round.facts.now(
      ...opened.flatMap(({ file, facts }) => [...facts, { fact: 'started', id: file.item.id, atMs: round.clock.now() } as const]),
    )
    outcomes = await repeatedly(round, (signal) =>
      round.destination.createSessions(
        opened.map(({ file }) => sessionRequest(round, file)),
        signal,
      ),
    )
  } catch (thrown) {
    await Promise.all(opened.map(({ open }) => open.close()))
    for (const { file } of opened) concludeFailure(round, file.item, thrown)
    return
  }
  await everyOne(opened.map((one, index) => sendOne(round, one, outcomes[index], memory)))
}

/** All that is small, or none: when one of them ends the task, the others are closed again. */
async function openAll(round: Round, files: readonly FileToSend[], memory: Room): Promise<readonly OpenedFile[]> {
  const opened: OpenedFile[] = []
  try {
    await everyOne(
      files.map(async (file) => {
        const one = await openSmall(round, file, memory)
        if (one) opened.push(one)
      }),
    )
    return opened
  } catch (thrown) {
    await Promise.all(opened.map(({ open }) => open.close()))
    throw thrown
  }
}

async function openSmall(round: Round, file: FileToSend, memory: Room): Promise<OpenedFile | undefined> {
  try {
    const open = await round.source.open(file.item.relPath, round.stops.drop)
    const now = describeAnew(file, open.stamp)
    if (isSmall(open.stamp.sizeBytes)) return { file: now.file, open, facts: now.facts }
    await open.close()
    assertFits(now.file)
    await uploadFile(round, file, { memory })
  } catch (thrown) {
    concludeFailure(round, file.item, thrown)
  }
  return undefined
}

async function sendOne(
  round: Round,
  { file, open }: OpenedFile,
  outcome: Outcome<UploadSession> | undefined,
  memory: Room,
): Promise<void> {
  try {
    if (outcome?.ok) return await uploadFile(round, file, { memory, prepared: { open, session: outcome.value, startAt: 0 } })
    await open.close()
    const again = await afterRefusal(round, file, outcome?.error)
    if (again) await uploadFile(round, again, { memory })
  } catch (thrown) {
    concludeFailure(round, file.item, thrown)
  }
}

/**
 * A session that was refused has stored no content: what is in its way decides. Where the answer was lost, that may be the empty file that
 * this very attempt has put there for a name that no path can say.
 */
async function afterRefusal(round: Round, file: FileToSend, error: MigrationError | undefined): Promise<FileToSend | undefined> {
  if (error === undefined || error.remedy.kind === 'retry') return file
  if (error.remedy.kind === 'waitUntil') {
    round.tracker.waits(error.message, error.remedy.delayMs)
    await round.clock.sleep(error.remedy.delayMs, round.stops.drop)
    return file
  }
  if (!mustLook(asMigrationError(error))) throw error
  const isBegun = error.remedy.kind === 'lookFirst'
  const begun = isBegun ? { ...file, item: { ...file.item, attempts: file.item.attempts + 1 } } : file
  return concludeLook(round, begun, await look(round, begun))
}
