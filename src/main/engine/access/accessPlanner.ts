import type { SiteRole } from '../../../shared/domain/access.ts'
import type { ItemId } from '../../../shared/domain/ids.ts'
import { SCOPE_CHILDREN_MAX, UNIQUE_SCOPES_MAX } from '../../../shared/limits.ts'
import type { JournalItem, ReadableJournal } from '../ports/journal.ts'
import type { JournalAccess } from '../ports/journalAccess.ts'
import { type AccessJudge, isUndecided, type JudgedAccess } from './accessJudge.ts'
import { accessMatrix } from './accessMatrix.ts'
import type { AccessFinding } from './mapAccess.ts'
import { assignmentKey, mayBreakInheritance } from './uniqueScopes.ts'

const KEPT_KEYS = 10_000

export interface AccessPlannerParts {
  readonly journal: ReadableJournal
  readonly judge: AccessJudge
  /** The round before, when this machine has it: what is set already need not be set again. */
  readonly previous: ReadableJournal | undefined
  /** The library's own permissions are never touched. */
  readonly isLibraryRoot: boolean
  /** Roles by login of the site; in a forecast by target key, because nothing is asked of the site. */
  readonly atSite: (judged: JudgedAccess) => Promise<Pick<JudgedAccess, 'roles' | 'findings'>>
  /** Makes what was judged so far readable in the journal. */
  readonly flush: () => void
}

/** Decides for items, parents first, whether each needs permissions of its own: only where they differ from what it would inherit. */
export class AccessPlanner {
  readonly #parts: AccessPlannerParts
  readonly #keys = new Map<ItemId, string>()
  #scopeCount: number

  constructor(parts: AccessPlannerParts) {
    this.#parts = parts
    const { planned, assigned } = parts.journal.accessTotals()
    this.#scopeCount = planned + assigned
  }

  /** Items with permissions of their own so far. */
  get scopeCount(): number {
    return this.#scopeCount
  }

  async judge(item: JournalItem): Promise<JournalAccess> {
    const decided = await this.#decide(item)
    if (this.#keys.size >= KEPT_KEYS) {
      this.#parts.flush()
      this.#keys.clear()
    }
    this.#keys.set(item.id, decided.key)
    return decided
  }

  async #decide(item: JournalItem): Promise<JournalAccess> {
    const inherited = this.#inheritedKey(item)
    const judged = await this.#parts.judge.judge(item.relPath)
    if ('problem' in judged) return failed(item, inherited, { findings: [], message: `${judged.problem} It inherits.` })
    const { roles, findings } = await this.#parts.atSite(judged)
    if (roles.size === 0 && findings.some(({ kind }) => kind === 'unmapped') && !findings.some(isUndecided)) {
      const message = 'None of the accounts that may use it is known at the destination. It inherits.'
      return failed(item, inherited, { findings, message, matrix: await this.#matrix(judged) })
    }
    const list = [...roles].sort(([a], [b]) => (a < b ? -1 : 1)) as readonly (readonly [string, SiteRole])[]
    const key = assignmentKey(list)
    const before = this.#before(item)
    const isOwn = item.depth === 0 ? !this.#parts.isLibraryRoot : key !== inherited
    const told = { itemId: item.id, key, roles: list, findings, message: undefined }
    if (!isOwn) {
      const matrix = findings.length > 0 || item.depth === 0 ? await this.#matrix(judged) : undefined
      return { ...told, state: before?.state === 'assigned' && item.depth > 0 ? 'resetting' : 'inherits', matrix }
    }
    const matrix = await this.#matrix(judged)
    if (before?.state === 'assigned') {
      this.#scopeCount++
      const isUntouched = before.key === key && !this.#wasReplaced(item) && !this.#isCleared(item)
      return { ...told, state: isUntouched ? 'assigned' : 'planned', matrix }
    }
    if (this.#scopeCount >= UNIQUE_SCOPES_MAX) {
      const message = 'The library cannot hold more items with permissions of their own. It inherits.'
      return failed(item, inherited, { findings, message, matrix })
    }
    if (item.kind === 'folder' && !mayBreakInheritance(this.#parts.journal.countBelow(item.relPath, SCOPE_CHILDREN_MAX + 1))) {
      const message = `More than ${SCOPE_CHILDREN_MAX} items are below it: the service gives it no permissions of its own. It inherits.`
      return failed(item, inherited, { findings, message, matrix })
    }
    this.#scopeCount++
    return { ...told, state: 'planned', matrix }
  }

  async #matrix(judged: JudgedAccess): Promise<JournalAccess['matrix']> {
    const { judge } = this.#parts
    const isIgnored = (sid: string) => judge.identify(sid).kind === 'ignored'
    return accessMatrix(judged, {
      share: await judge.share(),
      membership: judge.members,
      isIgnored,
      nameOf: (sid) => judge.nameOf(sid),
    })
  }

  /** Of the nearest folder above that was looked at. */
  #inheritedKey(item: JournalItem): string {
    for (let { parentId } = item; parentId !== undefined; ) {
      const known = this.#keys.get(parentId) ?? this.#parts.journal.accessOf(parentId)?.key
      if (known !== undefined) return known
      parentId = this.#parts.journal.item(parentId)?.parentId
    }
    return ''
  }

  /** What the round before did, to the same thing at the destination. */
  #before(item: JournalItem): JournalAccess | undefined {
    const { previous } = this.#parts
    const former = previous?.itemAt(item.relPath)
    const isSame = former?.destItemId !== undefined && former.destItemId === item.destItemId
    return isSame || (item.depth === 0 && former !== undefined) ? previous?.accessOf(former.id) : undefined
  }

  /** An import replaces a file together with its permissions. */
  #wasReplaced(item: JournalItem): boolean {
    return item.kind === 'file' && item.state === 'migrated'
  }

  /** A folder above that gets its own permissions anew clears those of everything below it. */
  #isCleared(item: JournalItem): boolean {
    const { journal } = this.#parts
    for (let { parentId } = item; parentId !== undefined; ) {
      this.#parts.flush()
      const folder = journal.item(parentId)
      if (folder === undefined) return true
      const state = journal.accessOf(parentId)?.state
      if ((state === 'planned' || state === 'assigned') && this.#before(folder)?.state !== 'assigned') return true
      parentId = folder.parentId
    }
    return false
  }
}

function failed(
  item: JournalItem,
  inheritedKey: string,
  why: { readonly findings: readonly AccessFinding[]; readonly message: string; readonly matrix?: JournalAccess['matrix'] },
): JournalAccess {
  return { itemId: item.id, key: inheritedKey, state: 'failed', roles: [], ...why }
}
