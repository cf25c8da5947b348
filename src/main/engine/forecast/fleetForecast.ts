import type { Forecast } from './forecast.ts'

/** A task as the forecast of the project sees it. */
export interface ForecastPart {
  readonly group: string
  /** Somebody works on it now. */
  readonly isRunning: boolean
  /** undefined = nobody knows, for it was not scanned or measured yet. */
  readonly forecast: Forecast | undefined
  /** It does not begin before. */
  readonly startsInMs: number
}

export interface FleetForecast extends Forecast {
  /** Tasks whose size nobody knows: they count as the average of the others. */
  readonly unknownTasks: number
}

/** An unknown task may be this many times larger than the average of those that are known. */
const UNKNOWN_FACTOR = 3

/**
 * When all tasks have ended: running ones first, then the waiting ones in their order, each at the place of its group that is free first.
 * Errors of single tasks level out along a place, so their deviations add as squares do. undefined while nothing at all is known.
 */
export function forecastFleet(parts: readonly ForecastPart[], placesOf: (group: string) => number): FleetForecast | undefined {
  if (parts.length === 0) return { p50Ms: 0, p90Ms: 0, unknownTasks: 0 }
  const known = parts.flatMap(({ forecast }) => (forecast ? [forecast] : []))
  if (known.length === 0) return undefined
  const average = known.reduce((sum, { p50Ms }) => sum + p50Ms, 0) / known.length
  const guess = { p50Ms: average, p90Ms: average * UNKNOWN_FACTOR }
  const places = new Map<string, Place[]>()
  for (const { group, isRunning, forecast = guess, startsInMs } of [...parts].sort(runningFirst)) {
    const key = group.toLowerCase()
    const free = places.get(key) ?? Array.from({ length: Math.max(1, placesOf(group)) }, () => ({ p50Ms: 0, variance: 0 }))
    places.set(key, free)
    const [first] = free.sort((a, b) => a.p50Ms - b.p50Ms)
    if (!first) continue
    // More tasks run than the agents tell places: each has its own.
    if (isRunning && first.p50Ms > 0) {
      free.push({ p50Ms: forecast.p50Ms, variance: (forecast.p90Ms - forecast.p50Ms) ** 2 })
      continue
    }
    first.p50Ms = Math.max(first.p50Ms, startsInMs) + forecast.p50Ms
    first.variance += (forecast.p90Ms - forecast.p50Ms) ** 2
  }
  const all = [...places.values()].flat()
  return {
    p50Ms: Math.max(...all.map(({ p50Ms }) => p50Ms)),
    p90Ms: Math.max(...all.map(({ p50Ms, variance }) => p50Ms + Math.sqrt(variance))),
    unknownTasks: parts.length - known.length,
  }
}

interface Place {
  p50Ms: number
  variance: number
}

const runningFirst = (a: ForecastPart, b: ForecastPart): number => Number(b.isRunning) - Number(a.isRunning)
