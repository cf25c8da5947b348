import { STORED_TIME_PRECISION_MS } from '../../../shared/limits.ts'

/** The source against the destination. */
export type TimeComparison = 'newer' | 'equal' | 'older' | 'unknown'

/** The service cuts or rounds to its precision, so less than one unit of it is no difference. */
export function compareTimes(sourceMs: number | undefined, storedMs: number | undefined): TimeComparison {
  if (sourceMs === undefined || storedMs === undefined) return 'unknown'
  const differenceMs = sourceMs - storedMs
  if (Math.abs(differenceMs) < STORED_TIME_PRECISION_MS) return 'equal'
  return differenceMs > 0 ? 'newer' : 'older'
}
