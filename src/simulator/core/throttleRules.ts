import { DAY_MS, GIB, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../shared/units.ts'
import type { RetryAfterForm } from './behaviour.ts'

/** Resource-unit budgets that grow with the licences of a tenant [E]. */
export interface LicenceBand {
  readonly appPerMinute: number
  readonly appPerDay: number
  readonly tenantPerFiveMinutes: number
}

const BANDS: readonly (LicenceBand & { readonly belowLicences: number })[] = [
  { belowLicences: 1_001, appPerMinute: 1_250, appPerDay: 1_200_000, tenantPerFiveMinutes: 18_750 },
  { belowLicences: 5_001, appPerMinute: 2_500, appPerDay: 2_400_000, tenantPerFiveMinutes: 37_500 },
  { belowLicences: 15_001, appPerMinute: 3_750, appPerDay: 3_600_000, tenantPerFiveMinutes: 56_250 },
  { belowLicences: 50_001, appPerMinute: 5_000, appPerDay: 4_800_000, tenantPerFiveMinutes: 75_000 },
]
const LARGEST_BAND: LicenceBand = { appPerMinute: 6_250, appPerDay: 6_000_000, tenantPerFiveMinutes: 93_750 }

export function licenceBand(licences: number): LicenceBand {
  return BANDS.find((band) => licences < band.belowLicences) ?? LARGEST_BAND
}

/** Units of the directory per application and ten seconds, by the people in the tenant; a licence stands for one [Graph: identity and access service limits]. */
export function directoryLimit(licences: number): number {
  if (licences < 50) return 3_500
  return licences <= 500 ? 5_000 : 8_000
}

/** What a directory request costs: less when it selects or asks for few, more when it expands; never less than one. */
export function directoryCost(baseUnits: number, query: URLSearchParams): number {
  const top = Number(query.get('$top') ?? Number.NaN)
  const saved = (query.has('$select') ? 1 : 0) + (top < 20 ? 1 : 0)
  return Math.max(1, baseUnits - saved + (query.has('$expand') ? 1 : 0))
}

export type Policy =
  | 'appMinute'
  | 'appDay'
  | 'tenant'
  | 'user'
  | 'graphSecond'
  | 'directory'
  | 'sharing'
  | 'userIngress'
  | 'userEgress'
  | 'appIngress'
  | 'appEgress'

/** Length of each policy's window, milliseconds. */
export const WINDOW_MS: Readonly<Record<Policy, number>> = {
  appMinute: MINUTE_MS,
  appDay: DAY_MS,
  tenant: 5 * MINUTE_MS,
  user: 5 * MINUTE_MS,
  graphSecond: SECOND_MS,
  directory: 10 * SECOND_MS,
  sharing: 5 * MINUTE_MS,
  userIngress: HOUR_MS,
  userEgress: HOUR_MS,
  appIngress: HOUR_MS,
  appEgress: HOUR_MS,
}

/** Limits that are the same for every tenant: requests or bytes per window. */
export const FIXED_LIMITS = {
  user: 3_000,
  graphSecond: 2_000,
  sharing: 300,
  userIngress: 50 * GIB,
  userEgress: 100 * GIB,
  appIngress: 400 * GIB,
  appEgress: 400 * GIB,
} as const

/** `RateLimit-*` headers appear from this part of the application's minute budget on. */
export const WARNING_SHARE = 0.8
/** Traffic without a decorated User-Agent gets this part of the application's minute budget. */
export const UNDECORATED_SHARE = 0.5

/** `ISV|Company|App/1.2` or `NONISV|Company|App/1.2`, alone or within a longer User-Agent. */
export function isDecorated(userAgent: string | undefined): boolean {
  return userAgent !== undefined && /(^|[\s;(])(NON)?ISV\|[^|]+\|[^|/]+\/[\w.]+/.test(userAgent)
}

/** Counts what was spent since the window began; a window begins with the first cost after the last one ended. */
export class BudgetWindow {
  private readonly lengthMs: number
  private startMs = Number.NEGATIVE_INFINITY
  private spentUnits = 0

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs
  }

  /** Spends whether or not the budget has room: refused calls count as well. Returns what has been spent with it. */
  spend(cost: number, nowMs: number): number {
    if (nowMs >= this.startMs + this.lengthMs) {
      this.startMs = nowMs
      this.spentUnits = 0
    }
    this.spentUnits += cost
    return this.spentUnits
  }

  spent(nowMs: number): number {
    return nowMs >= this.startMs + this.lengthMs ? 0 : this.spentUnits
  }

  /** Milliseconds until the window ends. */
  resetMs(nowMs: number): number {
    return Math.max(0, this.startMs + this.lengthMs - nowMs)
  }
}

const LONGEST_PENALTY_MS = 300_000

/** What a client that goes on asking is told next: twice as long with every tenth ignored answer, up to five minutes. */
export function penaltyMs(toldMs: number, ignoredAnswers: number): number {
  const doublings = Math.min(10, Math.floor((ignoredAnswers - 1) / 10))
  return Math.min(LONGEST_PENALTY_MS, Math.max(toldMs, SECOND_MS) * 2 ** doublings)
}

/** A `Retry-After` value in one of the forms that clients meet; undefined for the absent one. Never promises less than `waitMs`. */
export function formatRetryAfter(form: RetryAfterForm, waitMs: number, nowMs: number): string | undefined {
  switch (form) {
    case 'seconds':
      return String(Math.ceil(waitMs / 1000))
    case 'fraction':
      return (Math.ceil(waitMs) / 1000).toFixed(3)
    case 'date':
      return new Date(Math.ceil((nowMs + waitMs) / 1000) * 1000).toUTCString()
    case 'absent':
      return undefined
  }
}

/** Milliseconds that a `Retry-After` header asks for; undefined without one or when it says nothing. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Math.round(Number(header) * 1000)
  const dateMs = Date.parse(header)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs)
}
