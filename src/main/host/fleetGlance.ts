import type { AgentId, TaskId } from '../../shared/domain/ids.ts'
import { utcDay } from '../../shared/domain/schedule.ts'
import { groupOf } from '../../shared/domain/taskRank.ts'
import { claimability, compareRank } from '../engine/coordinate/claim.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import { sumSpent } from '../engine/waiting/dailyBudget.ts'
import { type FleetFacts, type WaitingReason, waitingReason } from '../engine/waiting/waiting.ts'
import type { Host } from './createHost.ts'
import type { FleetAgent } from './fleet.ts'

/** The fleet as of one moment: two small reads, however large the project is. */
export interface FleetGlance {
  readonly agents: readonly FleetAgent[]
  readonly facts: FleetFacts
}

export async function readGlance(host: Pick<Host, 'fleet' | 'service'>, signal: AbortSignal): Promise<FleetGlance> {
  const [agents, settings] = await Promise.all([host.fleet.agents(signal), host.fleet.settings(signal)])
  const nowMs = host.service.coordination.serverNow()
  const day = utcDay(nowMs)
  return {
    agents,
    facts: {
      nowMs,
      settings,
      spent: sumSpent(
        day,
        agents.flatMap(({ beat }) => (beat ? [beat.spent] : [])),
      ),
      agents: agents.map(({ terms, beat, isAlive, silentMs }) => ({
        name: terms.name,
        group: terms.group,
        isEnabled: terms.isEnabled,
        isAlive,
        silentMs,
        busyPlaces: beat?.running.length ?? 0,
        places: beat?.places ?? 1,
        sourceProblems: beat?.sourceProblems ?? [],
      })),
    },
  }
}

/** What people call an agent; its id where it is not on the list. */
export const nameOf = (glance: FleetGlance, id: AgentId): string =>
  glance.agents.find((agent) => agent.id === id)?.terms.name ?? id

/** Why each task waits that waits. */
export function reasonsOf(records: readonly TaskRecord[], glance: FleetGlance): ReadonlyMap<TaskId, WaitingReason> {
  const { facts } = glance
  const ahead = aheadCounts(records, facts.nowMs)
  const reasons = new Map<TaskId, WaitingReason>()
  for (const record of records) {
    const { task, status, round, dueAt, owner, request } = record
    const agent = owner === undefined ? undefined : glance.agents.find(({ id }) => id === owner)
    const reason = waitingReason(
      {
        task,
        status,
        round,
        dueAt,
        owner: owner === undefined ? undefined : (agent?.terms.name ?? owner),
        isOwnerSilent: isOwnerSilent(record, { agent, nowMs: facts.nowMs }),
        request,
        aheadCount: ahead.get(task.id) ?? 0,
      },
      facts,
    )
    if (reason) reasons.set(task.id, reason)
  }
  return reasons
}

function isOwnerSilent(
  record: TaskRecord,
  { agent, nowMs }: { readonly agent: FleetAgent | undefined; readonly nowMs: number },
): boolean {
  if (record.status !== 'inProgress' || record.owner === undefined) return false
  if (agent?.beat) return !agent.isAlive
  const judged = claimability(record, { agentId: '' as AgentId, serverNowMs: nowMs })
  return judged.kind === 'claimable'
}

/** How many tasks of the same group go first. */
function aheadCounts(records: readonly TaskRecord[], nowMs: number): ReadonlyMap<TaskId, number> {
  const counts = new Map<TaskId, number>()
  const perGroup = new Map<string, number>()
  const isDue = ({ dueAt }: TaskRecord) => dueAt === undefined || Date.parse(dueAt) <= nowMs
  for (const { task } of records.filter((record) => record.status === 'queued' && isDue(record)).sort(compareRank)) {
    const group = groupOf(task).toLowerCase()
    const before = perGroup.get(group) ?? 0
    counts.set(task.id, before)
    perGroup.set(group, before + 1)
  }
  return counts
}
