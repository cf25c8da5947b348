import { asMigrationError, type ErrorCode } from '../../../shared/errors.ts'
import { FRAGMENT_BYTES } from '../../../shared/limits.ts'
import type { StoredItem, UploadSession } from '../ports/destination.ts'
import type { Room } from '../run/flights.ts'
import { passGate, type Round } from '../run/round.ts'
import { Drained, endsTask, throwIfStopped } from '../run/stopping.ts'
import type { TransferAttempt } from './accounting.ts'
import type { ContentReader } from './contentReader.ts'
import { afterWait, beginSession, nextTurn, type SessionEvent } from './uploadSession.ts'

export interface Sending {
  readonly session: UploadSession
  readonly content: ContentReader
  readonly totalBytes: number
  /** Where the service says that it is; 0 for a fresh session. */
  readonly startAt: number
  /** Holds the bytes that are in memory. */
  readonly memory: Room
  /** Told when the service has accepted bytes and wants more. */
  readonly onAccepted?: (nextStart: number) => void
}

export type SendResult =
  | { readonly kind: 'stored'; readonly item: StoredItem; readonly hash: string }
  /** The session is of no more use; whether the file is stored must be looked up. */
  | { readonly kind: 'lost'; readonly reason: string; readonly code: ErrorCode | undefined }

/**
 * Sends the content of one file through one session, from wherever the service says that it is to the end. A drain ends it between two
 * fragments with the session open. Errors: SRC_ codes from reading; the service's last word when it gives up; Drained.
 */
export async function sendContent(round: Round, sending: Sending): Promise<SendResult> {
  const attempt = round.tracker.beginAttempt(sending.totalBytes)
  attempt.acceptedUpTo(sending.startAt)
  try {
    const result = await converse(round, sending, attempt)
    if (result.kind === 'stored') attempt.stored()
    else attempt.failed()
    return result
  } catch (thrown) {
    if (thrown instanceof Drained) attempt.suspended()
    else attempt.failed()
    throw thrown
  } finally {
    await sending.content.settle()
  }
}

async function converse(round: Round, sending: Sending, attempt: TransferAttempt): Promise<SendResult> {
  const { destination, clock, random, stops, tracker } = round
  const { session, content, totalBytes } = sending
  let { progress, step } = beginSession(totalBytes, sending.startAt)
  for (;;) {
    stops.drop.throwIfAborted()
    switch (step.kind) {
      case 'stored':
        return { kind: 'stored', item: step.item, hash: await content.hash(stops.drop) }
      case 'lost':
        return {
          kind: 'lost',
          reason: step.error?.message ?? 'The upload session ended without an answer.',
          code: step.error?.code,
        }
      case 'giveUp':
        throw step.error
      case 'wait':
        tracker.waits(step.why, step.waitMs)
        await clock.sleep(step.waitMs, stops.drop)
        step = afterWait(progress, step.next)
        continue
      case 'ask': {
        const event = await eventOf(round, async () => ({
          kind: 'told',
          state: await destination.sessionState(session, stops.drop),
        }))
        // Nobody answers even a question: no later one of this session is answered sooner.
        if (event.kind === 'failed' && endsTask(event.error)) throw event.error
        ;({ progress, step } = nextTurn(progress, event, random))
        continue
      }
      case 'send': {
        const { start, length } = step
        if (start > 0) throwIfStopped(stops)
        await passGate(round, length)
        const event = await sending.memory.hold(length, async () => {
          const body = await tracker.spends('readingMs', content.slice(start, length, stops.drop))
          attempt.sent(length)
          const next = start + length
          content.readAhead(next, Math.min(FRAGMENT_BYTES, totalBytes - next), stops.drop)
          return await eventOf(round, async () => ({
            kind: 'replied',
            reply: await tracker.spends(
              'sendingMs',
              destination.sendFragment(session, { start, length, totalBytes, body }, stops.drop),
            ),
          }))
        })
        ;({ progress, step } = nextTurn(progress, event, random))
        tracker.moved()
        if (step.kind !== 'send') continue
        attempt.acceptedUpTo(progress.nextStart)
        sending.onAccepted?.(progress.nextStart)
      }
    }
  }
}

async function eventOf(round: Round, call: () => Promise<SessionEvent>): Promise<SessionEvent> {
  try {
    return await call()
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    return { kind: 'failed', error: asMigrationError(thrown) }
  }
}
