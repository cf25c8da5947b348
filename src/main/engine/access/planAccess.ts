import { SITE_ROLES, type SiteRole } from '../../../shared/domain/access.ts'
import type { ItemId } from '../../../shared/domain/ids.ts'
import { UNIQUE_SCOPES_MAX } from '../../../shared/limits.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { JournalAccess } from '../ports/journalAccess.ts'
import type { Permissions } from '../ports/permissions.ts'
import type { SourceAccess } from '../ports/source.ts'
import type { Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { type AccessJudge, createAccessJudge, isUndecided, type JudgedAccess } from './accessJudge.ts'
import type { AccessFinding } from './mapAccess.ts'
import { PrincipalDesk } from './principalDesk.ts'
import { assignmentKey } from './uniqueScopes.ts'

const PAGE_ITEMS = 500
const KEPT_KEYS = 10_000

/** Compares every item that arrived with what it will inherit. Goes on after the last item that was looked at. */
export async function planAccess(
  round: Round,
  parts: { readonly access: SourceAccess; readonly permissions: Permissions },
): Promise<void> {
  const { identities, task, stops } = round
  const judge = createAccessJudge({
    settings: task.settings,
    projectMap: (await identities?.projectMap(stops.drop)) ?? [],
    access: parts.access,
    directory: identities?.directory,
    signal: stops.drop,
  })
  const planner = new AccessPlanner(round, judge, parts.permissions)
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

class AccessPlanner {
  readonly #round: Round
  readonly #judge: AccessJudge
  readonly #desk: PrincipalDesk
  readonly #keys = new Map<ItemId, string>()
  #plannedCount: number

  constructor(round: Round, judge: AccessJudge, permissions: Permissions) {
    this.#round = round
    this.#judge = judge
    this.#desk = new PrincipalDesk(round, permissions)
    const { planned, assigned } = round.journal.accessTotals()
    this.#plannedCount = planned + assigned
  }

  async judge(item: JournalItem): Promise<JournalAccess> {
    const judged = await this.#decide(item)
    if (this.#keys.size >= KEPT_KEYS) this.#keys.clear()
    this.#keys.set(item.id, judged.key)
    return judged
  }

  async #decide(item: JournalItem): Promise<JournalAccess> {
    const inherited = this.#inheritedKey(item)
    const stays = (state: 'inherits' | 'failed', findings: readonly AccessFinding[], message?: string): JournalAccess => ({
      itemId: item.id,
      key: inherited,
      state,
      roles: [],
      findings,
      message,
    })
    const judged = await this.#judge.judge(item.relPath)
    if ('problem' in judged) return stays('failed', [], `${judged.problem} It inherits.`)
    const { roles, findings } = await this.#atSite(judged)
    if (roles.size === 0 && findings.some(({ kind }) => kind === 'unmapped') && !findings.some(isUndecided))
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

  /** By login. Whom the site does not know gets nothing, and that is said. */
  async #atSite({ roles, findings, grants }: JudgedAccess): Promise<Pick<JudgedAccess, 'roles' | 'findings'>> {
    const known = new Map<string, SiteRole>()
    const strangers = new Set<string>()
    for (const [target, role] of roles) {
      const login = await this.#desk.loginOf(target)
      if (login === undefined) strangers.add(target)
      else known.set(login, higherRole(known.get(login), role))
    }
    const unknown = grants.flatMap(({ to, level, login, role }): AccessFinding[] =>
      role !== undefined && level !== 'none' && login !== undefined && strangers.has(login)
        ? [{ kind: 'unmapped', sid: to, level }]
        : [],
    )
    return { roles: known, findings: [...findings, ...unknown] }
  }
}

function higherRole(a: SiteRole | undefined, b: SiteRole): SiteRole {
  return a !== undefined && SITE_ROLES.indexOf(a) > SITE_ROLES.indexOf(b) ? a : b
}
