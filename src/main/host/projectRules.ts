import type { AgentBeat, AgentRow } from '../../shared/domain/agent.ts'
import type { AgentId } from '../../shared/domain/ids.ts'
import { defaultFleetSettings, type FleetSettings, utcDay } from '../../shared/domain/schedule.ts'
import { asMigrationError } from '../../shared/errors.ts'
import { APP_TRAFFIC_BYTES_PER_HOUR, HEARTBEAT_MS, RATE_LIMIT_STEERING_SHARE } from '../../shared/limits.ts'
import { HOUR_MS, MINUTE_MS } from '../../shared/units.ts'
import { judgeAgent } from '../engine/coordinate/agentState.ts'
import { RollingMeter } from '../engine/coordinate/rollingMeter.ts'
import type { KeyedRow } from '../engine/ports/keyedList.ts'
import type { Clock, Logger } from '../engine/ports/runtime.ts'
import { createTransferGate, type TransferGate } from '../engine/schedule/transferGate.ts'
import { type DaySpent, sumSpent } from '../engine/waiting/dailyBudget.ts'

export interface ProjectRules {
  /** For every round of this agent. */
  readonly gate: TransferGate
  /** What this agent has spent in this day of UTC, for its heartbeat. */
  spentToday(): DaySpent
  /** What this agent has sent within the last hour. */
  bytesPerHour(): number
  /** What its row said when it began: a restart forgets nothing of the day. */
  goOnFrom(earlier: DaySpent | undefined): void
  /** Reads the settings; keeps the last ones while the service cannot be reached. */
  refresh(signal: AbortSignal): Promise<void>
  /** Refreshes once a minute until `signal`. Never rejects. */
  keep(signal: AbortSignal): Promise<void>
}

export interface ProjectRulesDeps {
  readonly agentId: AgentId
  readonly settings: (signal: AbortSignal) => Promise<FleetSettings>
  /** The agents as of the last look. */
  readonly roster: () => readonly KeyedRow<AgentRow>[]
  readonly spentUnits: () => number
  readonly serverNow: () => number
  readonly clock: Clock
  readonly logger: Logger
}

/** The calendar and the budgets of the project, as one agent obeys them: its share of the bandwidth is that of one working agent among all. */
export function createProjectRules(deps: ProjectRulesDeps): ProjectRules {
  let settings = defaultFleetSettings()
  const hour = new RollingMeter({ windowMs: HOUR_MS, steps: 60 })
  let earlier: DaySpent = { day: 0, units: 0, bytes: 0 }
  let today = { day: utcDay(deps.serverNow()), unitsBefore: deps.spentUnits() }

  const gate = createTransferGate({
    clock: deps.clock,
    serverNow: deps.serverNow,
    rules: () => ({ settings, share: share(), spent: fleetSpent(), isTrafficNear: isTrafficNear() }),
  })

  function spentToday(): DaySpent {
    const day = utcDay(deps.serverNow())
    if (today.day !== day) today = { day, unitsBefore: deps.spentUnits() }
    const before = earlier.day === day ? earlier : { units: 0, bytes: 0 }
    return {
      day,
      units: Math.round(before.units + Math.max(0, deps.spentUnits() - today.unitsBefore)),
      bytes: before.bytes + gate.passedBytes(),
    }
  }

  /** Others have gone on since their last word, at the pace that it told. */
  function fleetSpent(): DaySpent {
    const own = spentToday()
    const others = otherBeats().map(({ spent, pace, at, intervalMs, hasLeft }) => {
      const sinceMs = hasLeft ? 0 : Math.min(Math.max(0, deps.serverNow() - Date.parse(at)), 2 * intervalMs)
      return { ...spent, units: spent.units + ((pace?.unitsPerMinute ?? 0) * sinceMs) / MINUTE_MS }
    })
    return sumSpent(own.day, [own, ...others])
  }

  function bytesPerHour(): number {
    hour.sample(gate.passedBytes(), deps.serverNow())
    return hour.grown()
  }

  function isTrafficNear(): boolean {
    const others = otherBeats().reduce((sum, { pace, hasLeft }) => sum + (hasLeft ? 0 : (pace?.bytesPerHour ?? 0)), 0)
    return bytesPerHour() + others >= APP_TRAFFIC_BYTES_PER_HOUR * RATE_LIMIT_STEERING_SHARE
  }

  function otherBeats(): readonly AgentBeat[] {
    return deps.roster().flatMap(({ key, value: { beat } }) => (key !== deps.agentId && beat ? [beat] : []))
  }

  function share(): number {
    const nowMs = deps.serverNow()
    const working = deps.roster().filter(({ key, value }) => key !== deps.agentId && judgeAgent(value, nowMs).state === 'inUse')
    return 1 / (1 + working.length)
  }

  async function refresh(signal: AbortSignal): Promise<void> {
    try {
      settings = await deps.settings(signal)
    } catch (thrown) {
      if (signal.aborted) return
      deps.logger.log('warn', 'settings.notRead', { error: asMigrationError(thrown).code })
    }
  }

  return {
    gate,
    spentToday,
    bytesPerHour,
    goOnFrom(spent) {
      if (spent) earlier = spent
    },
    refresh,
    async keep(signal) {
      while (!signal.aborted) {
        await deps.clock.sleep(HEARTBEAT_MS, signal).catch(() => undefined)
        if (!signal.aborted) await refresh(signal)
      }
    },
  }
}
