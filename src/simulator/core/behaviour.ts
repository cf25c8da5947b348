/** How a throttled client is told to wait: `5`, `2.128`, an HTTP date, or not at all. */
export type RetryAfterForm = 'seconds' | 'fraction' | 'date' | 'absent'

/** What the service is allowed to do to its clients, beyond the scripted faults. Times in milliseconds of tenant time. */
export interface ServiceBehaviour {
  /** `strict` refuses whatever the real service is known to refuse; `lenient` accepts what some reports say it tolerates. */
  readonly profile: 'strict' | 'lenient'
  /** Licences of the tenant: choose the resource-unit budgets. */
  readonly licences: number
  /** Throttling by resource units on or off (off only for benchmarks of the client alone). */
  readonly throttling: boolean
  /** Form of `Retry-After` on the tenant's own refusals; `mixed` draws one for each, mostly `seconds`. */
  readonly retryAfterForm: RetryAfterForm | 'mixed'
  /** A filtered list query, a children page or delta may miss a write for up to this long; a GET by id never does. */
  readonly queryLagMs: number
  /** quickXorHash is absent from listings for up to this long after an upload. */
  readonly hashLagMs: number
  /** How long after an upload an Office file is rewritten; 0 = at once, undefined = never. */
  readonly officeRewriteDelayMs: number | undefined
  /** Latency added to every request. */
  readonly latencyMs: number
}
