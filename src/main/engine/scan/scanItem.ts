import type { ItemIssue, ItemState } from '../../../shared/domain/item.ts'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import type { DestinationPlace, FileTimes } from '../ports/destination.ts'
import type { SourceEntry } from '../ports/source.ts'
import { findContentIssues } from './contentRules.ts'
import type { ItemFilter } from './filters.ts'
import { repairName } from './nameRepair.ts'
import { findNameIssues, findNameWarnings, type NameContext } from './nameRules.ts'
import { findPathIssue, joinPath } from './pathRules.ts'
import { findSizeIssue } from './sizeRules.ts'
import { clampTimes } from './timeRules.ts'

/** What the scan needs to know of the destination. */
export type PlaceFacts = Pick<DestinationPlace, 'serverRelativePath' | 'isLibraryRoot' | 'blocksScriptTypes'>

/** For a scan without a destination: names are judged, the path counts from the source root, no type is refused. */
export const UNKNOWN_PLACE: PlaceFacts = { serverRelativePath: '', isLibraryRoot: false, blocksScriptTypes: false }

/** `scanned` may travel; the others end the item in the scan: by a filter, by a choice of the task, or by a limit nobody chose. */
export type ScanState = Extract<ItemState, 'scanned' | 'filteredOut' | 'skipped' | 'failed'>

/** What became of the folder around an item. */
export interface ParentOutcome {
  readonly state: ScanState
  /** Below the place, with its new names; '' for the root of the task. */
  readonly destPath: string
}

export interface AssessContext {
  readonly place: PlaceFacts
  readonly settings: TaskSettings
  readonly filter: ItemFilter
  readonly nowMs: number
  /** undefined only for the root of the source itself. */
  readonly parent: ParentOutcome | undefined
}

export interface Assessment {
  readonly state: ScanState
  /** In a fixed order; the first with effect `blocks` is the reason of a state other than `scanned`. */
  readonly issues: readonly ItemIssue[]
  /** As it will be at the destination; the source's name when the item does not travel. */
  readonly destName: string
  /** Below the place, `/` between folders. */
  readonly destPath: string
  /** For the destination, clamped; undefined members are not set there. */
  readonly times: FileTimes
  /** A folder that is created only when something below it travels. */
  readonly isParentOnly: boolean
}

/** Blocking issues that follow from what the task asked for: the item is skipped, not failed. */
const CHOSEN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SRC_SPECIAL_FILE',
  'SRC_SYMLINK',
  'SRC_LINK_LOOP',
  'SRC_OFFLINE_PLACEHOLDER',
])

/**
 * Judges one entry of the source for one destination. Pure: the same entry and context give the same answer. Names that collide with a
 * sibling are not seen here (assignCollisionFreeNames), neither is what the destination already holds (decideConflict).
 */
export function assessItem(entry: SourceEntry, context: AssessContext): Assessment {
  const { parent } = context
  if (parent === undefined) return assessRoot(entry, context)
  const clamped = clampTimes(entry, context.nowMs)
  const ended = (state: ScanState, issues: readonly ItemIssue[]): Assessment => ({
    state,
    issues,
    destName: entry.name,
    destPath: joinPath(parent.destPath, entry.name),
    times: clamped.times,
    isParentOnly: false,
  })

  if (parent.state !== 'scanned') return ended(parent.state, [PARENT_NOT_MIGRATED])
  const filtered = context.filter(entry)
  if (filtered.kind === 'filteredOut') return ended('filteredOut', [filtered.issue])
  const sourceIssues = sourceIssuesOf(entry, context.settings)
  const sourceBlock = sourceIssues.find(isBlocking)
  if (sourceBlock !== undefined) return ended(CHOSEN.has(sourceBlock.code) ? 'skipped' : 'failed', sourceIssues)

  const named = assessName(entry, parent, context)
  const destPath = joinPath(parent.destPath, named.destName)
  const pathIssue = findPathIssue(context.place.serverRelativePath, destPath)
  const sizeIssue = entry.kind === 'folder' ? undefined : findSizeIssue(entry.sizeBytes)
  const limits = [pathIssue, sizeIssue].filter((issue) => issue !== undefined)
  const content = findContentIssues(entry)
  const issues = [
    ...sourceIssues,
    ...(entry.warnings ?? []),
    ...named.issues,
    ...limits,
    ...content,
    ...(context.settings.preserveTimes ? clamped.issues : []),
  ]
  const block = issues.find(isBlocking)
  if (block !== undefined) return ended(named.isLeftByChoice && limits.length === 0 ? 'skipped' : 'failed', issues)
  return {
    state: 'scanned',
    issues,
    destName: named.destName,
    destPath,
    times: clamped.times,
    isParentOnly: filtered.kind === 'parentOnly',
  }
}

const isBlocking = (issue: ItemIssue): boolean => issue.effect === 'blocks'

const PARENT_NOT_MIGRATED: ItemIssue = {
  code: 'RULE_PARENT_NOT_MIGRATED',
  effect: 'blocks',
  detail: 'A folder above it is not migrated.',
}

/** The root has no name at the destination: it is the place itself. */
function assessRoot(entry: SourceEntry, context: AssessContext): Assessment {
  const issues = entry.issue === undefined ? [] : [entry.issue]
  const { times } = clampTimes(entry, context.nowMs)
  return { state: issues.some(isBlocking) ? 'failed' : 'scanned', issues, destName: '', destPath: '', times, isParentOnly: false }
}

function sourceIssuesOf(entry: SourceEntry, settings: TaskSettings): readonly ItemIssue[] {
  if (entry.issue !== undefined) return [entry.issue]
  if (entry.kind === 'symlink')
    return [{ code: 'SRC_SYMLINK', effect: 'blocks', detail: 'It is a link; links are not followed by this task.' }]
  if (entry.kind === 'special')
    return [{ code: 'SRC_SPECIAL_FILE', effect: 'blocks', detail: 'It is a device, pipe or socket, not a file.' }]
  if (entry.kind === 'file' && entry.isOffline) {
    return settings.recallOfflineFiles
      ? [
          {
            code: 'SRC_OFFLINE_PLACEHOLDER',
            effect: 'warns',
            detail: 'Reading it recalls it from the storage tier behind the share.',
          },
        ]
      : [
          {
            code: 'SRC_OFFLINE_PLACEHOLDER',
            effect: 'blocks',
            detail: 'Its content lies in another storage tier; recalling is off in this task.',
          },
        ]
  }
  return []
}

interface NameAssessment {
  readonly destName: string
  readonly issues: readonly ItemIssue[]
  /** Every blocking issue could be repaired, but the task says `skip`. */
  readonly isLeftByChoice: boolean
}

function assessName(entry: SourceEntry, parent: ParentOutcome, context: AssessContext): NameAssessment {
  const nameContext: NameContext = {
    isFolder: entry.kind === 'folder',
    isLibraryRoot: context.place.isLibraryRoot && parent.destPath === '',
    blocksScriptTypes: context.place.blocksScriptTypes,
  }
  const found = findNameIssues(entry.name, nameContext)
  const warnings = findNameWarnings(entry.name, nameContext)
  const kept = (isLeftByChoice: boolean): NameAssessment => ({
    destName: entry.name,
    issues: [...found, ...warnings],
    isLeftByChoice,
  })
  if (found.length === 0) return kept(false)
  const typed = found.some((issue) => issue.code === 'RULE_TYPE_BLOCKED')
  if (typed) return kept(false)
  const { nameRules } = context.settings
  if (nameRules.whenInvalid === 'skip') return kept(true)
  const destName = repairName(entry.name, nameRules, nameContext)
  if (destName === undefined) return kept(false)
  const renames = found.map(
    (issue): ItemIssue => ({ ...issue, effect: 'renames', detail: `${issue.detail} “${entry.name}” becomes “${destName}”.` }),
  )
  return { destName, issues: [...renames, ...findNameWarnings(destName, nameContext)], isLeftByChoice: false }
}
