/** Resource units that were spent, by what they were spent on. */
export interface SpentUnits {
  readonly package: number
  readonly session: number
  /** Listings and proofs, which serve both. */
  readonly shared: number
}

/**
 * One package of the bulk route. `planned`: nothing of it counts yet, it is made from its start. `submitting`: its submission has been sent and
 * not answered, so a job may exist. `submitted`: the job is known. `ended`: what it brought is found by listing.
 */
export const PACKAGE_STATES = ['planned', 'submitting', 'submitted', 'ended'] as const
export type PackageState = (typeof PACKAGE_STATES)[number]

/** `lost`: nobody knows how the job ended, or whether there was one. `withdrawn`: never submitted, or refused as a whole. */
export const PACKAGE_OUTCOMES = ['imported', 'cutShort', 'lost', 'withdrawn'] as const
export type PackageOutcome = (typeof PACKAGE_OUTCOMES)[number]

export interface JournalPackage {
  readonly id: number
  readonly state: PackageState
  /** Jobs that were cut short before, of which this package is what was left. */
  readonly cutCount: number
  /** Addresses and key; a secret, sealed at rest. Undefined also when it cannot be unsealed any more. */
  readonly containers: string | undefined
  readonly expiresAtMs: number | undefined
  readonly jobId: string | undefined
  readonly submittedAtMs: number | undefined
  readonly endedAtMs: number | undefined
  readonly outcome: PackageOutcome | undefined
  readonly message: string | undefined
}
