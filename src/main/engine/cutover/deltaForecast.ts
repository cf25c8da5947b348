import { FILE_OVERHEAD_BYTES } from '../../../shared/limits.ts'
import type { Forecast } from '../forecast/forecast.ts'

/** A round that has ended, as its journal tells it. */
export interface FormerRound {
  readonly startedAtMs: number
  readonly workedMs: number
  /** Files that the scan found. */
  readonly foundFiles: number
  readonly sentFiles: number
  readonly sentBytes: number
}

/** What a round has to send. */
export interface DeltaVolume {
  readonly files: number
  readonly bytes: number
}

export interface DeltaForecast extends Forecast, DeltaVolume {
  /** What it was made from, in words. */
  readonly basis: string
}

/** Part of a first round that goes into looking instead of sending, as long as no later round tells it. [performance] */
const LOOKING_SHARE = 0.2
/** No forecast is surer than that. */
const SPREAD_MIN = 0.25
/** Nothing but one round to go by. */
const SPREAD_UNKNOWN = 1
/** Nine of ten cases lie below this many deviations of the normal distribution. */
const NINE_OF_TEN = 1.2816

/**
 * How long the next round takes, from how long the former ones took for what they found and sent. `volume` is what a rehearsal counted; without
 * it the changes since the last round are taken to come as fast as before. undefined = too little is known: one round alone says nothing about
 * change, and no round says nothing at all.
 */
export function forecastDelta(
  rounds: readonly FormerRound[],
  next: { readonly startsAtMs: number; readonly foundFiles?: number; readonly volume?: DeltaVolume | undefined },
): DeltaForecast | undefined {
  const last = rounds.at(-1)
  if (!last) return undefined
  const volume = next.volume ?? expectedVolume(rounds, next.startsAtMs)
  if (!volume) return undefined
  const { perFoundMs, perUnitMs, spread } = costsOf(rounds)
  const p50Ms = perFoundMs * (next.foundFiles ?? last.foundFiles) + perUnitMs * unitsOf(volume.files, volume.bytes)
  const times = rounds.length === 1 ? 'the first round' : `${rounds.length} rounds`
  return {
    files: Math.round(volume.files),
    bytes: Math.round(volume.bytes),
    p50Ms: Math.round(p50Ms),
    p90Ms: Math.round(p50Ms * (1 + spread)),
    basis: next.volume ? `what a rehearsal counted, at the pace of ${times}` : `the changes and the pace of ${times}`,
  }
}

/** A file costs requests besides its bytes. */
const unitsOf = (files: number, bytes: number): number => bytes + files * FILE_OVERHEAD_BYTES

/** Changes come at the rate of the rounds after the first. */
function expectedVolume(rounds: readonly FormerRound[], startsAtMs: number): DeltaVolume | undefined {
  const [first, ...deltas] = rounds
  const last = deltas.at(-1)
  if (!first || !last) return undefined
  const observedMs = last.startedAtMs - first.startedAtMs
  if (observedMs <= 0) return undefined
  const share = Math.max(0, startsAtMs - last.startedAtMs) / observedMs
  const files = deltas.reduce((sum, { sentFiles }) => sum + sentFiles, 0) * share
  return { files, bytes: deltas.reduce((sum, { sentBytes }) => sum + sentBytes, 0) * share }
}

interface Costs {
  readonly perFoundMs: number
  readonly perUnitMs: number
  readonly spread: number
}

/** Time of a round = so much for each file that is looked at + so much for each unit that is sent; the two that fit the rounds best. */
function costsOf(rounds: readonly FormerRound[]): Costs {
  const points = rounds.map((round) => ({
    found: round.foundFiles,
    units: unitsOf(round.sentFiles, round.sentBytes),
    ms: round.workedMs,
  }))
  const sum = (value: (point: (typeof points)[number]) => number): number =>
    points.reduce((total, point) => total + value(point), 0)
  const ff = sum(({ found }) => found * found)
  const uu = sum(({ units }) => units * units)
  const fu = sum(({ found, units }) => found * units)
  const fm = sum(({ found, ms }) => found * ms)
  const um = sum(({ units, ms }) => units * ms)
  const determinant = ff * uu - fu * fu
  const isTold = points.length > 1 && determinant > 1e-6 * ff * uu
  let perFoundMs = isTold ? (fm * uu - um * fu) / determinant : 0
  let perUnitMs = isTold ? (um * ff - fm * fu) / determinant : 0
  if (!isTold) {
    const found = sum((point) => point.found)
    const units = sum((point) => point.units)
    const ms = sum((point) => point.ms)
    perFoundMs = found === 0 ? 0 : ((units === 0 ? 1 : LOOKING_SHARE) * ms) / found
    perUnitMs = units === 0 ? 0 : ((found === 0 ? 1 : 1 - LOOKING_SHARE) * ms) / units
  } else if (perFoundMs < 0) {
    perFoundMs = 0
    perUnitMs = um / uu
  } else if (perUnitMs < 0) {
    perUnitMs = 0
    perFoundMs = fm / ff
  }
  if (points.length === 1) return { perFoundMs, perUnitMs, spread: SPREAD_UNKNOWN }
  const misses = points.map(({ found, units, ms }) => (ms === 0 ? 0 : (perFoundMs * found + perUnitMs * units - ms) / ms))
  const deviation = Math.sqrt(misses.reduce((total, miss) => total + miss * miss, 0) / misses.length)
  return { perFoundMs, perUnitMs, spread: Math.max(SPREAD_MIN, NINE_OF_TEN * deviation) }
}
