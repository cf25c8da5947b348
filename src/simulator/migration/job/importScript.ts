import { z } from 'zod'
import type { FaultSwitches } from '../../core/faultSwitches.ts'
import type { ServiceRequest } from '../../core/http.ts'

const schema = z.strictObject({
  /** Waits in the queue for so long before it is looked at. */
  queueDelayMs: z.number().min(0).default(0),
  /** Postponed so many times, 20 minutes each, for want of capacity. */
  postponements: z.number().int().min(0).default(0),
  /** The same because the database is being looked after. */
  maintenances: z.number().int().min(0).default(0),
  /** Migration is blocked in the tenant: postponed for that reason, then cancelled. */
  isTenantBlocked: z.boolean().default(false),
  /** Ends with a fatal error when half of the items are in. */
  isFatal: z.boolean().default(false),
  /** A fatal error in the middle, then the server begins again on its own. */
  isRestarted: z.boolean().default(false),
  /** Share of the items after which the job disappears without a last event. */
  vanishesAt: z.number().min(0).max(1).optional(),
  /** Share of the files that are passed over without a word. */
  skippedShare: z.number().min(0).max(1).default(0),
  /** Below 1 the share of the files, from 1 on the number of files that fail on the server's side. */
  failingItems: z.number().min(0).default(0),
  /** Patterns of web-relative URLs: files that are refused, each for itself. */
  poison: z.array(z.string()).default([]),
  /** Patterns of web-relative URLs: files that end the job. */
  killers: z.array(z.string()).default([]),
  /** What becomes of a file with a list item id but without its list item. */
  unlinkedFiles: z.enum(['skip', 'import', 'error']).default('skip'),
  existingVersions: z.enum(['replaced', 'kept']).default('replaced'),
  /** Every file takes at least so long, in real time. */
  itemDelayMs: z.number().min(0).default(0),
  /** Graph's listings show the files only after up to this long. */
  listingLagMs: z.number().min(0).default(0),
  /** Inheritance is broken, but nobody is granted anything. */
  losesGrants: z.boolean().default(false),
  /** Limits made small: unique scopes of a list, role assignments of a scope. */
  uniqueScopeLimit: z.number().optional(),
  roleAssignmentLimit: z.number().optional(),
  hasNoLogs: z.boolean().default(false),
  hasUnreadableLog: z.boolean().default(false),
  /** Plain bytes of one log segment. */
  logSegmentBytes: z
    .number()
    .int()
    .min(100)
    .default(256 * 1024),
})

/** What the fault script has in store for one import job; drawn when the job is submitted and kept with it. */
export type ImportScript = z.infer<typeof schema>

export function parseImportScript(text: string): ImportScript {
  return schema.parse(JSON.parse(text))
}

/** Asks every switch that concerns imports once, for the request that submits the job. */
export function drawImportScript(
  faults: FaultSwitches,
  request: ServiceRequest,
  behaviour: { readonly queryLagMs: number; readonly profile: 'strict' | 'lenient' },
): ImportScript {
  const amount = (name: Parameters<FaultSwitches['amount']>[0]) => faults.amount(name, request)
  const unlinked = amount('importUnlinkedFiles')
  const vanishesAt = amount('importVanished')
  return schema.parse({
    queueDelayMs: amount('importQueueDelay') ?? 0,
    postponements: Math.floor(amount('importPostponed') ?? 0),
    maintenances: Math.floor(amount('importMaintenance') ?? 0),
    isTenantBlocked: faults.isActive('importTenantBlocked', request),
    isFatal: faults.isActive('importFatal', request),
    isRestarted: faults.isActive('importRestarted', request),
    ...(vanishesAt === undefined ? {} : { vanishesAt: Math.min(1, vanishesAt) }),
    skippedShare: Math.min(1, amount('importSkipped') ?? 0),
    failingItems: amount('importItemErrors') ?? 0,
    poison: [...faults.items('importPoison', request)],
    killers: [...faults.items('importKiller', request)],
    unlinkedFiles:
      unlinked === undefined ? (behaviour.profile === 'lenient' ? 'import' : 'skip') : unlinked === 0 ? 'import' : 'error',
    existingVersions: faults.isActive('importKeepsVersions', request) ? 'kept' : 'replaced',
    itemDelayMs: amount('importSlow') ?? 0,
    listingLagMs: amount('importLateListing') ?? behaviour.queryLagMs,
    losesGrants: faults.isActive('importGrantsLost', request),
    uniqueScopeLimit: amount('uniqueScopeLimit'),
    roleAssignmentLimit: amount('roleAssignmentLimit'),
    hasNoLogs: faults.isActive('importLogsMissing', request),
    hasUnreadableLog: faults.isActive('importLogUnreadable', request),
    logSegmentBytes: Math.max(100, Math.floor(amount('importLogSegments') ?? 256 * 1024)),
  })
}
