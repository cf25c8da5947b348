import type { ItemIssue } from '../../../shared/domain/item.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { UNIQUE_SCOPES_ADVISED, UNIQUE_SCOPES_MAX } from '../../../shared/limits.ts'
import type { AccountFinder } from '../identity/accountFinder.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { JournalAccess } from '../ports/journalAccess.ts'
import type { ScanRound } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import type { PlaceFacts } from '../scan/scanItem.ts'
import { isUndecided } from './accessJudge.ts'
import { AccessPlanner } from './accessPlanner.ts'
import { noAccessLists } from './accessStage.ts'
import { accountNotes, describeAccount } from './accountNotes.ts'
import { judgeOf, kindsOf } from './planAccess.ts'
import { judgeScopes } from './uniqueScopes.ts'

const PAGE_ITEMS = 500

/**
 * Foretells what the permission pass would do, without asking the site for anything: which items need permissions of their own, who gets less
 * or more, who is nobody, and which budgets of the library that would exceed. Only for journals
 * that nothing is migrated from. Errors: SRC_NO_ACCESS_LISTS.
 */
export async function forecastAccess(round: ScanRound, place: Pick<PlaceFacts, 'isLibraryRoot'>): Promise<void> {
  const { source, task, journal, stops } = round
  if (task.settings.permissions === 'none') return
  if (source.access === undefined) throw noAccessLists(source)
  const judge = await judgeOf(round, source.access)
  let waiting: JournalFact[] = []
  const flush = () => {
    journal.record(waiting)
    waiting = []
  }
  const atSite: ConstructorParameters<typeof AccessPlanner>[0]['atSite'] = async ({ roles, findings }) => ({ roles, findings })
  const planner = new AccessPlanner({
    journal,
    judge,
    previous: undefined,
    isLibraryRoot: place.isLibraryRoot,
    atSite,
    flush,
  })
  for (let afterId = 0; ; ) {
    throwIfStopped(stops)
    const page = journal.items({ afterId, limit: PAGE_ITEMS, kinds: kindsOf(round), states: ['scanned'] })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const item of page) {
      const access = await planner.judge(item)
      waiting.push({ fact: 'access', access }, ...issueFacts(item, accessIssues(access)))
    }
    waiting.push(...accountNotes(judge))
    flush()
  }
  await noteOwners(round, judge.finder)
  const root = journal.items({ afterId: 0, limit: 1 })[0]
  if (root) journal.record(issueFacts(root, scopeIssues(planner.scopeCount)))
}

/**
 * Before anything moves: whether a refusal cannot be carried exactly and the person wants to be asked. Nothing is written down. Errors:
 * RULE_ACCESS_UNDECIDED with the first places.
 */
export async function assertAccessDecided(round: ScanRound): Promise<void> {
  const { source, task, journal, stops } = round
  if (task.settings.permissions === 'none' || task.settings.whenDenied !== 'ask' || source.access === undefined) return
  const judge = await judgeOf(round, source.access)
  const undecided: string[] = []
  for (let afterId = 0; ; ) {
    throwIfStopped(stops)
    const page = journal.items({ afterId, limit: PAGE_ITEMS, kinds: kindsOf(round), states: ['scanned'] })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const { relPath } of page) {
      const judged = await judge.judge(relPath)
      if (!('problem' in judged) && judged.findings.some(isUndecided))
        undecided.push(relPath === '' ? 'the source itself' : relPath)
      if (undecided.length > SHOWN) break
    }
    if (undecided.length > SHOWN) break
  }
  if (undecided.length === 0) return
  const shown = undecided.slice(0, SHOWN).join(', ')
  throw new MigrationError(
    'RULE_ACCESS_UNDECIDED',
    `Refusals cannot be carried exactly at ${shown}${undecided.length > SHOWN ? ' and more' : ''}.`,
    { remedy: { kind: 'stopTask' } },
  )
}
const SHOWN = 5

function accessIssues({ findings, state, message }: JournalAccess): readonly ItemIssue[] {
  const issues: ItemIssue[] = []
  const undecided = findings.filter(isUndecided)
  if (undecided.length > 0)
    issues.push({
      code: 'RULE_ACCESS_UNDECIDED',
      effect: 'warns',
      detail: `${undecided.length} of its accounts cannot have exactly what they have at the source; the access matrix says who.`,
    })
  if (findings.some(({ kind }) => kind === 'widened'))
    issues.push({ code: 'RULE_ACCESS_WIDER', effect: 'warns', detail: 'The nearest role can do more than an account could.' })
  if (findings.some(({ kind }) => kind === 'shareUnknown'))
    issues.push({
      code: 'RULE_ACCESS_WIDER',
      effect: 'warns',
      detail:
        'The permissions of the share itself cannot be read by this account: whoever they hold back may do more afterwards.',
    })
  const special = findings.filter(({ kind }) => kind === 'specialRights').length
  if (special > 0)
    issues.push({
      code: 'RULE_ACCESS_LEFT',
      effect: 'warns',
      detail: `${special} of its accounts have rights that no role stands for; these stay behind.`,
    })
  const unmapped = findings.flatMap((finding) => (finding.kind === 'unmapped' ? [finding.sid] : []))
  if (unmapped.length > 0)
    issues.push({
      code: 'RULE_ACCOUNT_UNKNOWN',
      effect: 'warns',
      detail: `${unmapped.length} of its accounts are nobody at the destination: ${unmapped.slice(0, SHOWN).join(', ')}.`,
    })
  if (state === 'failed' && message !== undefined) issues.push({ code: 'RULE_ACCESS_LEFT', effect: 'warns', detail: message })
  return issues
}

/** Of the library as a whole; exported for its limits. */
export function scopeIssues(count: number): readonly ItemIssue[] {
  const budget = judgeScopes(count)
  if (budget.kind === 'fine') return []
  const [code, limit] =
    budget.kind === 'aboveMax'
      ? (['RULE_SCOPES_TOO_MANY', UNIQUE_SCOPES_MAX] as const)
      : (['RULE_SCOPES_MANY', UNIQUE_SCOPES_ADVISED] as const)
  return [
    {
      code,
      effect: 'warns',
      detail: `${count} items would have permissions of their own; the library takes ${limit} ${budget.kind === 'aboveMax' ? 'at most' : 'without becoming slow'}.`,
    },
  ]
}

function issueFacts({ id, issues }: JournalItem, more: readonly ItemIssue[]): readonly JournalFact[] {
  return more.length === 0 ? [] : [{ fact: 'issues', id, issues: [...issues, ...more] }]
}

/** Owners are accounts as well: whoever is nobody cannot be named as author. */
async function noteOwners({ journal }: ScanRound, finder: AccountFinder): Promise<void> {
  const owners = journal.ownerCounts().filter(({ owner }) => owner.startsWith('S-1-'))
  await finder.meet(owners.map(({ owner }) => owner))
  journal.record(
    owners.map(({ owner, itemCount }) => ({
      fact: 'account',
      account: describeAccount(finder.resolutionOf(owner), { listedCount: 0, ownedCount: itemCount }),
    })),
  )
}
