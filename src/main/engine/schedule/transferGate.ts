import { type FleetSettings, utcDay } from '../../../shared/domain/schedule.ts'
import { describeWindow } from '../../../shared/domain/windowText.ts'
import { APP_TRAFFIC_BYTES_PER_HOUR } from '../../../shared/limits.ts'
import { HOUR_MS, MIB, SECOND_MS } from '../../../shared/units.ts'
import type { Clock } from '../ports/runtime.ts'
import type { DaySpent } from '../waiting/dailyBudget.ts'
import { holdOf } from '../waiting/waiting.ts'
import { describeMoment } from './moment.ts'
import { bandwidthAt } from './windows.ts'

/** Why bytes wait, for people. */
export interface GateHold {
  readonly text: string
  /** undefined = nobody knows. */
  readonly untilMs: number | undefined
}

/**
 * What stands between a round and the network: the calendar and the budgets of the project. One per agent, shared by all its tasks, so that
 * their rates add up to the agent's share.
 */
export interface TransferGate {
  /**
   * Resolves when so many bytes may be sent now, in the order of the calls; 0 waits for blackouts and budgets only. `onHold` is told again
   * every few seconds why it waits. Rejects with the reason of the signal, and then nothing was taken.
   */
  pass(byteCount: number, options: { readonly onHold: (hold: GateHold) => void; readonly signal: AbortSignal }): Promise<void>
}

/** For rounds that no project limits. */
export const openGate: TransferGate = { pass: async () => undefined }

export interface GateRules {
  readonly settings: FleetSettings
  /** This agent's part of what the fleet may send in a second, 0 to 1. */
  readonly share: number
  /** Of the whole fleet, as far as it is known. */
  readonly spent: DaySpent
  /** The fleet has sent within the last hour nearly what the app may send: from here on it goes no faster than that allows. */
  readonly isTrafficNear?: boolean
}

/** Rules may change while something waits: they are asked again at least this often. */
const LOOK_AGAIN_MS = 5 * SECOND_MS

export interface MeteredGate extends TransferGate {
  /** Bytes that have passed in this day of UTC. */
  passedBytes(): number
}

/** `serverNow` judges the calendar; `clock` only sleeps. */
export function createTransferGate(deps: {
  readonly clock: Clock
  readonly serverNow: () => number
  readonly rules: () => GateRules
}): MeteredGate {
  let last: Promise<void> = Promise.resolve()
  let freeAtMs = 0
  let passed = { day: 0, bytes: 0 }

  async function takeTurn(byteCount: number, { onHold, signal }: Parameters<TransferGate['pass']>[1]): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      const nowMs = deps.serverNow()
      const { settings, share, spent, isTrafficNear = false } = deps.rules()
      const hold = holdOf({ settings, nowMs, spent })
      const limit = hold ? undefined : lowest(bandwidthAt(settings, nowMs), isTrafficNear)
      const waitMs = hold ? (hold.untilMs ?? Number.POSITIVE_INFINITY) - nowMs : limit && byteCount > 0 ? freeAtMs - nowMs : 0
      if (waitMs <= 0) {
        if (limit) freeAtMs = Math.max(nowMs, freeAtMs) + (byteCount * SECOND_MS) / Math.max(1, limit.bytesPerSecond * share)
        else freeAtMs = 0
        const day = utcDay(nowMs)
        passed = { day, bytes: (passed.day === day ? passed.bytes : 0) + byteCount }
        return
      }
      if (hold) onHold(hold)
      else if (limit && waitMs > SECOND_MS) onHold({ text: slowed(limit, settings, nowMs), untilMs: nowMs + waitMs })
      await deps.clock.sleep(Math.min(waitMs, LOOK_AGAIN_MS), signal)
    }
  }

  return {
    pass(byteCount, options) {
      const turn = last.then(() => takeTurn(byteCount, options))
      // Whoever gives up lets the next one through.
      last = turn.catch(() => undefined)
      return turn
    },
    passedBytes: () => (passed.day === utcDay(deps.serverNow()) ? passed.bytes : 0),
  }
}

interface Limit {
  readonly bytesPerSecond: number
  /** Absent: it is the service's own. */
  readonly calendar?: NonNullable<ReturnType<typeof bandwidthAt>>
}

function lowest(calendar: ReturnType<typeof bandwidthAt>, isTrafficNear: boolean): Limit | undefined {
  const service = (APP_TRAFFIC_BYTES_PER_HOUR * SECOND_MS) / HOUR_MS
  if (isTrafficNear && (!calendar || calendar.bytesPerSecond > service)) return { bytesPerSecond: service }
  return calendar && { bytesPerSecond: calendar.bytesPerSecond, calendar }
}

function slowed({ calendar: limit }: Limit, settings: FleetSettings, nowMs: number): string {
  if (!limit)
    return `The fleet sends as much as the service takes from one app in an hour (${APP_TRAFFIC_BYTES_PER_HOUR / 1_000_000_000} GB).`
  const rate = `${(limit.bytesPerSecond / MIB).toFixed(1)} MB/s`
  const end = limit.untilMs === undefined ? '' : ` until ${describeMoment(limit.untilMs, { zone: settings.timeZone, nowMs })}`
  return `The fleet sends ${rate} at most${end} (${describeWindow(limit.window)}).`
}
