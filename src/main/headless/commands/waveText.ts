import type { CheckedTask, WaveState } from '../../host/cutover.ts'
import { formatBytes, formatCount, formatDuration } from '../format.ts'
import { textTable } from '../output.ts'

const STATES = { met: 'go', notMet: 'NO GO', unknown: 'unknown', notAsked: 'not asked' } as const

/** A wave as scripts read it. */
export function waveDocument({ wave, tasks, gates, isGo }: WaveState): object {
  const { name, tag, plannedFor, frozenFrom, gone } = wave
  return {
    name,
    tag,
    ...(plannedFor === undefined ? {} : { date: plannedFor }),
    ...(frozenFrom === undefined ? {} : { frozenFrom }),
    isGo,
    gates,
    asked: wave.gates,
    tasks: tasks.map(({ taskId, name: task, status, round, forecast }) => ({
      id: taskId,
      name: task,
      status,
      round,
      ...(forecast ? { forecast } : {}),
      ...wave.findings[taskId],
    })),
    ...(gone ? { gone } : {}),
  }
}

export function describeWave(state: WaveState): string {
  const { wave, tasks, gates, isGo } = state
  return [
    `${wave.name}: ${isGo ? 'go' : 'NO GO'} (tag ${wave.tag}, ${tasks.length} tasks${wave.plannedFor === undefined ? '' : `, ${wave.plannedFor}`})`,
    '',
    textTable(
      ['Gate', 'State', 'What', 'What to do'],
      gates.map(({ gate, state: met, detail, fix }) => [gate, STATES[met], detail, fix ?? '']),
    ),
    ...(tasks.length === 0
      ? []
      : [
          '',
          textTable(
            ['Task', 'Status', 'Round', 'Last round takes'],
            tasks.map(({ name, status, round, forecast }) => [
              name,
              status,
              `R${round}`,
              forecast ? `${formatDuration(forecast.p50Ms)} to ${formatDuration(forecast.p90Ms)}` : 'not known',
            ]),
          ),
        ]),
    ...(wave.gone
      ? [
          '',
          `Begun ${wave.gone.at} by ${wave.gone.by}${wave.gone.despite === undefined ? '' : `, despite: ${wave.gone.despite}`}.`,
        ]
      : []),
  ].join('\n')
}

export function checkedDocument({ taskId, name, comparison, freeze, error }: CheckedTask): object {
  return {
    id: taskId,
    name,
    ...comparison,
    ...freeze,
    ...(error
      ? { error: { code: error.code, message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) } }
      : {}),
  }
}

export function describeChecked(tasks: readonly CheckedTask[]): string {
  return tasks.map(describeOne).join('\n')
}

function describeOne({ name, comparison, freeze, error }: CheckedTask): string {
  if (error) return `${name}: ${error.message}${error.fix === undefined ? '' : ` ${error.fix}`}`
  if (freeze)
    return `${name}: ${freeze.isFrozen ? 'stands still' : `${formatCount(freeze.inUse)} in use, ${formatCount(freeze.late)} changed too late`} (${formatCount(freeze.files)} files, ${formatCount(freeze.changed)} changed since the last round).`
  if (!comparison) return `${name}: nothing was found out.`
  const { same, missing, different, extra, left, filtered, delta, moved, gone, p50Ms, p90Ms } = comparison
  const takes = p50Ms === undefined || p90Ms === undefined ? '' : `, ${formatDuration(p50Ms)} to ${formatDuration(p90Ms)}`
  return [
    `${name}: ${formatCount(same)} the same, ${formatCount(missing)} missing, ${formatCount(different)} different, ${formatCount(extra)} extra, ${formatCount(left)} left behind, ${formatCount(filtered)} filtered out.`,
    `  A round now would send ${formatCount(delta.files)} files (${formatBytes(delta.bytes)})${takes}; ${formatCount(moved)} moved and ${formatCount(gone)} gone at the source.`,
  ].join('\n')
}
