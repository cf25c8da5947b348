import type { AgentRow } from '../../shared/domain/agent.ts'
import type { AgentId } from '../../shared/domain/ids.ts'
import { BUDGET_LOOK_MS } from '../../shared/limits.ts'
import { MINUTE_MS } from '../../shared/units.ts'
import type { Service } from '../adapters/sharepoint/createService.ts'
import { FleetBudget } from '../engine/coordinate/fleetBudget.ts'
import type { AgentFacts } from '../engine/coordinate/membership.ts'
import { RollingMeter } from '../engine/coordinate/rollingMeter.ts'
import type { KeyedRow } from '../engine/ports/keyedList.ts'
import type { Clock, Logger } from '../engine/ports/runtime.ts'

export interface BudgetShareDeps {
  readonly agentId: AgentId
  readonly service: Pick<Service, 'throttleSnapshot' | 'shareBudget' | 'spentUnits'>
  readonly serverNow: () => number
  readonly clock: Clock
  readonly logger: Logger
  readonly isWorking: () => boolean
}

/** This agent's part of the app's budget a minute: what it tells the others, and what it makes of their words. */
export interface BudgetShare {
  /** After every look at who is there. */
  hear(rows: readonly KeyedRow<AgentRow>[]): void
  /** For the next heartbeat. */
  tell(): { readonly unitsPerMinute: number; readonly wantsMore: boolean; readonly limitUnits?: AgentFacts['limitUnits'] }
  /** Follows pauses and rises until `signal`. Never rejects. */
  keep(signal: AbortSignal): Promise<void>
}

/** An agent that spends so much of its share would spend more. */
const NEAR = 0.75

export function createBudgetShare(deps: BudgetShareDeps): BudgetShare {
  const { service, clock, serverNow } = deps
  const budget = new FleetBudget(deps.agentId)
  const meter = new RollingMeter({ windowMs: MINUTE_MS, steps: 12 })
  let allowedUnits: number | undefined
  let heardLimit: number | undefined

  function own() {
    meter.sample(service.spentUnits(), clock.now())
    const unitsPerMinute = meter.grown()
    const isWorking = deps.isWorking()
    const isHeldBack =
      service.throttleSnapshot().queued > 0 || unitsPerMinute >= NEAR * (allowedUnits ?? Number.POSITIVE_INFINITY)
    return { unitsPerMinute, isWorking, wantsMore: isWorking && isHeldBack }
  }

  function apply(): void {
    const nowMs = serverNow()
    const { limitUnits, pausedUntilMs } = service.throttleSnapshot()
    const mine = own()
    if (limitUnits !== undefined && limitUnits !== heardLimit) {
      heardLimit = limitUnits
      budget.heardLimit(limitUnits, nowMs)
    }
    if (pausedUntilMs !== undefined) budget.heardPause(pausedUntilMs - clock.now() + nowMs, mine, nowMs)
    const allowance = budget.allowance(mine, nowMs)
    if (allowance.unitsPerMinute !== allowedUnits)
      deps.logger.log('debug', 'budget.share', { ...allowance, unitsPerMinute: allowance.unitsPerMinute ?? 'all' })
    allowedUnits = allowance.unitsPerMinute
    service.shareBudget(allowance)
  }

  return {
    hear(rows) {
      budget.hear(rows, own(), serverNow())
      apply()
    },
    tell() {
      const { unitsPerMinute, wantsMore } = own()
      const limitUnits = budget.tellLimit(serverNow())
      return { unitsPerMinute, wantsMore, ...(limitUnits === undefined ? {} : { limitUnits }) }
    },
    async keep(signal) {
      while (!signal.aborted) {
        await clock.sleep(BUDGET_LOOK_MS, signal).catch(() => undefined)
        if (!signal.aborted) apply()
      }
    },
  }
}
