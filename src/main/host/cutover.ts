import type { TaskId } from '../../shared/domain/ids.ts'
import type { GateResult, TaskFindings, Wave, WaveDraft } from '../../shared/domain/wave.ts'
import { MigrationError } from '../../shared/errors.ts'
import type { Comparison, Difference } from '../engine/cutover/compare.ts'
import type { FreezeFinding } from '../engine/cutover/freeze.ts'
import { isGo, judgeGates, type WaveTask } from '../engine/cutover/gates.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { Host } from './createHost.ts'
import { checkFreezeNow, compareNow } from './cutoverChecks.ts'
import { whoAmI } from './waves.ts'
import { recordsOf, waveTask } from './waveTasks.ts'

/** A wave with its tasks and its go/no-go list, as of now. */
export interface WaveState {
  readonly wave: Wave
  readonly tasks: readonly WaveTask[]
  readonly gates: readonly GateResult[]
  readonly isGo: boolean
}

/** One task of a wave that was checked, or why it could not be. */
export interface CheckedTask {
  readonly taskId: TaskId
  readonly name: string
  readonly comparison?: Comparison & { readonly p50Ms?: number; readonly p90Ms?: number }
  readonly freeze?: {
    readonly files: number
    readonly inUse: number
    readonly late: number
    readonly changed: number
    readonly isFrozen: boolean
  }
  readonly error?: MigrationError
}

export interface CheckOptions {
  /** Called when the check of a task begins. */
  readonly onTask?: (name: string) => void
  readonly onDifference?: (task: TaskRecord, difference: Difference) => void
  readonly onFreezeFinding?: (task: TaskRecord, finding: FreezeFinding) => void
  /** Of a freeze check: how long a file must have been left alone. */
  readonly quietMs?: number | undefined
  readonly signal: AbortSignal
}

/** What people do with waves. Checks look at sources and destination and write nothing but their result into the wave. */
export interface Cutover {
  list(signal: AbortSignal): Promise<readonly WaveState[]>
  show(name: string, signal: AbortSignal): Promise<WaveState>
  plan(draft: WaveDraft, signal: AbortSignal): Promise<WaveState>
  remove(name: string, signal: AbortSignal): Promise<Wave>
  /** Everything of the last round but its writes. */
  rehearse(name: string, options: CheckOptions): Promise<readonly CheckedTask[]>
  freezeCheck(name: string, options: CheckOptions): Promise<readonly CheckedTask[]>
  /** Begins the last round of every task. Errors: CRD_TASK_STATE when a gate is not met and nobody says why it may be so. */
  go(name: string, options: { readonly despite?: string | undefined; readonly signal: AbortSignal }): Promise<WaveState>
  /** Source and destination of every task against each other. */
  reconcile(name: string, options: CheckOptions): Promise<readonly CheckedTask[]>
}

export function createCutover(host: Host): Cutover {
  const { waves } = host

  async function stateOf(wave: Wave, signal: AbortSignal): Promise<WaveState> {
    const tasks: WaveTask[] = []
    for (const record of await recordsOf(host, wave, signal)) tasks.push(await waveTask(host, wave, record, signal))
    const gates = judgeGates(wave, tasks, host.service.coordination.serverNow())
    return { wave, tasks, gates, isGo: isGo(gates) }
  }

  /** One after the other: each of them walks a whole share. What one cannot be checked for is no reason to leave the others out. */
  async function check(
    name: string,
    options: CheckOptions & { readonly isAtRest: boolean },
    one: (wave: Wave, record: TaskRecord) => Promise<CheckedTask & { readonly findings: TaskFindings }>,
  ): Promise<readonly CheckedTask[]> {
    const { signal } = options
    const wave = await waves.find(name, signal)
    const records = await recordsOf(host, wave, signal)
    if (records.length === 0)
      throw usage(`No task has the tag "${wave.tag}".`, `Give it to tasks: portage task add … --tag "${wave.tag}".`)
    if (options.isAtRest) assertAtRest(records)
    const checked: CheckedTask[] = []
    const found = new Map<TaskId, TaskFindings>()
    for (const record of records) {
      options.onTask?.(record.task.name)
      try {
        const { findings, ...task } = await one(wave, record)
        found.set(record.task.id, findings)
        checked.push(task)
      } catch (thrown) {
        signal.throwIfAborted()
        if (!(thrown instanceof MigrationError)) throw thrown
        checked.push({ taskId: record.task.id, name: record.task.name, error: thrown })
      }
    }
    await waves.note(name, found, signal)
    return checked
  }

  function compare(options: CheckOptions, keeps: readonly (keyof TaskFindings)[]) {
    return async (_wave: Wave, record: TaskRecord) => {
      const { findings, forecast, ...comparison } = await compareNow(host, record, {
        onDifference: (difference) => options.onDifference?.(record, difference),
        signal: options.signal,
      })
      const kept = Object.fromEntries(Object.entries(findings).filter(([key]) => keeps.some((one) => one === key)))
      const expected = forecast ? { p50Ms: forecast.p50Ms, p90Ms: forecast.p90Ms } : {}
      return { taskId: record.task.id, name: record.task.name, comparison: { ...comparison, ...expected }, findings: kept }
    }
  }

  return {
    async list(signal) {
      const states: WaveState[] = []
      for (const wave of await waves.list(signal)) states.push(await stateOf(wave, signal))
      return states
    },
    show: async (name, signal) => stateOf(await waves.find(name, signal), signal),
    plan: async (draft, signal) => stateOf(await waves.plan(draft, signal), signal),
    remove: (name, signal) => waves.remove(name, signal),
    rehearse: (name, options) => check(name, { ...options, isAtRest: true }, compare(options, ['rehearsal'])),
    reconcile: (name, options) => check(name, { ...options, isAtRest: true }, compare(options, ['reconciliation'])),
    freezeCheck: (name, options) =>
      check(name, { ...options, isAtRest: false }, async (wave, record) => {
        const { findings, files, inUse, late, changed, isFrozen } = await checkFreezeNow(host, record, {
          wave,
          quietMs: options.quietMs,
          onFinding: (finding) => options.onFreezeFinding?.(record, finding),
          signal: options.signal,
        })
        return { taskId: record.task.id, name: record.task.name, freeze: { files, inUse, late, changed, isFrozen }, findings }
      }),
    async go(name, { despite, signal }) {
      const state = await stateOf(await waves.find(name, signal), signal)
      if (!state.isGo && despite === undefined) throw noGo(state)
      assertAtRest(state.tasks.map(({ name: task, status }) => ({ task: { name: task }, status })))
      const rounds: Record<string, number> = {}
      for (const { taskId } of state.tasks) rounds[taskId] = (await host.tasks.retry(taskId, signal)).round
      const at = new Date(host.service.coordination.serverNow()).toISOString()
      const gone = { at, by: whoAmI(), rounds, ...(despite === undefined || state.isGo ? {} : { despite }) }
      return stateOf(await waves.noteGone(name, gone, signal), signal)
    },
  }
}

function noGo({ wave, gates }: WaveState): MigrationError {
  const open = gates.filter(({ state }) => state === 'notMet' || state === 'unknown')
  return new MigrationError('CRD_TASK_STATE', `The wave "${wave.name}" is no go: ${open.map(({ detail }) => detail).join(' ')}`, {
    remedy: { kind: 'stopTask' },
    fix: `${open[0]?.fix ?? ''} Or begin all the same with --despite and a reason.`.trim(),
  })
}

/** A task in work is at no state that anything could be compared with. */
function assertAtRest(
  records: readonly { readonly task: { readonly name: string }; readonly status: TaskRecord['status'] }[],
): void {
  const busy = records.find(({ status }) => status === 'inProgress' || status === 'queued')
  if (!busy) return
  throw new MigrationError('CRD_TASK_STATE', `Task "${busy.task.name}" is ${busy.status}.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Wait until its round has ended, or pause it.',
  })
}

function usage(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
