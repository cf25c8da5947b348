import { setTimeout as delay } from 'node:timers/promises'
import type { Clock, Logger, Random } from '../../engine/ports/runtime.ts'
import type { SecretStore } from '../auth/tokenProvider.ts'

/** A clock whose sleeps end at once and move it on, so that minutes of waiting cost nothing. Real input and output go on in between. */
export interface HastyClock extends Clock {
  /** Every sleep that was asked for, in order. */
  readonly sleeps: readonly number[]
  advance(ms: number): void
}

export function createHastyClock(startMs = Date.now()): HastyClock {
  const sleeps: number[] = []
  let nowMs = startMs
  return {
    sleeps,
    now: () => nowMs,
    advance(ms) {
      nowMs += ms
    },
    async sleep(delayMs, signal) {
      signal.throwIfAborted()
      sleeps.push(delayMs)
      await delay(1)
      signal.throwIfAborted()
      nowMs += delayMs
    },
  }
}

/** Always the middle; ids count up. */
export function createPlainRandom(): Random {
  let count = 0
  return {
    next: () => 0.5,
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
  }
}

export interface CollectedLine {
  readonly level: string
  readonly event: string
  readonly fields: Readonly<Record<string, unknown>>
}

export function createCollectingLogger(): Logger & { readonly lines: readonly CollectedLine[] } {
  const lines: CollectedLine[] = []
  return { lines, log: (level, event, fields = {}) => void lines.push({ level, event, fields }) }
}

export function createMemorySecrets(): SecretStore & { readonly values: ReadonlyMap<string, string> } {
  const values = new Map<string, string>()
  return {
    values,
    get: async (name) => values.get(name),
    set: async (name, value) => void values.set(name, value),
    delete: async (name) => void values.delete(name),
  }
}
