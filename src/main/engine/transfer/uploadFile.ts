import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import type { SessionRequest, UploadSession } from '../ports/destination.ts'
import type { OpenSourceFile } from '../ports/source.ts'
import type { Room } from '../run/flights.ts'
import { type Round, repeatedly } from '../run/round.ts'
import { concludeLook, concludeUpload } from './arrival.ts'
import { ContentReader } from './contentReader.ts'
import { mustLook, sendEmptyFiles } from './emptyFiles.ts'
import { describeAnew, type FileToSend, isSmall, timesToStore } from './fileToSend.ts'
import { look } from './look.ts'
import { type SendResult, sendContent } from './sendContent.ts'

/** Times that a file is begun again in one pass, whatever the reason: lost sessions, changed destinations, wrong bytes. */
const BEGINNINGS_MAX = 6
/** Times that a file that changes while it is read is begun again, and the pause before. */
const CHANGES_MAX = 3
const CHANGE_WAIT_MS = 1000

/** What a caller may have prepared already, with others in one request. */
export interface Prepared {
  readonly open: OpenSourceFile
  readonly session: UploadSession
  /** Where the service says that the session is. */
  readonly startAt: number
}

/**
 * Sends one file until it has arrived, or throws why it cannot go. The intent is in the journal before the first request (by this function,
 * unless `prepared`). Never sends what a look finds at the destination already.
 */
export async function uploadFile(
  round: Round,
  file: FileToSend,
  options: { readonly memory: Room; readonly prepared?: Prepared },
): Promise<void> {
  let next = file
  let prepared = options.prepared
  let changes = 0
  for (let beginning = 1; ; beginning++) {
    let current: (Prepared & { readonly file: FileToSend }) | undefined
    let isRefusedAsChanged = false
    try {
      const ready = prepared ? { ...prepared, file: next } : await prepare(round, next)
      prepared = undefined
      if ('emptied' in ready) return await sendEmptyFiles(round, [ready.emptied])
      current = ready
      next = current.file
      const result = await sendPrepared(round, next, { ...current, memory: options.memory })
      if (result.kind === 'stored') {
        const arrival = concludeUpload(round, next, { stored: result.item, hash: result.hash })
        if (arrival.kind === 'done') return
        next = arrival.file
        continue
      }
      isRefusedAsChanged = result.code === 'DST_CHANGED'
      round.facts.now({ fact: 'sessionClosed', id: next.item.id })
      if (beginning >= BEGINNINGS_MAX)
        throw new MigrationError('DST_SESSION_LOST', result.reason, { remedy: { kind: 'failItem' } })
    } catch (thrown) {
      round.stops.drop.throwIfAborted()
      const error = asMigrationError(thrown)
      if (error.code.startsWith('SRC_') && current !== undefined) await abandon(round, next, current.session)
      if (error.code === 'SRC_CHANGED_WHILE_READING' && changes < CHANGES_MAX) {
        changes++
        await round.clock.sleep(CHANGE_WAIT_MS * changes, round.stops.drop)
        continue
      }
      if (!mustLook(error) || beginning >= BEGINNINGS_MAX) throw thrown
      isRefusedAsChanged = error.code === 'DST_CHANGED'
    } finally {
      await current?.open.close()
    }
    // This round has begun to send it: what is there may be ours.
    const begun = { ...next, item: { ...next.item, attempts: next.item.attempts + 1 } }
    const again = concludeLook(round, begun, await look(round, begun))
    if (again === undefined) return
    next = isRefusedAsChanged ? distrustETag(next, again) : again
  }
}

/** A matching eTag has been answered with "changed": the second time the file is replaced without it. [onedrive-api-docs#1716] */
function distrustETag(before: FileToSend, again: FileToSend): FileToSend {
  const { existing } = again
  if (existing?.eTag === undefined || existing.eTag !== before.existing?.eTag) return again
  return { ...again, existing: { destItemId: existing.destItemId, eTag: undefined } }
}

/** Opens the file, writes the intent down and asks for a session. A file that is empty now needs none. */
async function prepare(
  round: Round,
  file: FileToSend,
): Promise<(Prepared & { readonly file: FileToSend }) | { readonly emptied: FileToSend }> {
  const open = await round.source.open(file.item.relPath, round.stops.drop)
  try {
    const now = describeAnew(file, open.stamp)
    assertFits(now.file)
    if (open.stamp.sizeBytes === 0) {
      round.facts.later(...now.facts)
      await open.close()
      return { emptied: now.file }
    }
    round.facts.now(...now.facts, { fact: 'started', id: file.item.id, atMs: round.clock.now() })
    const session = await repeatedly(round, async (signal) => {
      const outcome = (await round.destination.createSessions([sessionRequest(round, now.file)], signal))[0]
      if (outcome?.ok) return outcome.value
      throw outcome?.error ?? new MigrationError('DST_REFUSED', 'The service did not answer.', { remedy: { kind: 'retry' } })
    })
    if (!isSmall(open.stamp.sizeBytes)) {
      round.facts.now({ fact: 'sessionOpened', id: file.item.id, url: session.url, expiresAtMs: session.expiresAtMs })
    }
    return { open, session, startAt: 0, file: now.file }
  } catch (thrown) {
    await open.close()
    throw thrown
  }
}

export function sessionRequest(round: Round, { item, parentItemId, existing }: FileToSend): SessionRequest {
  return {
    parentId: parentItemId,
    name: item.destName,
    sizeBytes: item.sizeBytes,
    times: timesToStore(round, item),
    conflict: existing ? 'replace' : 'fail',
    ...(existing?.eTag === undefined ? {} : { ifMatch: existing.eTag }),
  }
}

export function assertFits({ item }: FileToSend): void {
  const tooLarge = item.issues.find((issue) => issue.code === 'RULE_FILE_TOO_LARGE' && issue.effect === 'blocks')
  if (tooLarge) throw new MigrationError(tooLarge.code, tooLarge.detail, { remedy: { kind: 'failItem' } })
}

async function sendPrepared(
  round: Round,
  { item }: FileToSend,
  prepared: Prepared & { readonly memory: Room },
): Promise<SendResult> {
  const { open, session, startAt, memory } = prepared
  return await sendContent(round, {
    session,
    content: new ContentReader(round, open, item.relPath),
    totalBytes: open.stamp.sizeBytes,
    startAt,
    memory,
    onAccepted: (nextStart) =>
      round.facts.later({ fact: 'sessionAdvanced', id: item.id, acceptedBytes: nextStart, expiresAtMs: undefined }),
  })
}

/** Bytes of two states of a file must never meet in one session. A cancel that fails does no harm: the session ends by itself. */
async function abandon(round: Round, { item }: FileToSend, session: UploadSession): Promise<void> {
  round.facts.now({ fact: 'sessionClosed', id: item.id })
  try {
    await round.destination.cancelSession(session, round.stops.drop)
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    round.logger.log('debug', 'session.notCancelled', { id: item.id, code: asMigrationError(thrown).code })
  }
}
