import type { ItemKind, Route } from '../../../shared/domain/item.ts'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import { BULK_FILES_MIN } from '../../../shared/limits.ts'
import type { StoredItem } from '../ports/destination.ts'
import { isRewrittenType } from '../verify/officeTypes.ts'
import { compareTimes, type TimeComparison } from '../verify/storedTimes.ts'

export interface RouteFacts {
  readonly kind: ItemKind
  readonly sizeBytes: number
  /** The destination has an item of that name; a file keeps its versions. */
  readonly replacesExisting: boolean
  /** Name and path can stand in the manifest of a package. */
  readonly isExpressible: boolean
}

export interface RouteContext {
  readonly wanted: TaskSettings['route']
  /** What this install can do for this destination. `session` is always among them. */
  readonly available: ReadonlySet<Route>
  /** New files of the task that have content; more than BULK_FILES_MIN need not be counted. */
  readonly newFileCount: number
  /** The task says who the owners are; after an upload that costs a request for each file. */
  readonly wantsAuthors: boolean
}

/** `reason` is for people: it stands in the plan and in the report. */
export interface RouteDecision {
  readonly route: Route
  readonly reason: string
}

/**
 * How one item travels. Rules that exclude the bulk route come first, then what the task wants; whoever adds a route adds its rule here
 * and nowhere else.
 */
export function decideRoute(facts: RouteFacts, context: RouteContext): RouteDecision {
  const session = (reason: string): RouteDecision => ({ route: 'session', reason })
  if (context.wanted === 'session') return session('The task asks for it.')
  if (!context.available.has('package')) return session('The bulk route is not available for this destination.')
  if (facts.kind === 'file' && facts.sizeBytes === 0) return session('The bulk route does not take empty files.')
  if (facts.replacesExisting)
    return session(
      facts.kind === 'file' ? 'A new version of an existing file; its earlier versions stay.' : 'The folder is there.',
    )
  if (!facts.isExpressible) return session('Its name or path has characters that the manifest of a package cannot hold.')
  if (context.wanted === 'package') return { route: 'package', reason: 'The task asks for it.' }
  if (context.wantsAuthors)
    return { route: 'package', reason: 'The task has an identity map: a package names authors without a request for each file.' }
  if (context.newFileCount <= BULK_FILES_MIN)
    return session(`A small task: packages pay from more than ${BULK_FILES_MIN} new files.`)
  return { route: 'package', reason: `First load of more than ${BULK_FILES_MIN} new files.` }
}

/** A file of the source as it would be stored. */
export interface SourceFacts {
  readonly destName: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes: number
  readonly modifiedMs: number | undefined
  /** Of the bytes as they are now; undefined when they were not read. */
  readonly quickXorHash: string | undefined
  /** A round before proved that the destination has this very state of the file, as the service stores it. */
  readonly wasProved?: boolean
  /** The state in which the destination had it when a round before proved it, if it looks the same since. */
  readonly provedETag?: string | undefined
  /** The source has another size, time or content than a round before stored. */
  readonly hasChanged?: boolean | undefined
  /** Whether the destination is as a round before left it. */
  readonly destination?: 'untouched' | 'edited' | 'unknown'
  /** The destination is as a round before left it, and that was exactly this content. */
  readonly isSameAsStored?: boolean
  /** Its time lies ahead of the clock: what was stored instead says nothing about which is newer. */
  readonly isTimeAhead?: boolean
}

export type ConflictPolicy = Pick<TaskSettings, 'whenDestinationExists' | 'preserveTimes'> &
  Partial<Pick<TaskSettings, 'whenBothChanged'>>

/** What to do about an item that the destination already has, or has not. */
export type ConflictDecision =
  | { readonly kind: 'upload' }
  /** Nothing to send. `reason` tells what was found equal. */
  | { readonly kind: 'alreadyThere'; readonly reason: string }
  /** Equal as far as known: read the source's hash, or ask the service again for its own, and decide again. */
  | { readonly kind: 'needsHash'; readonly of: 'source' | 'destination'; readonly reason: string }
  /**
   * The service may have changed what it stored: a look at the parts of both files tells whether they are the same. When they are not, or
   * when nobody can tell and the times do not speak for it either, `otherwise`.
   */
  | {
      readonly kind: 'needsComparison'
      readonly isSameTime: boolean
      readonly otherwise: DifferenceDecision
      readonly reason: string
    }
  /** The same content with another time: no byte is to be sent. */
  | { readonly kind: 'timesDiffer'; readonly age: TimeComparison; readonly reason: string }
  | DifferenceDecision

/** What follows when the destination has another file of that name. */
export type DifferenceDecision =
  /** A new version over exactly this state of the existing file. */
  | { readonly kind: 'replace'; readonly itemId: string; readonly ifMatch: string | undefined; readonly reason: string }
  | { readonly kind: 'skip'; readonly code: ErrorCode; readonly reason: string }
  /** The destination's file stays under its name; the source's goes beside it. */
  | { readonly kind: 'keepBoth'; readonly reason: string }

/**
 * Whether a file must be sent, when the destination lists `stored` under its name. Equal means equal content and, where times are kept,
 * equal times at the precision of the service. Folders are adopted. Idempotent: deciding again after an upload says `alreadyThere`.
 */
export function decideConflict(source: SourceFacts, stored: StoredItem | undefined, policy: ConflictPolicy): ConflictDecision {
  if (stored === undefined) return { kind: 'upload' }
  if (stored.kind !== source.kind) {
    return {
      kind: 'skip',
      code: 'DST_EXISTS',
      reason: `A ${stored.kind} of that name is at the destination; the source has a ${source.kind}.`,
    }
  }
  if (source.kind === 'folder') return { kind: 'alreadyThere', reason: 'The folder exists and is used.' }

  const age = compareTimes(source.modifiedMs, stored.modifiedMs)
  const content = compareContent(source, stored)
  const timesAgree = !policy.preserveTimes || age === 'equal' || source.isTimeAhead === true
  if (timesAgree) {
    if (content === 'equal')
      return { kind: 'alreadyThere', reason: policy.preserveTimes ? 'Same content and same time.' : 'Same content.' }
    if (content === 'sourceHashUnknown')
      return { kind: 'needsHash', of: 'source', reason: 'Same size; the content is not known to be the same.' }
    if (content === 'storedHashUnknown') {
      return { kind: 'needsHash', of: 'destination', reason: 'Same size; the service does not tell the hash of its file.' }
    }
  }
  if (content === 'equal') return { kind: 'timesDiffer', age, reason: 'Same content; its time differs.' }
  // A time that was ahead of the clock for a while was not stored as it is: what was proved may look older than it is.
  const mayLookOlder = source.provedETag !== undefined && age === 'newer'
  const mayBeRewritten = (timesAgree || mayLookOlder) && isRewrittenType(source.destName)
  if (mayBeRewritten && source.wasProved && age === 'equal')
    return { kind: 'alreadyThere', reason: 'Same time; the service changes files of this type when it stores them.' }
  const otherwise = decideDifference(source, stored, { content, policy })
  if (!mayBeRewritten || policy.whenDestinationExists === 'skip') return otherwise
  const reason = 'The service changes files of this type when it stores them.'
  return { kind: 'needsComparison', isSameTime: age === 'equal', otherwise, reason }
}

function decideDifference(
  source: SourceFacts,
  stored: StoredItem,
  { content, policy }: { readonly content: ContentComparison; readonly policy: ConflictPolicy },
): DifferenceDecision {
  const { whenDestinationExists } = policy
  const isConflict = source.hasChanged === true && source.destination === 'edited'
  const chosen = isConflict ? decideBothChanged(stored, policy) : undefined
  if (chosen) return chosen
  if (whenDestinationExists === 'skip')
    return { kind: 'skip', code: 'DST_EXISTS', reason: 'The destination has another file of that name.' }
  const replace = (reason: string): DifferenceDecision => ({
    kind: 'replace',
    itemId: stored.itemId,
    ifMatch: stored.eTag,
    reason,
  })
  if (whenDestinationExists === 'overwrite') return replace('The destination has another file of that name.')
  // Times may be wrong, ahead or not kept: whoever is not as it was when both were the same has been changed.
  if (source.hasChanged === true && source.destination === 'untouched')
    return replace('The source has changed since the round before, and nobody has changed the destination.')
  if (source.hasChanged === false && source.destination === 'edited')
    return { kind: 'skip', code: 'DST_NEWER', reason: 'The file at the destination was changed after the round before.' }
  const isAsProved = source.provedETag === stored.eTag || source.destination === 'untouched'
  if (source.provedETag !== undefined && isAsProved && content === 'differs')
    return replace('The source has changed, although it still has its time.')
  if (source.provedETag !== undefined)
    return { kind: 'skip', code: 'DST_NEWER', reason: 'The file at the destination was changed after the round before.' }
  // A name that no path can say is made empty and filled by its id: that much is there when an agent died in between. [B.3]
  if (stored.sizeBytes === 0 && source.sizeBytes > 0) return replace('The file at the destination is empty.')
  switch (compareTimes(source.modifiedMs, stored.modifiedMs)) {
    case 'newer':
      return replace('The source is newer.')
    case 'equal':
      return replace('Same time, but the content differs.')
    case 'older':
      return { kind: 'skip', code: 'DST_NEWER', reason: 'The file at the destination is newer.' }
    case 'unknown':
      return {
        kind: 'skip',
        code: 'DST_EXISTS',
        reason: 'The destination has another file of that name, and which is newer is not known.',
      }
  }
}

/** What the task says about files that were changed at both ends; undefined = the newer one counts, as for any other file. */
function decideBothChanged(stored: StoredItem, { whenBothChanged }: ConflictPolicy): DifferenceDecision | undefined {
  const reason = 'The file was changed both at the source and at the destination since the round before.'
  switch (whenBothChanged ?? 'newer') {
    case 'newer':
      return undefined
    case 'skip':
      return { kind: 'skip', code: 'DST_NEWER', reason }
    case 'overwrite':
      return { kind: 'replace', itemId: stored.itemId, ifMatch: stored.eTag, reason }
    case 'keepBoth':
      return { kind: 'keepBoth', reason }
  }
}

type ContentComparison = 'equal' | 'differs' | 'sourceHashUnknown' | 'storedHashUnknown'

function compareContent(source: SourceFacts, stored: StoredItem): ContentComparison {
  if (source.isSameAsStored) return 'equal'
  if (source.sizeBytes !== stored.sizeBytes) return 'differs'
  if (source.sizeBytes === 0) return 'equal'
  if (stored.quickXorHash === undefined) return 'storedHashUnknown'
  if (source.quickXorHash === undefined) return 'sourceHashUnknown'
  return source.quickXorHash === stored.quickXorHash ? 'equal' : 'differs'
}
