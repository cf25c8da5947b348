import {
  FORECAST_BYTES_PER_S_HIGH,
  FORECAST_BYTES_PER_S_LOW,
  FORECAST_FILES_PER_S_HIGH,
  FORECAST_FILES_PER_S_LOW,
  FORECAST_RU_PER_FILE,
} from '../limits.ts'
import { SECOND_MS } from '../units.ts'

/** What a migration will cost before it has begun: a range, because nobody knows the line, the hour and the throttling. */
export interface Forecast {
  readonly resourceUnits: number
  readonly shortestMs: number
  readonly longestMs: number
}

/** For one agent. Files and bytes cost time side by side; the slower of the two decides. */
export function forecastOf(work: { readonly files: number; readonly bytes: number }): Forecast {
  const timeMs = (filesPerS: number, bytesPerS: number) => Math.max(work.files / filesPerS, work.bytes / bytesPerS) * SECOND_MS
  return {
    resourceUnits: Math.ceil(work.files * FORECAST_RU_PER_FILE),
    shortestMs: timeMs(FORECAST_FILES_PER_S_HIGH, FORECAST_BYTES_PER_S_HIGH),
    longestMs: timeMs(FORECAST_FILES_PER_S_LOW, FORECAST_BYTES_PER_S_LOW),
  }
}
