import type { TaskProgress } from '../../../shared/domain/progress.ts'
import type { Hold } from '../waiting/waiting.ts'

export const BOTTLENECKS = ['calendar', 'throttling', 'importQueue', 'source', 'network'] as const

export interface Bottleneck {
  readonly kind: (typeof BOTTLENECKS)[number]
  /** One sentence with the numbers that it follows from. */
  readonly text: string
}

export interface Running {
  readonly progress: Pick<TaskProgress, 'stage' | 'spent' | 'waitingFor'>
  /** Its agent was asked to wait by the service. */
  readonly isThrottled: boolean
}

/** Of the running tasks, the part from which on throttling is what slows the project. */
const THROTTLED_SHARE = 0.3

/** What the project would gain most from; undefined while nothing runs or nothing was measured. */
export function bottleneckOf(running: readonly Running[], hold: Hold | undefined): Bottleneck | undefined {
  if (running.length === 0) return undefined
  if (hold) return { kind: 'calendar', text: hold.text }
  const throttled = running.filter(({ isThrottled }) => isThrottled).length
  if (throttled / running.length >= THROTTLED_SHARE)
    return {
      kind: 'throttling',
      text: `Microsoft 365 asked ${throttled === running.length ? 'all' : `${throttled} of ${running.length}`} running tasks to wait: more agents do not help, nights and weekends do.`,
    }
  const sum = (pick: (spent: NonNullable<TaskProgress['spent']>) => number) =>
    running.reduce((total, { progress }) => total + (progress.spent ? pick(progress.spent) : 0), 0)
  const [reading, sending, importing] = [sum((s) => s.readingMs), sum((s) => s.sendingMs), sum((s) => s.importingMs)]
  const all = reading + sending + importing
  const scanning = running.filter(({ progress }) => progress.stage === 'scanning').length
  if (all === 0)
    return scanning === running.length
      ? { kind: 'source', text: 'All running tasks scan: the source and its network answer as fast as they can.' }
      : undefined
  const percent = (part: number) => `${Math.round((100 * part) / all)} % of the time of the last minutes`
  if (importing > reading && importing > sending)
    return { kind: 'importQueue', text: `Import jobs wait for Microsoft 365: ${percent(importing)}.` }
  if (reading > sending)
    return {
      kind: 'source',
      text: `Reading the source takes ${percent(reading)}: a faster disk or a nearer agent helps, more agents on one share do not.`,
    }
  return { kind: 'network', text: `Sending takes ${percent(sending)}: bandwidth or latency to Microsoft 365; more agents help.` }
}
