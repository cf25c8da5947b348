import type { AgentRow, AgentTerms } from '../../shared/domain/agent.ts'
import { type AgentId, agentIdSchema } from '../../shared/domain/ids.ts'
import { defaultFleetSettings, type FleetSettings } from '../../shared/domain/schedule.ts'
import { MigrationError } from '../../shared/errors.ts'
import type { ChainHead } from '../engine/audit/chain.ts'
import { type AgentJudged, judgeAgent } from '../engine/coordinate/agentState.ts'
import { releaseAgent } from '../engine/coordinate/release.ts'
import type { Coordination } from '../engine/ports/coordination.ts'
import { type KeyedList, upsert } from '../engine/ports/keyedList.ts'
import type { AuditLog } from './auditLog.ts'

/** The one row of the settings list that holds for every agent. */
const SETTINGS_KEY = 'fleet'

export interface FleetAgent extends AgentRow, AgentJudged {
  readonly id: AgentId
}

/** The agents of the project and what holds for all of them, from any install. Every change is noted in the audit. */
export interface Fleet {
  settings(signal: AbortSignal): Promise<FleetSettings>
  changeSettings(decide: (before: FleetSettings) => FleetSettings, signal: AbortSignal): Promise<FleetSettings>
  /** By name. */
  agents(signal: AbortSignal): Promise<readonly FleetAgent[]>
  /** By id, or by name when only one agent has it. Errors: INPUT_USAGE. */
  changeTerms(
    reference: string,
    change: { readonly terms: Partial<AgentTerms>; readonly action: string },
    signal: AbortSignal,
  ): Promise<FleetAgent>
  /** Takes an agent off the list, and gives the tasks that it had in work back to the queue; refused while it shows life. */
  forget(reference: string, signal: AbortSignal): Promise<FleetAgent>
}

export function createFleet(deps: {
  readonly agents: KeyedList<AgentRow>
  readonly settings: KeyedList<FleetSettings>
  readonly audit: AuditLog
  /** Lists whose rows agents own: of tasks, and of parts. */
  readonly lists: readonly Coordination[]
  readonly serverNow: () => number
}): Fleet {
  async function agents(signal: AbortSignal): Promise<readonly FleetAgent[]> {
    const rows = await deps.agents.list(signal)
    return rows
      .flatMap(({ key, value }) => {
        const id = agentIdSchema.safeParse(key).data
        return id === undefined ? [] : [{ id, ...value, ...judgeAgent(value, deps.serverNow()) }]
      })
      .sort((a, b) => a.terms.name.localeCompare(b.terms.name) || a.id.localeCompare(b.id))
  }

  async function find(reference: string, signal: AbortSignal): Promise<FleetAgent> {
    const all = await agents(signal)
    const matches = all.filter(({ id, terms }) => id === reference || terms.name.toLowerCase() === reference.toLowerCase())
    const [only] = matches
    if (only && matches.length === 1) return only
    throw usage(
      only ? `${matches.length} agents are called "${reference}".` : `There is no agent "${reference}".`,
      only ? `Name it by its id: ${matches.map(({ id }) => id).join(', ')}.` : 'portage agent list shows all agents.',
    )
  }

  return {
    agents,
    settings: async (signal) => (await deps.settings.get(SETTINGS_KEY, signal))?.value ?? defaultFleetSettings(),
    async changeSettings(decide, signal) {
      const row = await upsert(deps.settings, SETTINGS_KEY, {
        decide: (before) => decide(before ?? defaultFleetSettings()),
        signal,
      })
      await deps.audit.record({ action: 'settings.changed', detail: JSON.stringify(row.value) }, signal)
      return row.value
    },
    async changeTerms(reference, { terms, action }, signal) {
      const { id } = await find(reference, signal)
      const row = await upsert(deps.agents, id, {
        decide(before) {
          if (!before) throw gone(reference)
          return { ...before, terms: { ...before.terms, ...terms } }
        },
        signal,
      })
      await deps.audit.record({ action, subject: row.value.terms.name, detail: JSON.stringify(terms) }, signal)
      return { id, ...row.value, ...judgeAgent(row.value, deps.serverNow()) }
    },
    async forget(reference, signal) {
      const agent = await find(reference, signal)
      if (agent.isAlive)
        throw usage(
          `Agent "${agent.terms.name}" is at work.`,
          'Stop it first (Ctrl-C there), or disable it with "portage agent disable".',
        )
      const seen = await deps.agents.get(agent.id, signal)
      if (seen) await releaseAgent(deps, seen, signal)
      const row = await deps.agents.get(agent.id, signal)
      if (row && !(await deps.agents.remove(row, signal))) throw gone(reference)
      await deps.audit.record({ action: 'agent.removed', subject: agent.terms.name }, signal)
      return agent
    },
  }
}

/** Ends of audit chains that agents have published, the newest word first. */
export async function publishedHeads(agents: KeyedList<AgentRow>, signal: AbortSignal): Promise<readonly ChainHead[]> {
  const rows = await agents.list(signal)
  return rows
    .flatMap(({ key, value: { beat } }) => (beat?.auditHead ? [{ chain: key, ...beat.auditHead, at: beat.at }] : []))
    .sort((a, b) => b.at.localeCompare(a.at))
    .map(({ chain, seq, hash }) => ({ chain, seq, hash }))
}

const gone = (reference: string): MigrationError =>
  usage(`Agent "${reference}" changed in the same moment.`, 'Look at it with "portage agent list" and repeat.')

function usage(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
