import type { IdentityMapping } from '../../../shared/domain/identity.ts'
import type { ItemIssue } from '../../../shared/domain/item.ts'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { parseSddl } from '../access/sddl.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { Source, SourceAccess, SourceEntry } from '../ports/source.ts'
import type { ScanRound } from '../run/round.ts'
import { AccountFinder } from './accountFinder.ts'
import { createIdentityMap } from './identityMap.ts'

/** Who an owner is at the destination, or why nobody can be named there. */
export type OwnerFinding =
  | { readonly kind: 'person'; readonly upn: string }
  | { readonly kind: 'unknown'; readonly issue: ItemIssue }
  /** Nothing was asked for, or the platform tells no owner. */
  | { readonly kind: 'none' }

/** Whether owners of files are to stand as authors. */
export const wantsAuthors = ({ identityMap, nameAuthors }: Pick<TaskSettings, 'identityMap' | 'nameAuthors'>): boolean =>
  identityMap.length > 0 || nameAuthors

/** For one round: with the mapping of the task alone, or, when the task asks for it, with everything that is known of accounts. */
export async function createOwnerFinder(round: ScanRound): Promise<OwnerFinder> {
  const { source, task, identities, stops } = round
  if (!task.settings.nameAuthors) return new OwnerFinder(source, task.settings.identityMap)
  const finder = new AccountFinder({
    settings: task.settings,
    projectMap: (await identities?.projectMap(stops.drop)) ?? [],
    access: source.access,
    directory: identities?.directory,
    signal: stops.drop,
  })
  return new OwnerFinder(source, task.settings.identityMap, finder)
}

/** Looks owners up in the task's identity map, then among the accounts that were met; each of them once. */
export class OwnerFinder {
  readonly #source: Source
  readonly #map: ReturnType<typeof createIdentityMap>
  readonly #finder: AccountFinder | undefined
  readonly #found = new Map<string, OwnerFinding>()

  constructor(source: Source, rows: readonly IdentityMapping[], finder?: AccountFinder) {
    this.#source = source
    this.#map = createIdentityMap(rows)
    this.#finder = finder
  }

  /** Asks for all of them at once; `of` answers afterwards. */
  async meet(owners: Iterable<string | undefined>): Promise<void> {
    await this.#finder?.meet([...owners].filter((owner) => owner !== undefined && isSid(owner)) as string[])
  }

  /** The same files with their owners, where the walk tells none and access lists do. Only when accounts are looked up. */
  async withOwners(entries: readonly SourceEntry[], signal: AbortSignal): Promise<readonly SourceEntry[]> {
    const { access } = this.#source
    if (this.#finder === undefined || access === undefined) return entries
    const owned = [...entries]
    for (let at = 0; at < owned.length; at += LISTS_AT_ONCE) {
      await Promise.all(
        owned.slice(at, at + LISTS_AT_ONCE).map(async (entry, index) => {
          if (entry.kind !== 'file' || entry.owner !== undefined || entry.issue !== undefined) return
          const owner = await ownerByList(access, entry.relPath, signal)
          if (owner !== undefined) owned[at + index] = { ...entry, owner }
        }),
      )
    }
    await this.meet(new Set(owned.map(({ owner }) => owner)))
    return owned
  }

  of(owner: string | undefined): OwnerFinding {
    if (owner === undefined || (this.#map.isEmpty && this.#finder === undefined)) return NONE
    const known = this.#found.get(owner)
    if (known !== undefined) return known
    const finding = this.#look(owner)
    this.#found.set(owner, finding)
    return finding
  }

  #look(owner: string): OwnerFinding {
    const more = isSid(owner) ? (this.#source.access?.accountSpellings(owner) ?? []) : []
    const spellings = [...new Set([...this.#source.ownerSpellings(owner), ...more])]
    const row = this.#map.find(spellings)
    const shown = spellings.join(', ')
    if (row?.isGroup === true)
      return unknownOwner(`Its owner (${shown}) is the group "${row.target}"; only a person can be an author.`)
    if (row !== undefined) return { kind: 'person', upn: row.target }
    if (this.#finder === undefined || !isSid(owner)) return unknownOwner(`Its owner (${shown}) is not in the identity map.`)
    const { target } = this.#finder.resolutionOf(owner)
    if (target.kind === 'person') return { kind: 'person', upn: target.upn }
    const why = target.kind === 'nobody' ? 'is nobody at the destination' : 'is no person there; only a person can be an author'
    return unknownOwner(`Its owner (${shown}) ${why}.`)
  }
}

/** Access lists that are read side by side. */
const LISTS_AT_ONCE = 16
const isSid = (owner: string): boolean => owner.startsWith('S-1-')

/** A list that cannot be read tells no owner; the file itself may be read all the same. */
async function ownerByList(access: SourceAccess, relPath: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const sddl = await access.descriptor(relPath, signal)
    return sddl === undefined ? undefined : parseSddl(sddl).owner
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

const NONE: OwnerFinding = { kind: 'none' }

/** What SharePoint shows instead is its own account: the import names nobody else. [D.6] */
export const unknownOwner = (why: string) =>
  ({
    kind: 'unknown',
    issue: {
      code: 'RULE_OWNER_UNKNOWN',
      effect: 'warns',
      detail: `${why} Created by and Modified by will not show a person.`,
    },
  }) as const satisfies OwnerFinding

/** An item has it once. */
export function noteOwnerIssue({ id, issues }: JournalItem, issue: ItemIssue | undefined): readonly JournalFact[] {
  if (issue === undefined || issues.some(({ code }) => code === issue.code)) return []
  return [{ fact: 'issues', id, issues: [...issues, issue] }]
}
