import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock, Logger, Random } from '../engine/ports/runtime.ts'

/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(delayMs, signal) {
    const untilMs = Date.now() + delayMs
    try {
      do await delay(Math.min(Math.max(untilMs - Date.now(), 0), LONGEST_TIMER_MS), undefined, { signal })
      while (Date.now() < untilMs)
    } catch (thrown) {
      throw signal.aborted ? signal.reason : thrown
    }
  },
}

export const systemRandom: Random = { next: Math.random, uuid: randomUUID }

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** One JSON object per line on stderr, from `level` up. */
export function createLineLogger(level: (typeof LEVELS)[number], write: (line: string) => void): Logger {
  const threshold = LEVELS.indexOf(level)
  return {
    log(at, event, fields) {
      if (LEVELS.indexOf(at) < threshold) return
      write(`${JSON.stringify({ at: new Date().toISOString(), level: at, event, ...fields })}\n`)
    },
  }
}
