import type { SiteRole } from '../../../shared/domain/access.ts'
import type { ItemId } from '../../../shared/domain/ids.ts'
import { asMigrationError } from '../../../shared/errors.ts'
import { UNIQUE_SCOPES_MAX } from '../../../shared/limits.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { JournalAccess } from '../ports/journalAccess.ts'
import type { Permissions } from '../ports/permissions.ts'
import type { SourceAccess } from '../ports/source.ts'
import type { Round } from '../run/round.ts'
import { endsTask, throwIfStopped } from '../run/stopping.ts'
import { accessOfItem, type ItemAccess, type Membership } from './effectiveAccess.ts'
import { type AccessFinding, mapAccess } from './mapAccess.ts'
import { PrincipalDesk } from './principalDesk.ts'
import { parseSddl } from './sddl.ts'
import { assignmentKey } from './uniqueScopes.ts'

const PAGE_ITEMS = 500
const KEPT_KEYS = 10_000
const KEPT_LISTS = 1_000
/** Nobody tells who belongs to whom: then a deny counts against everybody whom it may concern. */
const UNKNOWN_MEMBERS: Membership = { membersOf: () => undefined }

/** Compares every item that arrived with what it will inherit. Goes on after the last item that was looked at. */
export async function planAccess(
  round: Round,
  parts: { readonly access: SourceAccess; readonly permissions: Permissions },
): Promise<void> {
  const planner = new AccessPlanner(round, parts)
  const kinds = round.task.settings.permissions === 'all' ? (['folder', 'file'] as const) : (['folder'] as const)
  for (let afterId = round.journal.lastAccessId(); ; ) {
    throwIfStopped(round.stops)
    const page = round.journal.items({
      afterId,
      limit: PAGE_ITEMS,
      kinds,
      states: ['migrated', 'skipped'],
    })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const item of page) if (isThere(item)) round.facts.later({ fact: 'access', access: await planner.judge(item) })
    round.facts.flush()
  }
}

/** Skipped with a code is not at the destination; without one it was there, unchanged. */
function isThere(item: JournalItem): boolean {
  return item.depth === 0 || item.state === 'migrated' || (item.state === 'skipped' && item.errorCode === undefined)
}

type Found = { readonly access: ItemAccess } | { readonly problem: string }

class AccessPlanner {
  readonly #round: Round
  readonly #access: SourceAccess
  readonly #desk: PrincipalDesk
  /** Most items of a tree have one of a few lists. */
  readonly #lists = new Map<string, Found>()
  readonly #keys = new Map<ItemId, string>()
  #plannedCount: number

  constructor(round: Round, parts: { readonly access: SourceAccess; readonly permissions: Permissions }) {
    this.#round = round
    this.#access = parts.access
    this.#desk = new PrincipalDesk(round, parts)
    const { planned, assigned } = round.journal.accessTotals()
    this.#plannedCount = planned + assigned
  }

  async judge(item: JournalItem): Promise<JournalAccess> {
    const judged = await this.#judge(item)
    if (this.#keys.size >= KEPT_KEYS) this.#keys.clear()
    this.#keys.set(item.id, judged.key)
    return judged
  }

  async #judge(item: JournalItem): Promise<JournalAccess> {
    const inherited = this.#inheritedKey(item)
    const stays = (state: 'inherits' | 'failed', findings: readonly AccessFinding[], message?: string): JournalAccess => ({
      itemId: item.id,
      key: inherited,
      state,
      roles: [],
      findings,
      message,
    })
    const found = await this.#read(item)
    if ('problem' in found) return stays('failed', [], `${found.problem} It inherits.`)
    await this.#desk.meet(found.access.accounts.map(({ sid }) => sid))
    const { roles, findings } = mapAccess(found.access, {
      share: undefined,
      membership: UNKNOWN_MEMBERS,
      identify: this.#desk.identify,
      roles: this.#round.task.settings.roleMap,
    })
    if (roles.size === 0 && findings.some(({ kind }) => kind === 'unmapped'))
      return stays('failed', findings, 'None of the accounts that may use it is known at the destination. It inherits.')
    const list = [...roles].sort(([a], [b]) => (a < b ? -1 : 1)) as readonly (readonly [string, SiteRole])[]
    const key = assignmentKey(list)
    const isOwn = item.depth === 0 ? !this.#round.destination.place.isLibraryRoot : key !== inherited
    if (!isOwn) return { itemId: item.id, key, state: 'inherits', roles: list, findings, message: undefined }
    if (this.#plannedCount >= UNIQUE_SCOPES_MAX)
      return stays('failed', findings, 'The library cannot hold more items with permissions of their own. It inherits.')
    this.#plannedCount++
    return { itemId: item.id, key, state: 'planned', roles: list, findings, message: undefined }
  }

  /** Of the nearest folder above that was looked at. */
  #inheritedKey(item: JournalItem): string {
    for (let { parentId } = item; parentId !== undefined; ) {
      const known = this.#keys.get(parentId) ?? this.#round.journal.accessOf(parentId)?.key
      if (known !== undefined) return known
      parentId = this.#round.journal.item(parentId)?.parentId
    }
    return ''
  }

  async #read(item: JournalItem): Promise<Found> {
    try {
      const sddl = await this.#access.descriptor(item.relPath, this.#round.stops.drop)
      if (sddl === undefined) return { problem: 'Its permissions are not known.' }
      const known = this.#lists.get(sddl)
      if (known) return known
      const found = read(sddl)
      if (this.#lists.size >= KEPT_LISTS) this.#lists.clear()
      this.#lists.set(sddl, found)
      return found
    } catch (thrown) {
      this.#round.stops.drop.throwIfAborted()
      const error = asMigrationError(thrown)
      if (endsTask(error)) throw error
      return { problem: error.message }
    }
  }
}

function read(sddl: string): Found {
  try {
    return { access: accessOfItem(parseSddl(sddl)) }
  } catch (thrown) {
    return { problem: `Its permissions cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}.` }
  }
}
