import { MigrationError } from '../../../shared/errors.ts'
import {
  FRAGMENT_BYTES,
  RETRY_ATTEMPTS_MAX,
  SESSION_NOT_FOUND_ATTEMPTS_MAX,
  SESSION_NOT_FOUND_WAIT_MS,
  THROTTLE_ATTEMPTS_MAX,
} from '../../../shared/limits.ts'
import type { FragmentReply, SessionState, StoredItem } from '../ports/destination.ts'
import type { Random } from '../ports/runtime.ts'
import { backoffMs } from '../throttle/retry.ts'

/** How far one upload session is. The service's word about `nextStart` always wins over ours. */
export interface SessionProgress {
  readonly totalBytes: number
  readonly nextStart: number
  /** Failures since the service last accepted bytes. */
  readonly failures: number
  readonly throttles: number
  /** Times that the service did not know the session. */
  readonly unknowns: number
  /** The last fragment was sent and its answer lost: the file may be stored. */
  readonly mayBeStored: boolean
}

export type SessionEvent =
  | { readonly kind: 'replied'; readonly reply: FragmentReply }
  | { readonly kind: 'told'; readonly state: SessionState }
  | { readonly kind: 'failed'; readonly error: MigrationError }

export type SessionStep =
  /** Send bytes [start, start+length). */
  | { readonly kind: 'send'; readonly start: number; readonly length: number }
  /** Ask the service how far it is. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'wait'; readonly waitMs: number; readonly why: string; readonly next: 'send' | 'ask' }
  | { readonly kind: 'stored'; readonly item: StoredItem }
  /** The session is of no more use; the file may be stored or not: look, then begin another one. */
  | { readonly kind: 'lost'; readonly error: MigrationError | undefined }
  | { readonly kind: 'giveUp'; readonly error: MigrationError }

export interface SessionTurn {
  readonly progress: SessionProgress
  readonly step: SessionStep
}

export function beginSession(totalBytes: number, nextStart = 0): SessionTurn {
  const progress: SessionProgress = { totalBytes, nextStart, failures: 0, throttles: 0, unknowns: 0, mayBeStored: false }
  return nextStart < totalBytes ? { progress, step: sendStep(progress) } : { progress, step: { kind: 'lost', error: undefined } }
}

/** The next step after something happened. Pure but for the jitter. [graph-upload-session] */
export function nextTurn(progress: SessionProgress, event: SessionEvent, random: Random): SessionTurn {
  switch (event.kind) {
    case 'replied':
      if (event.reply.kind === 'stored') return { progress, step: { kind: 'stored', item: event.reply.item } }
      return accepted(progress, event.reply.nextStart)
    case 'told':
      return event.state.kind === 'open' ? accepted(progress, event.state.nextStart) : unknown(progress, undefined, 'ask')
    case 'failed':
      return failed(progress, event.error, random)
  }
}

/** The step after a wait. */
export function afterWait(progress: SessionProgress, next: 'send' | 'ask'): SessionStep {
  return next === 'ask' ? { kind: 'ask' } : sendStep(progress)
}

function sendStep({ nextStart, totalBytes }: SessionProgress): SessionStep {
  return { kind: 'send', start: nextStart, length: Math.min(FRAGMENT_BYTES, totalBytes - nextStart) }
}

function accepted(progress: SessionProgress, nextStart: number): SessionTurn {
  // All bytes are there and still no item: only a look can tell what became of it.
  if (nextStart >= progress.totalBytes) return { progress, step: { kind: 'lost', error: undefined } }
  const advanced = nextStart > progress.nextStart
  const next: SessionProgress = advanced
    ? { ...progress, nextStart, failures: 0, throttles: 0, unknowns: 0, mayBeStored: false }
    : { ...progress, nextStart, failures: progress.failures + 1, mayBeStored: false }
  if (next.failures > RETRY_ATTEMPTS_MAX) {
    return {
      progress: next,
      step: {
        kind: 'giveUp',
        error: new MigrationError('DST_REFUSED', `The service does not accept the bytes from ${nextStart} on.`, {
          remedy: { kind: 'retry' },
        }),
      },
    }
  }
  return { progress: next, step: sendStep(next) }
}

/** Right after its creation a session may be unknown for seconds; later an unknown session is committed, cancelled or expired. [rclone] */
function unknown(progress: SessionProgress, error: MigrationError | undefined, goOn: 'send' | 'ask'): SessionTurn {
  const next = { ...progress, unknowns: progress.unknowns + 1 }
  if (progress.mayBeStored || next.unknowns > SESSION_NOT_FOUND_ATTEMPTS_MAX)
    return { progress: next, step: { kind: 'lost', error } }
  return {
    progress: next,
    step: {
      kind: 'wait',
      waitMs: SESSION_NOT_FOUND_WAIT_MS,
      why: 'The service does not know the upload session yet.',
      next: goOn,
    },
  }
}

function failed(progress: SessionProgress, error: MigrationError, random: Random): SessionTurn {
  const isLastFragment = progress.nextStart + FRAGMENT_BYTES >= progress.totalBytes
  const { remedy } = error
  if (remedy.kind === 'waitUntil') {
    const next = { ...progress, throttles: progress.throttles + 1 }
    if (next.throttles > THROTTLE_ATTEMPTS_MAX) return { progress: next, step: { kind: 'giveUp', error } }
    return { progress: next, step: { kind: 'wait', waitMs: remedy.delayMs, why: error.message, next: 'send' } }
  }
  if (error.code === 'DST_SESSION_LOST' && error.status === 404) return unknown(progress, error, 'send')
  // The token of the address has died: no question about this session will be answered either.
  if (error.code === 'DST_SESSION_LOST' && error.status === 401) return { progress, step: { kind: 'lost', error } }
  if (error.code === 'DST_CHANGED' || error.code === 'DST_EXISTS') return { progress, step: { kind: 'lost', error } }
  if (remedy.kind === 'failItem' || remedy.kind === 'stopTask') return { progress, step: { kind: 'giveUp', error } }
  const next: SessionProgress = {
    ...progress,
    failures: progress.failures + 1,
    mayBeStored: progress.mayBeStored || (remedy.kind === 'lookFirst' && isLastFragment),
  }
  if (next.failures > RETRY_ATTEMPTS_MAX) return { progress: next, step: { kind: 'giveUp', error } }
  if (remedy.kind === 'lookFirst') return { progress: next, step: { kind: 'ask' } }
  return { progress: next, step: { kind: 'wait', waitMs: backoffMs(next.failures, random), why: error.message, next: 'ask' } }
}
