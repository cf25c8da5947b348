import type { SiteRole } from '../../../shared/domain/access.ts'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { asMigrationError } from '../../../shared/errors.ts'
import { AccountFinder, type AccountResolution } from '../identity/accountFinder.ts'
import { GroupMembers } from '../identity/groupMembers.ts'
import type { Directory } from '../ports/directory.ts'
import type { SourceAccess } from '../ports/source.ts'
import { endsTask } from '../run/stopping.ts'
import { accessOfItem, type ItemAccess } from './effectiveAccess.ts'
import { type AccessFinding, type Identity, type MappedAccess, mapAccess } from './mapAccess.ts'
import { parseSddl } from './sddl.ts'
import type { Sid } from './securityDescriptor.ts'

const KEPT_LISTS = 1_000

/** What one access list comes to, whoever's it is. `roles` are by target key, not yet by what a site knows. */
export interface JudgedAccess extends MappedAccess {
  readonly item: ItemAccess
}

export interface AccessJudgeParts {
  readonly settings: Pick<TaskSettings, 'identityMap' | 'lookUpAccounts' | 'accountRules' | 'orphans' | 'roleMap' | 'whenDenied'>
  readonly access: SourceAccess
  readonly finder: AccountFinder
  readonly members: GroupMembers
  readonly signal: AbortSignal
}

/** Everything that a judge of access lists needs, for one task. */
export function createAccessJudge(parts: {
  readonly settings: AccessJudgeParts['settings']
  readonly projectMap: AccountFinderProjectMap
  readonly access: SourceAccess
  readonly directory: Directory | undefined
  readonly signal: AbortSignal
}): AccessJudge {
  const finder = new AccountFinder(parts)
  return new AccessJudge({ ...parts, finder, members: new GroupMembers({ ...parts, finder }) })
}
type AccountFinderProjectMap = ConstructorParameters<typeof AccountFinder>[0]['projectMap']

/**
 * Says what access lists come to: who their accounts are, who is refused what, and which role each gets. The same list is judged once; accounts
 * are asked for once. The members of groups are only asked for where a refusal, or the share, makes them matter.
 */
export class AccessJudge {
  readonly finder: AccountFinder
  readonly members: GroupMembers
  readonly #parts: AccessJudgeParts
  /** Most items of a tree have one of a few lists. */
  readonly #judged = new Map<string, JudgedAccess | { readonly problem: string }>()
  #counts = new Map<Sid, number>()
  #share: Promise<ItemAccess | undefined> | undefined

  constructor(parts: AccessJudgeParts) {
    this.#parts = parts
    this.finder = parts.finder
    this.members = parts.members
  }

  /** Of an entry of the source. What cannot be read is a problem in words. Errors: what ends the task. */
  async judge(relPath: string): Promise<JudgedAccess | { readonly problem: string }> {
    const { access, signal } = this.#parts
    try {
      const sddl = await access.descriptor(relPath, signal)
      if (sddl === undefined) return { problem: 'Its permissions are not known.' }
      const known = this.#judged.get(sddl)
      const judged = this.#counted(known ?? (await this.#judge(sddl)))
      if (!known && this.#judged.size >= KEPT_LISTS) this.#judged.clear()
      this.#judged.set(sddl, judged)
      return relPath === '' ? await this.#withShare(judged) : judged
    } catch (thrown) {
      signal.throwIfAborted()
      const error = asMigrationError(thrown)
      if (endsTask(error)) throw error
      return { problem: error.message }
    }
  }

  /** Of how many lists each account was since the last time; every list that was judged counts. */
  takeCounts(): ReadonlyMap<Sid, number> {
    const counts = this.#counts
    this.#counts = new Map()
    return counts
  }

  #counted<Judged extends JudgedAccess | { readonly problem: string }>(judged: Judged): Judged {
    if ('item' in judged) for (const { sid } of judged.item.accounts) this.#counts.set(sid, (this.#counts.get(sid) ?? 0) + 1)
    return judged
  }

  /** What the permissions of the share itself allow; undefined = nothing is cut. */
  share(): Promise<ItemAccess | undefined> {
    this.#share ??= this.#readShare()
    return this.#share
  }

  readonly identify = (sid: Sid): Identity => {
    const resolution = this.finder.resolutionOf(sid)
    const behind = resolution.way === 'notAsked' ? this.members.accountBehind(sid) : undefined
    if (behind === undefined) return identityOf(resolution)
    return { kind: 'principal', login: behind.upn === undefined ? `group:${behind.id}` : `person:${behind.upn.toLowerCase()}` }
  }

  /** As people read it. */
  nameOf(sid: Sid): string | undefined {
    const behind = this.members.accountBehind(sid)
    if (behind !== undefined) return behind.upn ?? behind.displayName
    const { names, account } = this.finder.resolutionOf(sid)
    return names[0] ?? account?.upn ?? account?.displayName
  }

  /** The source as a whole says once that its share is not known. */
  async #withShare(judged: JudgedAccess | { readonly problem: string }): Promise<JudgedAccess | { readonly problem: string }> {
    const isUnknown = this.#parts.access.shareDescriptor !== undefined && (await this.share()) === undefined
    return 'problem' in judged || !isUnknown ? judged : { ...judged, findings: [...judged.findings, { kind: 'shareUnknown' }] }
  }

  async #readShare(): Promise<ItemAccess | undefined> {
    const sddl = await this.#parts.access.shareDescriptor?.(this.#parts.signal)
    return sddl === undefined ? undefined : accessOfItem(parseSddl(sddl))
  }

  async #judge(sddl: string): Promise<JudgedAccess | { readonly problem: string }> {
    let item: ItemAccess
    try {
      item = accessOfItem(parseSddl(sddl))
    } catch (thrown) {
      return { problem: `Its permissions cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}.` }
    }
    const share = await this.share()
    const named = [...item.accounts, ...(share?.accounts ?? [])].map(({ sid }) => sid)
    await this.finder.meet(named)
    if (isRefused(item) || (share !== undefined && !isOpenToAll(share))) await this.members.meet(this.#opened(named))
    const { settings } = this.#parts
    const mapped = mapAccess(item, { share, membership: this.members, identify: this.identify, roles: settings.roleMap })
    const isClosed = settings.whenDenied !== 'narrow' && mapped.findings.some(isUndecided)
    if (!isClosed) return { ...mapped, item }
    return { ...mapped, roles: NOBODY, grants: mapped.grants.map((grant) => ({ ...grant, role: undefined })), item }
  }

  /** With the members of groups that are opened up. */
  #opened(sids: readonly Sid[]): ReadonlySet<Sid> {
    const all = new Set<Sid>()
    const open = [...sids]
    for (let sid = open.pop(); sid !== undefined; sid = open.pop()) {
      if (all.has(sid)) continue
      all.add(sid)
      const { target } = this.finder.resolutionOf(sid)
      if (target.kind === 'members') open.push(...target.sids)
    }
    return all
  }
}

const NOBODY: ReadonlyMap<string, SiteRole> = new Map()

/** A refusal that the destination has no words for, so that somebody has to decide. */
export const isUndecided = ({ kind }: AccessFinding): boolean =>
  kind === 'cutByDeny' || kind === 'cutByShare' || kind === 'unclear'

const isRefused = (item: ItemAccess): boolean => item.steps.some(({ effect }) => effect === 'deny')

const EVERYBODY: ReadonlySet<Sid> = new Set(['S-1-1-0', 'S-1-5-11'])
const isOpenToAll = (share: ItemAccess): boolean =>
  share.steps.every(({ effect, sid }) => effect === 'allow' && EVERYBODY.has(sid))

function identityOf({ target, account }: AccountResolution): Identity {
  switch (target.kind) {
    case 'person':
      return { kind: 'principal', login: `person:${target.upn.toLowerCase()}` }
    case 'group':
      return { kind: 'principal', login: `group:${account?.id ?? target.name.toLowerCase()}` }
    case 'everyone':
    case 'siteOwners':
      return { kind: 'principal', login: target.kind }
    case 'members':
      return { kind: 'members', sids: target.sids }
    case 'ignored':
      return { kind: 'ignored' }
    case 'nobody':
      return { kind: 'unmapped' }
  }
}
