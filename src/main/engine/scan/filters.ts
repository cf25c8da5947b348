import type { ItemIssue } from '../../../shared/domain/item.ts'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { MigrationError } from '../../../shared/errors.ts'
import type { SourceEntry } from '../ports/source.ts'
import { lastExtension } from './typeRules.ts'

/** Tells whether a path below the source (`/` between folders) matches one of the patterns it was compiled from. */
export type GlobMatcher = (relPath: string) => boolean
/** Compiles patterns once per task; the engine has no glob library of its own. Case-insensitive, `*` stays in a folder, `**` crosses. */
export type CompileGlobs = (patterns: readonly string[]) => GlobMatcher

export type FilterDecision =
  | { readonly kind: 'pass' }
  /** A folder that no include pattern names: created only when something below it travels. */
  | { readonly kind: 'parentOnly' }
  | { readonly kind: 'filteredOut'; readonly issue: ItemIssue }

/** Decides one entry by its own facts; what became of its parent is the business of assessItem. */
export type ItemFilter = (entry: SourceEntry) => FilterDecision

const PASS: FilterDecision = { kind: 'pass' }
const PARENT_ONLY: FilterDecision = { kind: 'parentOnly' }

/**
 * The filters of a task as one predicate; all must agree. Times and types judge files only; hidden and exclude judge folders too and take
 * their content with them. A time that the platform does not tell filters nothing out. Errors: INPUT_SETTINGS for an impossible date.
 */
export function createItemFilter(settings: TaskSettings, compileGlobs: CompileGlobs): ItemFilter {
  const createdAfterMs = parseDate('migrateItemsCreatedAfter', settings.migrateItemsCreatedAfter)
  const modifiedAfterMs = parseDate('migrateItemsModifiedAfter', settings.migrateItemsModifiedAfter)
  const skippedExtensions = new Set(
    settings.skipFilesWithExtensions.map((extension) => extension.replace(/^\./, '').toLowerCase()),
  )
  const includes = settings.include.length === 0 ? undefined : compileGlobs(settings.include)
  const excludes = settings.exclude.length === 0 ? undefined : compileGlobs(settings.exclude)

  return (entry) => {
    if (entry.relPath === '') return PASS
    if (entry.isHidden && !settings.migrateHiddenItems) return filteredOut('Hidden items are not migrated by this task.')
    if (excludes?.(entry.relPath)) return filteredOut('Matches an exclude pattern of this task.')
    if (entry.kind === 'folder') return includes === undefined || includes(entry.relPath) ? PASS : PARENT_ONLY
    if (includes !== undefined && !includes(entry.relPath)) return filteredOut('Matches no include pattern of this task.')
    const extension = lastExtension(entry.name)
    if (extension !== '' && skippedExtensions.has(extension))
      return filteredOut(`Files of type .${extension} are not migrated by this task.`)
    if (isBefore(entry.createdMs, createdAfterMs)) return filteredOut(`Created before ${settings.migrateItemsCreatedAfter}.`)
    if (isBefore(entry.modifiedMs, modifiedAfterMs))
      return filteredOut(`Last modified before ${settings.migrateItemsModifiedAfter}.`)
    return PASS
  }
}

const filteredOut = (detail: string): FilterDecision => ({
  kind: 'filteredOut',
  issue: { code: 'RULE_FILTERED_OUT', effect: 'blocks', detail },
})

const isBefore = (valueMs: number | undefined, boundMs: number | undefined): boolean =>
  valueMs !== undefined && boundMs !== undefined && valueMs < boundMs

/** Without a zone it is UTC, on whatever machine it is read; a day without time begins at midnight. */
function parseDate(setting: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const hasZone = text.length === 10 || /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)
  const valueMs = Date.parse(hasZone ? text : `${text}Z`)
  if (!Number.isNaN(valueMs) && isRealDay(text)) return valueMs
  throw new MigrationError('INPUT_SETTINGS', `The setting ${setting} is “${text}”, which is no date.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Write the date like 2016-05-22.',
  })
}

/** Date.parse takes February 30th for March 1st or 2nd. */
function isRealDay(text: string): boolean {
  const day = text.slice(0, 10)
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
}
