import { asMigrationError } from '../../../shared/errors.ts'
import type { Room } from '../run/flights.ts'
import { patiently, type Round } from '../run/round.ts'
import { endsTask } from '../run/stopping.ts'
import { settleLook } from './emptyFiles.ts'
import { describeAnew, type FileToSend } from './fileToSend.ts'
import { look } from './look.ts'
import { type Prepared, uploadFile } from './uploadFile.ts'

/**
 * Takes up a file that was on its way when the process ended. Its session goes on where the service says that it is, as long as the source
 * is still the same; otherwise the destination is looked at before anything is sent again.
 */
export async function resumeUpload(round: Round, file: FileToSend, memory: Room): Promise<void> {
  const prepared = await reopenSession(round, file)
  if (prepared) return await uploadFile(round, file, { memory, prepared })
  const again = await settleLook(round, file, await look(round, file))
  if (again) await uploadFile(round, again, { memory })
}

async function reopenSession(round: Round, file: FileToSend): Promise<Prepared | undefined> {
  const { item } = file
  if (item.sessionUrl === undefined) return undefined
  const session = { url: item.sessionUrl, expiresAtMs: item.sessionExpiresAtMs ?? 0 }
  const open = await round.source.open(item.relPath, round.stops.drop)
  let isTaken = false
  try {
    if (describeAnew(file, open.stamp).facts.length > 0) return undefined
    const state = await patiently(round, (signal) => round.destination.sessionState(session, signal))
    if (state.kind === 'gone') return undefined
    if (!(await isStillReplaceable(round, file))) return undefined
    isTaken = true
    return { open, session, startAt: state.nextStart }
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    const error = asMigrationError(thrown)
    if (endsTask(error)) throw error
    // A session that cannot be asked is no session: the look decides.
    round.logger.log('info', 'session.notResumed', { id: item.id, code: error.code })
    return undefined
  } finally {
    if (!isTaken) await open.close()
  }
}

/** The condition was judged when the session was made; what somebody saved since then is not to be overwritten. */
async function isStillReplaceable(round: Round, { existing }: FileToSend): Promise<boolean> {
  if (existing?.eTag === undefined) return true
  const stored = await patiently(round, (signal) => round.destination.getItem(existing.destItemId, signal))
  return stored?.eTag === existing.eTag
}
