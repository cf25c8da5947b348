import type { AgentBeat, AgentRow } from '../../../shared/domain/agent.ts'
import type { AgentId } from '../../../shared/domain/ids.ts'
import { BUDGET_FLOOR_UNITS, BUDGET_RAMP_MS, BUDGET_USED_SHARE } from '../../../shared/limits.ts'
import { DAY_MS, MINUTE_MS } from '../../../shared/units.ts'
import type { KeyedRow } from '../ports/keyedList.ts'
import { isPresent } from './release.ts'

/** What one agent needs, by its own count. */
export interface Demand {
  readonly unitsPerMinute: number
  /** Whether it would spend more if it might. */
  readonly wantsMore: boolean
}

/** What an agent that takes no more than it does now is left: room to grow by until its next word. */
const GROWTH = 1.25
/** A budget that nobody named is guessed, and the guess rises by this share a minute while nothing is refused. */
const GUESS_RISE_PER_MINUTE = 0.1
const START_SHARE = 0.5

/**
 * Divides a budget so that the smallest share is as large as can be: who needs little gets that, the others get the same. The shares add up to
 * the budget, nobody gets less than a floor (or an equal part, where the budget is too small for that), and who has the same need gets the same.
 */
export function fairShares(budgetUnits: number, demands: readonly Demand[]): readonly number[] {
  if (demands.length === 0) return []
  const floor = Math.min(BUDGET_FLOOR_UNITS, budgetUnits / demands.length)
  const wants = demands.map(({ unitsPerMinute, wantsMore }) =>
    wantsMore ? Number.POSITIVE_INFINITY : Math.max(floor, unitsPerMinute * GROWTH),
  )
  let left = budgetUnits
  let level = 0
  const ascending = [...wants].sort((a, b) => a - b)
  for (const [index, want] of ascending.entries()) {
    const count = ascending.length - index
    level = left / count
    if (want > level) break
    left -= want
  }
  const isFilled = ascending.at(-1) !== undefined && (ascending.at(-1) ?? 0) > level
  // What nobody needs is everybody's: whoever gets work need not ask first.
  const spare = isFilled ? 0 : left / demands.length
  return wants.map((want) => Math.min(want, isFilled ? level : want) + spare)
}

/** What an agent may spend. */
export interface Allowance {
  /** Of what the service says is left of the budget. */
  readonly portion: number
  /** undefined = nobody knows the budget, or nobody else needs any of it. */
  readonly unitsPerMinute: number | undefined
}

/** Whoever has just come has said nothing of its work yet, and is believed to want some. */
function needOf(beat: AgentBeat, nowMs: number): { readonly demand: Demand; readonly isWorking: boolean } {
  const isNew = beat.startedAt !== undefined && nowMs - Date.parse(beat.startedAt) < BUDGET_RAMP_MS
  return {
    demand: { unitsPerMinute: beat.pace?.unitsPerMinute ?? 0, wantsMore: isNew || beat.wantsMore === true },
    isWorking: isNew || beat.running.length > 0,
  }
}

/**
 * The service's budget belongs to the app, and so to all agents together. From what they say of themselves with their heartbeats each takes its
 * share of it; after a refusal all begin again at half of theirs and rise to it together. Times are the server's.
 */
export class FleetBudget {
  readonly #me: AgentId
  #others: readonly { readonly demand: Demand; readonly isWorking: boolean }[] = []
  #limit: { readonly units: number; readonly atMs: number; readonly isGuess: boolean } | undefined
  #pauseEndsAtMs = Number.NEGATIVE_INFINITY
  #joinedAtMs: number | undefined

  constructor(me: AgentId) {
    this.#me = me
  }

  /** Resource units a minute as the service named them; the freshest word counts. */
  heardLimit(units: number, nowMs: number): void {
    this.#limit = { units, atMs: nowMs, isGuess: false }
  }

  /** The service asked this agent, or another one, to wait until then. */
  heardPause(untilMs: number, own: Demand, nowMs: number): void {
    if (untilMs <= Math.max(this.#pauseEndsAtMs, nowMs)) return
    const isSameIncident = nowMs < this.#pauseEndsAtMs
    this.#pauseEndsAtMs = untilMs
    if (isSameIncident || (this.#limit && !this.#limit.isGuess)) return
    const spent = this.#others.reduce((sum, { demand }) => sum + demand.unitsPerMinute, own.unitsPerMinute)
    const least = BUDGET_FLOOR_UNITS * (1 + this.#others.length)
    this.#limit = { units: Math.max(least, spent), atMs: nowMs, isGuess: true }
  }

  /** The agents as of the last look, this one included. */
  hear(rows: readonly KeyedRow<AgentRow>[], own: Demand, nowMs: number): void {
    const present = rows.filter((row) => row.key !== this.#me && isPresent(row, nowMs))
    this.#others = present.flatMap(({ value: { beat } }) => (beat ? [needOf(beat, nowMs)] : []))
    for (const { value } of present) {
      const { at, limitUnits, pausedUntil } = value.beat ?? {}
      const atMs = at === undefined ? 0 : Date.parse(at)
      if (limitUnits !== undefined && atMs > (this.#limit?.isGuess === false ? this.#limit.atMs : 0))
        this.#limit = { units: limitUnits, atMs, isGuess: false }
      if (pausedUntil !== undefined) this.heardPause(Date.parse(pausedUntil), own, nowMs)
    }
  }

  /** What this agent tells the others of the budget: what the service named, not what it guesses. */
  tellLimit(nowMs: number): number | undefined {
    return this.#limit && !this.#limit.isGuess && nowMs - this.#limit.atMs < DAY_MS ? this.#limit.units : undefined
  }

  allowance(own: Demand & { readonly isWorking: boolean }, nowMs: number): Allowance {
    if (!own.isWorking) this.#joinedAtMs = undefined
    else this.#joinedAtMs ??= nowMs
    if (!this.#others.some(({ isWorking }) => isWorking)) return { portion: 1, unitsPerMinute: undefined }
    const limitUnits = this.#limitAt(nowMs)
    const budgetUnits = (limitUnits ?? BUDGET_FLOOR_UNITS * 1000) * BUDGET_USED_SHARE
    const [share = 0] = fairShares(budgetUnits, [own, ...this.#others.map(({ demand }) => demand)])
    const risen = share * this.#risen(nowMs)
    return { portion: share / budgetUnits, unitsPerMinute: limitUnits === undefined ? undefined : Math.max(1, risen) }
  }

  #limitAt(nowMs: number): number | undefined {
    const limit = this.#limit
    if (!limit || nowMs - limit.atMs >= DAY_MS) return undefined
    return limit.isGuess ? limit.units * (1 + (GUESS_RISE_PER_MINUTE * (nowMs - limit.atMs)) / MINUTE_MS) : limit.units
  }

  /** All of them count from the end of the same pause; whoever has just begun counts from there, until the others know of it. */
  #risen(nowMs: number): number {
    const fromMs = Math.max(this.#pauseEndsAtMs, this.#joinedAtMs ?? Number.NEGATIVE_INFINITY)
    return START_SHARE + (1 - START_SHARE) * Math.min(1, Math.max(0, (nowMs - fromMs) / BUDGET_RAMP_MS))
  }
}
