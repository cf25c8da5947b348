import type { FleetSettings } from '../../../shared/domain/schedule.ts'
import type { Task, TaskStatus } from '../../../shared/domain/task.ts'
import { groupOf, isSameGroup } from '../../../shared/domain/taskRank.ts'
import { describeMoment, describeSpan } from '../schedule/moment.ts'
import { readinessOf } from '../schedule/occurrences.ts'
import { blackoutAt } from '../schedule/windows.ts'
import { type DaySpent, spentBudget } from './dailyBudget.ts'

/** What the fleet shows of one agent. */
export interface AgentFacts {
  readonly name: string
  readonly group: string
  readonly isEnabled: boolean
  /** Has shown life within its lease, by the server's clock. */
  readonly isAlive: boolean
  /** Milliseconds since it last did. */
  readonly silentMs: number
  readonly busyPlaces: number
  readonly places: number
  /** Sources that it could not read the last time it tried. */
  readonly sourceProblems: readonly { readonly path: string; readonly message: string }[]
}

export interface WaitingTask {
  readonly task: Pick<Task, 'group' | 'settings' | 'source' | 'schedule'>
  readonly status: TaskStatus
  readonly round: number
  /** ISO; server time before which no agent begins. */
  readonly dueAt: string | undefined
  /** Name of the agent whose work it is. */
  readonly owner: string | undefined
  /** Its owner's lease has run out. */
  readonly isOwnerSilent: boolean
  readonly request: 'pause' | 'cancel' | undefined
  /** Tasks of the same group that go before it. */
  readonly aheadCount: number
}

export interface FleetFacts {
  /** Server time. */
  readonly nowMs: number
  readonly settings: FleetSettings
  readonly agents: readonly AgentFacts[]
  readonly spent: DaySpent
}

export const WAITING_CODES = [
  'paused',
  'scanned',
  'startTime',
  'missedStart',
  'noAgent',
  'noAgentInGroup',
  'groupDisabled',
  'groupSilent',
  'sourceUnreachable',
  'allBusy',
  'free',
  'ownerSilent',
  'asked',
] as const

export interface WaitingReason {
  readonly code: (typeof WAITING_CODES)[number]
  /** One or two sentences: what it waits for, and what a person can do where only a person can. */
  readonly text: string
  /** When it ends by itself, where that is known. */
  readonly untilMs?: number
}

/** Why nobody works on a task. undefined = somebody does, or it has ended. Every task that is to run and does not gets a reason: no gap. */
export function waitingReason(waiting: WaitingTask, fleet: FleetFacts): WaitingReason | undefined {
  switch (waiting.status) {
    case 'paused':
      return { code: 'paused', text: 'Paused by a person; resume it to go on.' }
    case 'readyToMigrate':
      return { code: 'scanned', text: 'Scanned only; start it to migrate.' }
    case 'inProgress':
      return inWork(waiting)
    case 'queued':
      return scheduled(waiting, fleet) ?? forAgents(waiting, fleet)
    case 'completed':
    case 'completedWithIssues':
    case 'failed':
    case 'canceled':
      return undefined
  }
}

function inWork({ owner = 'unknown', isOwnerSilent, request }: WaitingTask): WaitingReason | undefined {
  if (isOwnerSilent) return { code: 'ownerSilent', text: `Agent ${owner} shows no life; the next free agent takes over.` }
  if (request) return { code: 'asked', text: `Agent ${owner} was asked to ${request} it and has not answered yet.` }
  return undefined
}

function scheduled({ task, round, dueAt }: WaitingTask, { nowMs, settings }: FleetFacts): WaitingReason | undefined {
  const ready = readinessOf(task.schedule, { dueAtMs: dueAt === undefined ? undefined : Date.parse(dueAt), nowMs })
  const moment = (atMs: number) => describeMoment(atMs, { zone: task.schedule?.timeZone ?? settings.timeZone, nowMs })
  switch (ready.kind) {
    case 'due':
      return undefined
    case 'waits':
      return { code: 'startTime', text: `R${round} waits for its start time ${moment(ready.untilMs)}.`, untilMs: ready.untilMs }
    case 'missed':
      return {
        code: 'missedStart',
        text: `Its start time ${moment(ready.missedAtMs)} passed while no agent could begin, and missed starts are skipped. Give it a new one, or let it begin now by clearing its schedule.`,
      }
  }
}

function forAgents({ task, aheadCount }: WaitingTask, fleet: FleetFacts): WaitingReason {
  const isForAll = task.settings.isScanOnly
  const group = groupOf(task)
  const members = fleet.agents.filter((agent) => isForAll || isSameGroup(agent.group, group))
  const where = isForAll ? '' : ` of group ${group}`
  if (fleet.agents.length === 0)
    return { code: 'noAgent', text: 'No agent has joined this project yet. Start one with "portage agent run".' }
  if (members.length === 0)
    return {
      code: 'noAgentInGroup',
      text: `No agent belongs to group ${group}. Move one there with "portage agent group", or the task to another group.`,
    }
  const enabled = members.filter(({ isEnabled }) => isEnabled)
  if (enabled.length === 0)
    return {
      code: 'groupDisabled',
      text: `No agent${where} is enabled (${namesOf(members)}). Enable one with "portage agent enable".`,
    }
  const alive = enabled.filter(({ isAlive }) => isAlive)
  const [lastSeen] = [...enabled].sort((a, b) => a.silentMs - b.silentMs)
  if (alive.length === 0)
    return {
      code: 'groupSilent',
      text: `No agent${where} shows life; ${lastSeen?.name ?? ''} was the last, ${describeSpan(lastSeen?.silentMs ?? 0)} ago. Start one with "portage agent run".`,
    }
  const able = alive.filter((agent) => problemOf(agent, task.source.path) === undefined)
  if (able.length === 0) {
    const [first] = alive
    return {
      code: 'sourceUnreachable',
      text: `No agent${where} can read ${task.source.path}. ${first?.name ?? ''}: ${(first && problemOf(first, task.source.path)) ?? ''}`,
    }
  }
  const holds = heldBack(fleet, isForAll)
  if (able.every(({ busyPlaces, places }) => busyPlaces >= places)) {
    const ahead = aheadCount === 0 ? 'it is next' : `${aheadCount} task${aheadCount === 1 ? ' goes' : 's go'} first`
    return {
      code: 'allBusy',
      text: `All ${able.length === 1 ? 'places of the one agent' : `places of the ${able.length} agents`}${where} are taken; ${ahead}.${holds}`,
    }
  }
  return {
    code: 'free',
    text: `An agent${where} is free and takes it within a minute${aheadCount === 0 ? '' : `, ${aheadCount} before it`}.${holds}`,
  }
}

const namesOf = (agents: readonly AgentFacts[]): string => {
  const names = agents.slice(0, 3).map(({ name }) => name)
  return agents.length > names.length ? `${names.join(', ')} and ${agents.length - names.length} more` : names.join(', ')
}

/** A problem with a folder is one with everything below it. */
function problemOf(agent: AgentFacts, source: string): string | undefined {
  const plain = (path: string) => path.replace(/\\/g, '/').replace(/\/+$/, '').toLowerCase()
  const wanted = plain(source)
  return agent.sourceProblems.find(({ path }) => wanted === plain(path) || wanted.startsWith(`${plain(path)}/`))?.message
}

/** What keeps work from moving once it has begun: said beforehand. */
function heldBack({ settings, nowMs, spent }: FleetFacts, isScanOnly: boolean): string {
  const hold = isScanOnly ? undefined : holdOf({ settings, nowMs, spent })
  return hold === undefined ? '' : ` ${hold.text}`
}

export interface Hold {
  readonly kind: 'blackout' | 'dailyBudget'
  readonly text: string
  /** undefined = nobody knows. */
  readonly untilMs: number | undefined
}

/** Why nothing may be sent to the tenant now, in words; undefined when it may. */
export function holdOf({ settings, nowMs, spent }: Pick<FleetFacts, 'settings' | 'nowMs' | 'spent'>): Hold | undefined {
  const dark = blackoutAt(settings, nowMs)
  if (dark) {
    const { window, untilMs } = dark
    const name = window.name === undefined ? 'a blackout window' : `the blackout "${window.name}"`
    const end = untilMs === undefined ? '' : ` until ${describeMoment(untilMs, { zone: settings.timeZone, nowMs })}`
    return { kind: 'blackout', text: `Nothing is sent${end}: ${name} holds.`, untilMs }
  }
  const over = spentBudget(settings, spent, nowMs)
  if (!over) return undefined
  return {
    kind: 'dailyBudget',
    text: `Nothing is sent until 00:00 UTC: the daily budget of ${over.words} is spent.`,
    untilMs: over.untilMs,
  }
}
