import type { NameRules } from '../../../shared/domain/settings.ts'
import { COLLISION_SUFFIX_MAX, SEGMENT_MAX_UTF16 } from '../../../shared/limits.ts'
import { collisionKey } from './collisionKey.ts'
import { deviceStem, findNameIssues, isEdgeSpace, isForbiddenUnit, type NameContext } from './nameRules.ts'

const FALLBACK = '_'

/**
 * The name as the destination accepts it, by the rules of the task; the same name always gives the same answer, and a good name comes back
 * unchanged. `undefined` = cannot be repaired by these rules. The type of a file is never changed: RULE_TYPE_BLOCKED stays.
 */
export function repairName(name: string, rules: NameRules, context: NameContext): string | undefined {
  if (!hasNameIssue(name, context)) return name
  const repaired = repairWith(name, rules, context)
  if (!hasNameIssue(repaired, context)) return repaired
  // Replacement and suffix are free text and may make a name bad; the plain underscore always works, but edges are cut only on request.
  const careful = repairWith(name, { ...rules, replacement: FALLBACK, reservedSuffix: FALLBACK }, context)
  return hasNameIssue(careful, context) ? undefined : careful
}

const hasNameIssue = (name: string, context: NameContext): boolean =>
  findNameIssues(name, context).some((issue) => issue.code !== 'RULE_TYPE_BLOCKED')

function repairWith(name: string, rules: NameRules, context: NameContext): string {
  let result = replaceForbidden(name, rules.replacement)
  // Each step can uncover work for an earlier one; every pass shortens the name or ends in a fixed point.
  for (let pass = 0; pass < 8; pass++) {
    const before = result
    result = replaceLeadingTilde(result, rules.replacement, context)
    if (rules.trimEnds) result = trimEnds(result)
    if (result === '') result = FALLBACK
    result = unreserve(result, rules.reservedSuffix, context)
    result = shorten(result, SEGMENT_MAX_UTF16, context.isFolder)
    if (result === before) break
  }
  return result
}

function replaceForbidden(name: string, replacement: string): string {
  let result = ''
  for (let index = 0; index < name.length; index++) result += isForbiddenUnit(name, index) ? replacement : name.charAt(index)
  return result
}

function replaceLeadingTilde(name: string, replacement: string, context: NameContext): string {
  const isRefused = name.startsWith('~$') || (context.isFolder && name.startsWith('~'))
  return isRefused ? (replacement === '~' ? FALLBACK : replacement) + name.slice(1) : name
}

function trimEnds(name: string): string {
  let start = 0
  let end = name.length
  while (start < end && isEdgeSpace(name.charAt(start))) start++
  while (end > start && (isEdgeSpace(name.charAt(end - 1)) || name.charAt(end - 1) === '.')) end--
  return name.slice(start, end)
}

function unreserve(name: string, suffix: string, context: NameContext): string {
  let result = name
  while (/_vti_/i.test(result)) result = result.replace(/_(vti_)/i, '$1')
  const stem = deviceStem(result)
  if (stem !== undefined) return stem + suffix + result.slice(stem.length)
  const isReserved = findNameIssues(result, context).some((issue) => issue.code === 'RULE_NAME_RESERVED')
  if (!isReserved || result.startsWith('~$')) return result
  const [head, tail] = context.isFolder ? [result, ''] : splitExtension(result)
  // Room for the suffix first: cut off again, it would leave the reserved name as it was.
  return cut(head, Math.min(head.length, SEGMENT_MAX_UTF16 - suffix.length - tail.length)) + suffix + tail
}

/** Stem and last extension with its dot. A long "extension" is no extension but part of a sentence. */
function splitExtension(name: string): readonly [stem: string, extension: string] {
  const dot = name.lastIndexOf('.')
  return dot <= 0 || name.length - dot > 32 ? [name, ''] : [name.slice(0, dot), name.slice(dot)]
}

/** Cuts the stem, keeps the extension of a file, halves no character, and leaves no space or dot where it cut. */
function shorten(name: string, maxUtf16: number, isFolder: boolean): string {
  if (name.length <= maxUtf16) return name
  const [stem, extension] = isFolder ? [name, ''] : splitExtension(name)
  return trimEnds(cut(stem, maxUtf16 - extension.length)) + extension
}

function cut(text: string, maxUtf16: number): string {
  let end = Math.max(1, maxUtf16)
  const last = text.charCodeAt(end - 1)
  if (end > 1 && last >= 0xd800 && last <= 0xdbff) end--
  return text.slice(0, end)
}

/** `report.docx` → `report (2).docx`; folders get the number at their end. Stays within the longest name by cutting the stem. */
export function withSuffix(name: string, number: number, isFolder: boolean): string {
  const suffix = ` (${number})`
  const [stem, extension] = isFolder ? [name, ''] : splitExtension(name)
  return cut(stem, Math.min(stem.length, SEGMENT_MAX_UTF16 - extension.length - suffix.length)) + suffix + extension
}

/** An item of one folder that shares its collision key with others. */
export interface CollidingItem {
  /** Exactly the file system's spelling; unique in its folder. */
  readonly sourceName: string
  /** After repair. */
  readonly destName: string
  readonly isFolder: boolean
}

/**
 * Names for items of one folder whose names cannot stand together. Deterministic whatever the order of `items`: who had a name in the round
 * before keeps it, then who kept the source's spelling goes first, then order of code units; the first takes the plain name, the others
 * ` (2)`, ` (3)`… `isTaken` tells the keys (see collisionKey) of all other items of the folder. The path length is to be judged again by
 * the caller. Returns by source name; an item for which no name is free is absent.
 */
export function assignCollisionFreeNames(
  items: readonly CollidingItem[],
  options: { readonly isTaken: (key: string) => boolean; readonly previousNames?: ReadonlyMap<string, string> },
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const used = new Set<string>()
  const take = (item: CollidingItem, name: string): boolean => {
    const key = collisionKey(name)
    if (used.has(key) || options.isTaken(key)) return false
    used.add(key)
    names.set(item.sourceName, name)
    return true
  }
  const ordered = [...items].sort(byPrecedence)
  const waiting = ordered.filter((item) => {
    const previous = options.previousNames?.get(item.sourceName)
    return previous === undefined || !take(item, previous)
  })
  for (const item of waiting) {
    if (take(item, item.destName)) continue
    for (let number = 2; number <= COLLISION_SUFFIX_MAX; number++) {
      if (take(item, withSuffix(item.destName, number, item.isFolder))) break
    }
  }
  return names
}

function byPrecedence(a: CollidingItem, b: CollidingItem): number {
  const renamedA = a.destName === a.sourceName ? 0 : 1
  const renamedB = b.destName === b.sourceName ? 0 : 1
  if (renamedA !== renamedB) return renamedA - renamedB
  return a.sourceName < b.sourceName ? -1 : a.sourceName > b.sourceName ? 1 : 0
}
