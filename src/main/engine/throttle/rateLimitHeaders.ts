import { RATE_LIMIT_STEERING_SHARE, RETRY_AFTER_BELIEVED_MAX_MS } from '../../../shared/limits.ts'
import { SECOND_MS } from '../../../shared/units.ts'

/** What the service says about the minute budget of this app, as of one answer. Units are resource units. [throttle] */
export interface RateLimit {
  readonly limitUnits: number
  readonly remainingUnits: number
  /** Until the window ends and the budget is full again. */
  readonly resetMs: number
}

/** Header names are asked for in lower case. */
export type ReadHeader = (name: string) => string | undefined

/** `undefined` when one of the three headers is absent or no number; their absence proves nothing. */
export function parseRateLimit(readHeader: ReadHeader): RateLimit | undefined {
  const limitUnits = leadingInteger(readHeader('ratelimit-limit'))
  const remainingUnits = leadingInteger(readHeader('ratelimit-remaining'))
  const resetSeconds = leadingInteger(readHeader('ratelimit-reset'))
  if (limitUnits === undefined || remainingUnits === undefined || resetSeconds === undefined || limitUnits === 0) return undefined
  const resetMs = resetSeconds * SECOND_MS
  return resetMs > RETRY_AFTER_BELIEVED_MAX_MS ? undefined : { limitUnits, remainingUnits, resetMs }
}

/** A limit may be followed by its policies: `1250, 1250;w=60`. */
function leadingInteger(text: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,12})(?:\.\d+)?\s*(?:[,;].*)?$/.exec(text ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** From this share of the budget on, the rest is spread over the window. */
export const isNearLimit = (rateLimit: RateLimit): boolean =>
  rateLimit.limitUnits - rateLimit.remainingUnits >= rateLimit.limitUnits * RATE_LIMIT_STEERING_SHARE

/**
 * The wait after a 429 or 503: what `Retry-After` asks, or the end of the window when that is later; both come only from the policy that
 * refused. `undefined` = the service named no time. [throttle]
 */
export function throttleWait(retryAfterMs: number | undefined, rateLimit: RateLimit | undefined): number | undefined {
  if (rateLimit === undefined) return retryAfterMs
  return Math.max(retryAfterMs ?? 0, rateLimit.resetMs)
}
