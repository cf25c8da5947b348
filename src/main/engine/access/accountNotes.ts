import type { AccountResolution, AccountTarget } from '../identity/accountFinder.ts'
import type { DirectoryAccount } from '../ports/directory.ts'
import type { JournalFact } from '../ports/journal.ts'
import type { JournalAccount } from '../ports/journalAccess.ts'
import type { AccessJudge } from './accessJudge.ts'

/** Notes who the accounts of the lists are that were judged since the last time, and of how many items. */
export function accountNotes(judge: AccessJudge): readonly JournalFact[] {
  return [...judge.takeCounts()].map(([sid, listedCount]) => ({
    fact: 'account',
    account: describeAccount(judge.finder.resolutionOf(sid), { listedCount, ownedCount: 0 }),
  }))
}

/** An account as people read it: how it was found, whom it becomes, whom it might be. */
export function describeAccount(
  { sid, names, way, target, account, suggestions }: AccountResolution,
  counts: Pick<JournalAccount, 'listedCount' | 'ownedCount'>,
): JournalAccount {
  const [name] = names
  return {
    sid,
    name,
    way,
    kind: target.kind,
    target: targetText(target, account),
    suggestions: suggestions.map((one) => ({ target: one.upn ?? one.displayName, isGroup: one.kind !== 'person' })),
    ...counts,
  }
}

function targetText(target: AccountTarget, account: DirectoryAccount | undefined): string | undefined {
  if (target.kind === 'person') return target.upn
  if (target.kind === 'group') return account?.displayName ?? target.name
  return target.kind === 'members' ? target.sids.join(', ') : undefined
}
