import type { ItemIssue } from '../../../shared/domain/item.ts'
import { FILE_TIME_MIN_MS } from '../../../shared/limits.ts'
import type { FileTimes } from '../ports/destination.ts'

/**
 * Times as the destination can take them: clamped into 1980-01-01 … now, each change told as a warning. An unknown time stays unknown. [times]
 */
export function clampTimes(
  times: FileTimes,
  nowMs: number,
): { readonly times: FileTimes; readonly issues: readonly ItemIssue[] } {
  const issues: ItemIssue[] = []
  const clamp = (label: string, valueMs: number | undefined): number | undefined => {
    if (valueMs === undefined || Number.isNaN(valueMs)) return undefined
    if (valueMs >= FILE_TIME_MIN_MS && valueMs <= nowMs) return valueMs
    const clampedMs = valueMs < FILE_TIME_MIN_MS ? FILE_TIME_MIN_MS : nowMs
    issues.push({
      code: 'RULE_TIME_OUT_OF_RANGE',
      effect: 'warns',
      detail: `The ${label} time ${timeText(valueMs)} becomes ${timeText(clampedMs)}.`,
    })
    return clampedMs
  }
  return { times: { createdMs: clamp('creation', times.createdMs), modifiedMs: clamp('modification', times.modifiedMs) }, issues }
}

/** A time of the source as it compares with stored ones, which are never before 1980 and never ahead of the clock. */
export function comparableTime(
  modifiedMs: number | undefined,
  nowMs: number,
): { readonly modifiedMs: number | undefined; readonly isTimeAhead: boolean } {
  if (modifiedMs === undefined || Number.isNaN(modifiedMs)) return { modifiedMs: undefined, isTimeAhead: false }
  return { modifiedMs: Math.max(modifiedMs, FILE_TIME_MIN_MS), isTimeAhead: modifiedMs > nowMs }
}

/** Beyond what a Date can say, the number itself is told. */
function timeText(valueMs: number): string {
  const date = new Date(valueMs)
  return Number.isNaN(date.getTime()) ? `${valueMs} ms` : date.toISOString()
}
