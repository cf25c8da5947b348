import type { AgentBeat, AgentRow, AgentTerms } from '../../../shared/domain/agent.ts'
import type { AgentId } from '../../../shared/domain/ids.ts'
import { asMigrationError, isPassingOutage, MigrationError } from '../../../shared/errors.ts'
import { LEASE_MARGIN_MS, OUTAGE_FIRST_WAIT_MS, OUTAGE_WAIT_MAX_MS } from '../../../shared/limits.ts'
import type { Coordination, TaskRecord } from '../ports/coordination.ts'
import type { KeyedList, KeyedRow } from '../ports/keyedList.ts'
import type { Clock, Logger, Random } from '../ports/runtime.ts'
import { beatIntervalMs, leaseMs, rosterIntervalMs } from './pacing.ts'
import { agentsInMyCare, isPresent, releaseAgent } from './release.ts'

/** What the agent says of itself; the rest of its row is kept here. */
export type AgentFacts = Omit<AgentBeat, 'at' | 'intervalMs' | 'session' | 'startedAt' | 'isLost' | 'hasLeft'>

export interface MembershipDeps {
  readonly agentId: AgentId
  readonly agents: KeyedList<AgentRow>
  /** Lists whose rows agents own: of tasks, and of shards. */
  readonly lists: readonly Coordination[]
  /** Takes the last step of an ended row whose owner is gone. */
  readonly settle?: ((row: TaskRecord, signal: AbortSignal) => Promise<void>) | undefined
  readonly serverNow: () => number
  readonly clock: Clock
  /** A clock that nobody sets, in milliseconds; without it the clock of the wall is trusted. */
  readonly elapsedMs?: (() => number) | undefined
  readonly random: Random
  readonly logger: Logger
  /** Of an agent that registers for the first time. */
  readonly terms: AgentTerms
  readonly describe: () => AgentFacts
  /** All work stops now, before its next write. Afterwards a new session begins by itself, but for CRD_AGENT_REPLACED. */
  readonly onLost: (error: MigrationError) => void
  /** After every look at who is there. */
  readonly onRoster?: ((rows: readonly KeyedRow<AgentRow>[]) => void) | undefined
  /** People changed its name, group, or whether it may work. */
  readonly onTerms?: ((terms: AgentTerms) => void) | undefined
}

/**
 * One agent's place in the fleet: registers it, keeps its heartbeat, knows who else is there, and gives the tasks of silent agents away. The
 * lease is the agent's, not the task's: one write renews it for everything that the agent has in work. What counts is the server's clock;
 * the agent itself measures from the moment before it asked, so that it always stops before others may begin.
 */
export class Membership {
  readonly #deps: MembershipDeps
  #row: KeyedRow<AgentRow> | undefined
  #session = ''
  #proven: { readonly wallMs: number; readonly elapsedMs: number; readonly leaseMs: number } | undefined
  #others: readonly KeyedRow<AgentRow>[] = []
  #isReplaced = false

  constructor(deps: MembershipDeps) {
    this.#deps = deps
  }

  /** Names the present session; claims carry it. Empty before `join`. */
  get session(): string {
    return this.#session
  }

  get terms(): AgentTerms {
    return this.#row?.value.terms ?? this.#deps.terms
  }

  /** Rows of the fleet as of the last look, this agent's own included. */
  get roster(): readonly KeyedRow<AgentRow>[] {
    return this.#others
  }

  /** Agents that are present, this one included. */
  get presentCount(): number {
    const nowMs = this.#deps.serverNow()
    const others = this.#others.filter((row) => row.key !== this.#deps.agentId && isPresent(row, nowMs)).length
    return 1 + others
  }

  /** Whether nobody may have taken this agent's tasks yet. Asked before every write; false = stop. */
  isProven(): boolean {
    const proven = this.#proven
    if (!proven) return false
    const { clock, elapsedMs } = this.#deps
    // A machine that slept has stopped one of the two clocks at most; one that is set back has not set back both.
    const passedMs = Math.max(clock.now() - proven.wallMs, (elapsedMs?.() ?? 0) - proven.elapsedMs)
    return passedMs < proven.leaseMs - LEASE_MARGIN_MS
  }

  /** Begins a session: rows of earlier ones are this agent's to claim again. Throws what the service answers. */
  async join(signal: AbortSignal): Promise<void> {
    const { agents, agentId, random } = this.#deps
    this.#session = random.uuid()
    await this.look(signal)
    for (;;) {
      const row = await agents.get(agentId, signal)
      const asked = this.#now()
      const value = { terms: row?.value.terms ?? this.#deps.terms, beat: this.#word(false) }
      const written = row ? await agents.change(row, value, signal) : await this.#addRow(value, signal)
      if (!written) continue
      this.#hold(written, asked)
      return
    }
  }

  /** One heartbeat. False = this session is over; `onLost` has been called. */
  async beat(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const row = this.#row
      if (!row) return false
      const asked = this.#now()
      const changed = await this.#deps.agents.change(row, { terms: row.value.terms, beat: this.#word(false) }, signal)
      if (changed) {
        this.#hold(changed, asked)
        return true
      }
      const fresh = await this.#deps.agents.get(this.#deps.agentId, signal)
      const { session, isLost } = fresh?.value.beat ?? {}
      if (!fresh) return this.#lose(lost('CRD_LEASE_LOST', 'This agent was taken off the list of agents.'))
      if (session !== this.#session)
        return this.#lose(lost('CRD_AGENT_REPLACED', 'Another process runs under the identity of this agent.'))
      if (isLost === true)
        return this.#lose(lost('CRD_LEASE_LOST', 'This agent was silent for too long; others go on with its tasks.'))
      this.#row = fresh
      this.#deps.onTerms?.(fresh.value.terms)
    }
  }

  /** Who is there; and gives away the tasks of those who are not, as far as they are in this agent's care. */
  async look(signal: AbortSignal): Promise<void> {
    const { agents, agentId, lists, serverNow, logger } = this.#deps
    this.#others = await agents.list(signal)
    this.#deps.onRoster?.(this.#others)
    if (!this.isProven()) return
    for (const silent of agentsInMyCare(this.#others, agentId, serverNow())) {
      const count = await releaseAgent({ agents, lists, serverNow, settle: this.#deps.settle }, silent, signal)
      if (count > 0) logger.log('info', 'agent.released', { agent: silent.key, rows: count })
    }
  }

  /** Heartbeats and looks until `signal`; begins a new session after a lost one. Throws CRD_AGENT_REPLACED, and what needs a person. */
  async keep(signal: AbortSignal): Promise<void> {
    let beatAtMs = this.#next(beatIntervalMs)
    let lookAtMs = this.#next(rosterIntervalMs) - this.#deps.random.next() * rosterIntervalMs(this.presentCount)
    let failures = 0
    while (!signal.aborted) {
      if (this.#isReplaced) throw lost('CRD_AGENT_REPLACED', 'Another process runs under the identity of this agent.')
      const dueMs = Math.min(beatAtMs, lookAtMs, this.#deadlineMs())
      const sleepMs =
        failures === 0 ? dueMs - this.#deps.clock.now() : Math.min(OUTAGE_WAIT_MAX_MS, OUTAGE_FIRST_WAIT_MS * 2 ** failures)
      await this.#deps.clock.sleep(Math.max(0, sleepMs), signal).catch(() => undefined)
      if (signal.aborted) return
      if (this.#proven && !this.isProven())
        this.#lose(lost('CRD_LEASE_LOST', 'The service could not be reached within the lease.'))
      try {
        if (!this.#proven) await this.join(signal)
        else if (this.#deps.clock.now() >= beatAtMs || failures > 0) await this.beat(signal)
        beatAtMs = Math.max(beatAtMs, this.#next(beatIntervalMs))
        if (this.#deps.clock.now() >= lookAtMs) {
          await this.look(signal)
          lookAtMs = this.#next(rosterIntervalMs)
        }
        failures = 0
      } catch (thrown) {
        if (signal.aborted) return
        const error = asMigrationError(thrown)
        if (this.#isReplaced || !isPassing(error)) throw error
        failures = Math.min(failures + 1, 8)
        this.#deps.logger.log('warn', 'agent.beatFailed', { error: error.code })
      }
    }
  }

  /** The last word of an agent that stops in order. What it still owns is given away when its lease has run out. */
  async leave(signal: AbortSignal): Promise<void> {
    const row = this.#row
    this.#proven = undefined
    if (row) await this.#deps.agents.change(row, { terms: row.value.terms, beat: this.#word(true) }, signal)
  }

  async #addRow(value: AgentRow, signal: AbortSignal): Promise<KeyedRow<AgentRow> | undefined> {
    const { row, isNew } = await this.#deps.agents.add(this.#deps.agentId, value, signal)
    return isNew ? row : undefined
  }

  #word(hasLeft: boolean): AgentBeat {
    const startedAt = this.#row?.value.beat?.session === this.#session ? this.#row.value.beat.startedAt : undefined
    const at = new Date(this.#deps.serverNow()).toISOString()
    return {
      ...this.#deps.describe(),
      at,
      intervalMs: beatIntervalMs(this.presentCount),
      session: this.#session,
      startedAt: startedAt ?? at,
      hasLeft,
    }
  }

  #now() {
    return { wallMs: this.#deps.clock.now(), elapsedMs: this.#deps.elapsedMs?.() ?? 0 }
  }

  #hold(row: KeyedRow<AgentRow>, asked: { readonly wallMs: number; readonly elapsedMs: number }): void {
    this.#row = row
    this.#proven = { ...asked, leaseMs: leaseMs(row.value.beat?.intervalMs ?? 0) }
  }

  #lose(error: MigrationError): false {
    this.#proven = undefined
    this.#row = undefined
    this.#isReplaced = error.code === 'CRD_AGENT_REPLACED'
    this.#deps.logger.log('warn', 'agent.lost', { error: error.code, message: error.message })
    this.#deps.onLost(error)
    return false
  }

  /** When the lease ends, if nothing is heard until then. */
  #deadlineMs(): number {
    return this.#proven ? this.#proven.wallMs + this.#proven.leaseMs - LEASE_MARGIN_MS : Number.NEGATIVE_INFINITY
  }

  #next(interval: (agents: number) => number): number {
    return this.#deps.clock.now() + interval(this.presentCount)
  }
}

const isPassing = (error: MigrationError): boolean =>
  isPassingOutage(error) ||
  error.remedy.kind === 'retry' ||
  error.remedy.kind === 'lookFirst' ||
  error.remedy.kind === 'waitUntil'

function lost(code: 'CRD_LEASE_LOST' | 'CRD_AGENT_REPLACED', message: string): MigrationError {
  return new MigrationError(code, message, {
    remedy: { kind: 'stopTask' },
    ...(code === 'CRD_AGENT_REPLACED'
      ? { fix: 'Stop one of the two. A copied machine needs a work folder of its own (--work-dir).' }
      : {}),
  })
}
