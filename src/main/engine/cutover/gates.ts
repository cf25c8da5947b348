import type { TaskId } from '../../../shared/domain/ids.ts'
import type { TaskStatus } from '../../../shared/domain/task.ts'
import { findingsOf, type GateName, type GateResult, type Wave } from '../../../shared/domain/wave.ts'
import { WAVE_TASKS_MAX } from '../../../shared/limits.ts'
import { MINUTE_MS } from '../../../shared/units.ts'
import type { Forecast } from '../forecast/forecast.ts'

/** What the journal of the last round of a task says. */
export interface LastRound {
  readonly number: number
  readonly failedItems: number
  /** Items that should have permissions of their own and have not. */
  readonly unsecuredItems: number
  /** Items with an owner or an account that is nobody at the destination. */
  readonly unmappedItems: number
}

export interface WaveTask {
  readonly taskId: TaskId
  readonly name: string
  readonly status: TaskStatus
  readonly round: number
  /** undefined = its journal is not on this machine. */
  readonly lastRound: LastRound | undefined
  /** Of the round that is to come; undefined = too little is known. */
  readonly forecast: Forecast | undefined
}

const ENDED: ReadonlySet<TaskStatus> = new Set<TaskStatus>(['completed', 'completedWithIssues'])

/** The go/no-go list of a wave: every gate in a fixed order, with what to do about each that is not met. Pure. */
export function judgeGates(wave: Wave, tasks: readonly WaveTask[], nowMs: number): readonly GateResult[] {
  const { gates } = wave
  return [
    judgeTasks(wave, tasks),
    judgeDate(wave, nowMs),
    judgeLastRound(tasks),
    judgeFailures(tasks, gates.failedMax),
    gates.needsPermissions ? judgePermissions(tasks) : notAsked('permissions', 'Permissions are not asked for.'),
    gates.needsMapping ? judgeMapping(tasks) : notAsked('mapping', 'The mapping of accounts is not asked for.'),
    gates.deltaMaxMs === undefined
      ? notAsked('delta', 'The last round may take however long.')
      : judgeDelta(tasks, gates.deltaMaxMs),
    gates.needsFreezeCheck ? judgeFreeze(wave, tasks, nowMs) : notAsked('freeze', 'No freeze check is asked for.'),
  ]
}

export const isGo = (gates: readonly GateResult[]): boolean => gates.every(({ state }) => state === 'met' || state === 'notAsked')

const notAsked = (gate: GateName, detail: string): GateResult => ({ gate, state: 'notAsked', detail, tasks: [] })
const met = (gate: GateName, detail: string): GateResult => ({ gate, state: 'met', detail, tasks: [] })

function notMet(
  gate: GateName,
  about: {
    readonly state?: 'notMet' | 'unknown'
    readonly detail: string
    readonly fix: string
    readonly tasks?: readonly WaveTask[]
  },
): GateResult {
  const { state = 'notMet', detail, fix, tasks = [] } = about
  return { gate, state, detail, fix, tasks: tasks.slice(0, WAVE_TASKS_MAX).map(({ name }) => name) }
}

function judgeTasks({ tag }: Wave, tasks: readonly WaveTask[]): GateResult {
  if (tasks.length === 0)
    return notMet('tasks', {
      detail: `No task has the tag "${tag}".`,
      fix: `Give the tag to tasks: portage task add … --tag "${tag}".`,
    })
  if (tasks.length > WAVE_TASKS_MAX)
    return notMet('tasks', {
      detail: `${tasks.length} tasks have the tag "${tag}", ${WAVE_TASKS_MAX} go in one wave.`,
      fix: 'Spread them over several tags and waves.',
    })
  return met('tasks', `${many(tasks.length, 'task')} with the tag "${tag}".`)
}

function judgeDate({ plannedFor }: Wave, nowMs: number): GateResult {
  if (plannedFor === undefined) return notAsked('date', 'No date is planned.')
  if (nowMs >= Date.parse(plannedFor)) return met('date', `Planned for ${plannedFor}.`)
  return notMet('date', {
    detail: `Planned for ${plannedFor}; that is still to come.`,
    fix: 'Wait, or plan the wave for an earlier date.',
  })
}

function judgeLastRound(tasks: readonly WaveTask[]): GateResult {
  const open = tasks.filter(({ status }) => !ENDED.has(status))
  if (open.length > 0)
    return notMet('lastRound', {
      detail: `${many(open.length, 'task')} of ${tasks.length} did not end the last round: ${open
        .map(({ name, status }) => `${name} is ${status}`)
        .slice(0, 5)
        .join(', ')}.`,
      fix: 'Let the agents finish, or look at the task for the reason.',
      tasks: open,
    })
  return met('lastRound', `Every task has ended its last round.`)
}

function withoutJournal(gate: GateName, tasks: readonly WaveTask[]): GateResult | undefined {
  const unknown = tasks.filter(({ lastRound }) => lastRound === undefined)
  if (unknown.length === 0) return undefined
  return notMet(gate, {
    state: 'unknown',
    detail: `The last round of ${many(unknown.length, 'task')} of ${tasks.length} has left nothing that can be read here.`,
    fix: 'Let it end; or look at the wave on the machine that ran it.',
    tasks: unknown,
  })
}

function judgeFailures(tasks: readonly WaveTask[], failedMax: number): GateResult {
  const unknown = withoutJournal('failures', tasks)
  if (unknown) return unknown
  const failed = tasks.filter(({ lastRound }) => (lastRound?.failedItems ?? 0) > 0)
  const count = failed.reduce((sum, { lastRound }) => sum + (lastRound?.failedItems ?? 0), 0)
  const detail = `${many(count, 'item')} failed in the last rounds, ${failedMax} may.`
  if (count <= failedMax) return met('failures', detail)
  return notMet('failures', {
    detail,
    fix: 'See why with "portage report export", mend it, and run the tasks again.',
    tasks: failed,
  })
}

function judgePermissions(tasks: readonly WaveTask[]): GateResult {
  const unknown = withoutJournal('permissions', tasks)
  if (unknown) return unknown
  const open = tasks.filter(({ lastRound }) => (lastRound?.unsecuredItems ?? 0) > 0)
  if (open.length === 0) return met('permissions', 'Every item that needs permissions of its own has them.')
  const count = open.reduce((sum, { lastRound }) => sum + (lastRound?.unsecuredItems ?? 0), 0)
  return notMet('permissions', {
    detail: `${many(count, 'item')} did not get permissions of their own.`,
    fix: 'The access report names them; run the tasks again.',
    tasks: open,
  })
}

function judgeMapping(tasks: readonly WaveTask[]): GateResult {
  const unknown = withoutJournal('mapping', tasks)
  if (unknown) return unknown
  const open = tasks.filter(({ lastRound }) => (lastRound?.unmappedItems ?? 0) > 0)
  if (open.length === 0) return met('mapping', 'Every account that was met is somebody at the destination.')
  const count = open.reduce((sum, { lastRound }) => sum + (lastRound?.unmappedItems ?? 0), 0)
  return notMet('mapping', {
    detail: `${many(count, 'item')} name accounts that are nobody at the destination.`,
    fix: 'Complete the identity map and run the tasks again.',
    tasks: open,
  })
}

/** Tasks run side by side at best; what is promised is that none takes longer. */
function judgeDelta(tasks: readonly WaveTask[], deltaMaxMs: number): GateResult {
  const unknown = tasks.filter(({ forecast }) => forecast === undefined)
  if (unknown.length > 0)
    return notMet('delta', {
      state: 'unknown',
      detail: `How long the last round takes is not known for ${many(unknown.length, 'task')}.`,
      fix: 'Rehearse the wave.',
      tasks: unknown,
    })
  const slow = tasks.filter(({ forecast }) => (forecast?.p90Ms ?? 0) > deltaMaxMs)
  const longestMs = Math.max(0, ...tasks.map(({ forecast }) => forecast?.p90Ms ?? 0))
  const detail = `The longest task takes ${minutes(longestMs)} in nine cases of ten, ${minutes(deltaMaxMs)} are allowed.`
  if (slow.length === 0) return met('delta', detail)
  return notMet('delta', {
    detail,
    fix: 'Run another round first, so that less is left for the last one; or allow more time.',
    tasks: slow,
  })
}

function judgeFreeze(wave: Wave, tasks: readonly WaveTask[], nowMs: number): GateResult {
  const { freezeMaxAgeMs } = wave.gates
  const checked = tasks.map((task) => ({ task, freeze: findingsOf(wave, task.taskId).freeze }))
  const busy = checked.filter(({ freeze }) => freeze?.isFrozen === false)
  if (busy.length > 0) {
    const examples = busy.flatMap(({ freeze }) => freeze?.examples ?? []).slice(0, 3)
    return notMet('freeze', {
      detail: `${many(sumOf(busy, 'inUse'), 'file')} in use and ${many(sumOf(busy, 'late'), 'file')} changed too late: ${examples.join('; ')}.`,
      fix: 'Have the files closed, make the shares read-only, and check again.',
      tasks: busy.map(({ task }) => task),
    })
  }
  const stale = checked.filter(({ freeze }) => freeze === undefined || nowMs - Date.parse(freeze.at) > freezeMaxAgeMs)
  if (stale.length > 0)
    return notMet('freeze', {
      state: 'unknown',
      detail: `${many(stale.length, 'source')} of ${tasks.length} not checked in the last ${minutes(freezeMaxAgeMs)}.`,
      fix: 'Make a freeze check.',
      tasks: stale.map(({ task }) => task),
    })
  return met('freeze', 'No file is in use, and none changed too late.')
}

const sumOf = (
  checked: readonly { readonly freeze: Readonly<Record<'inUse' | 'late', number>> | undefined }[],
  what: 'inUse' | 'late',
) => checked.reduce((sum, { freeze }) => sum + (freeze?.[what] ?? 0), 0)

const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** Whole minutes, upwards: nobody plans a night by seconds. */
const minutes = (ms: number): string => `${Math.ceil(ms / MINUTE_MS)} min`
