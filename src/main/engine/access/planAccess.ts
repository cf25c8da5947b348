import { SITE_ROLES, type SiteRole } from '../../../shared/domain/access.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { Permissions } from '../ports/permissions.ts'
import type { SourceAccess } from '../ports/source.ts'
import type { Round, ScanRound } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { type AccessJudge, createAccessJudge, type JudgedAccess } from './accessJudge.ts'
import { AccessPlanner } from './accessPlanner.ts'
import { accountNotes } from './accountNotes.ts'
import type { AccessFinding } from './mapAccess.ts'
import { PrincipalDesk } from './principalDesk.ts'

const PAGE_ITEMS = 500

/** Compares every item that arrived with what it will inherit. Goes on after the last item that was looked at. */
export async function planAccess(
  round: Round,
  parts: { readonly access: SourceAccess; readonly permissions: Permissions },
): Promise<void> {
  const judge = await judgeOf(round, parts.access)
  const desk = new PrincipalDesk(round, parts.permissions)
  const planner = new AccessPlanner({
    journal: round.journal,
    judge,
    previous: round.previous,
    isLibraryRoot: round.destination.place.isLibraryRoot,
    atSite: (judged) => atSite(judged, desk),
    flush: () => round.facts.flush(),
  })
  const kinds = kindsOf(round)
  for (let afterId = round.journal.lastAccessId(); ; ) {
    throwIfStopped(round.stops)
    const page = round.journal.items({ afterId, limit: PAGE_ITEMS, kinds, states: ['migrated', 'skipped'] })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const item of page) if (isThere(item)) round.facts.later({ fact: 'access', access: await planner.judge(item) })
    round.facts.later(...accountNotes(judge))
    round.facts.flush()
  }
}

/** A judge for the lists of one task, with everything that people have settled. */
export async function judgeOf(round: ScanRound, access: SourceAccess): Promise<AccessJudge> {
  const { identities, task, stops } = round
  return createAccessJudge({
    settings: task.settings,
    projectMap: (await identities?.projectMap(stops.drop)) ?? [],
    access,
    directory: identities?.directory,
    signal: stops.drop,
  })
}

export function kindsOf({ task }: Pick<ScanRound, 'task'>): readonly ('folder' | 'file')[] {
  return task.settings.permissions === 'all' ? ['folder', 'file'] : ['folder']
}

/** Skipped with a code is not at the destination; without one it was there, unchanged. */
function isThere(item: JournalItem): boolean {
  return item.depth === 0 || item.state === 'migrated' || (item.state === 'skipped' && item.errorCode === undefined)
}

/** By login. Whom the site does not know gets nothing, and that is said. */
async function atSite(
  { roles, findings, grants }: JudgedAccess,
  desk: PrincipalDesk,
): Promise<Pick<JudgedAccess, 'roles' | 'findings'>> {
  const known = new Map<string, SiteRole>()
  const strangers = new Set<string>()
  for (const [target, role] of roles) {
    const login = await desk.loginOf(target)
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

function higherRole(a: SiteRole | undefined, b: SiteRole): SiteRole {
  return a !== undefined && SITE_ROLES.indexOf(a) > SITE_ROLES.indexOf(b) ? a : b
}
