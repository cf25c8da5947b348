import type { AccountRules, AccountWay, IdentityMapping } from '../../../shared/domain/identity.ts'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { GROUP_SPLIT_MAX } from '../../../shared/limits.ts'
import type { Sid } from '../access/securityDescriptor.ts'
import { ruleOfSid } from '../access/wellKnownSids.ts'
import type { Directory, DirectoryAccount, DirectoryAnswers } from '../ports/directory.ts'
import type { SourceAccess, SourceAccount } from '../ports/source.ts'
import { createIdentityMap } from './identityMap.ts'

/** Whom an account of the source becomes. `siteOwners` and `everyone` are known to the site alone. */
export type AccountTarget =
  | { readonly kind: 'person'; readonly upn: string }
  /** By object id, name or mail of the directory, or by name of a group of the site. */
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'everyone' }
  | { readonly kind: 'siteOwners' }
  | { readonly kind: 'members'; readonly sids: readonly Sid[] }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'nobody' }

export interface AccountResolution {
  readonly sid: Sid
  /** As the source shows it, the SID itself left out. */
  readonly names: readonly string[]
  readonly way: AccountWay
  readonly target: AccountTarget
  /** Of the directory, when it was found there. */
  readonly account: DirectoryAccount | undefined
  /** Whom a person might mean. Never taken by itself. */
  readonly suggestions: readonly DirectoryAccount[]
}

export interface AccountFinderParts {
  readonly settings: Pick<TaskSettings, 'identityMap' | 'lookUpAccounts' | 'accountRules' | 'orphans'>
  /** Rows that hold for the whole project; those of the task go before them. */
  readonly projectMap: readonly IdentityMapping[]
  readonly access: Pick<SourceAccess, 'accountSpellings' | 'accounts'> | undefined
  readonly directory: Directory | undefined
  readonly signal: AbortSignal
}

const isAccountSid = (sid: string): boolean => /^S-1-(5-21|12-1)-/i.test(sid)
const nameOf = (spelling: string): string => spelling.slice(spelling.lastIndexOf('\\') + 1)

/**
 * Finds out whom accounts of the source are, each of them once: the person's own mapping first, then the rule for well-known accounts, then
 * groups of the file server, then the directory by SID, user principal name, and name with domain. Two that answer decide nothing. [H.2]
 */
export class AccountFinder {
  readonly #parts: AccountFinderParts
  readonly #map: ReturnType<typeof createIdentityMap>
  readonly #found = new Map<Sid, AccountResolution>()
  readonly #atSource = new Map<Sid, SourceAccount | undefined>()

  constructor(parts: AccountFinderParts) {
    this.#parts = parts
    this.#map = createIdentityMap([...parts.settings.identityMap, ...parts.projectMap])
  }

  /** Asks for all of them at once; `resolutionOf` answers afterwards. Members of opened groups are met as well. */
  async meet(sids: Iterable<Sid>): Promise<void> {
    let open = [...new Set(sids)].filter((sid) => !this.#found.has(sid))
    while (open.length > 0) {
      await this.#meet(open)
      const members = open.flatMap((sid) => {
        const target = this.#found.get(sid)?.target
        return target?.kind === 'members' ? target.sids : []
      })
      open = [...new Set(members)].filter((sid) => !this.#found.has(sid))
    }
  }

  resolutionOf(sid: Sid): AccountResolution {
    return this.#found.get(sid) ?? this.#resolved(sid, 'notAsked', { kind: 'nobody' })
  }

  /** What the source tells of an account that was met. */
  atSource(sid: Sid): SourceAccount | undefined {
    return this.#atSource.get(sid)
  }

  /** What the source tells of accounts, whether they are on any list or not. */
  async askSource(sids: readonly Sid[]): Promise<void> {
    const open = sids.filter((sid) => !this.#atSource.has(sid))
    if (open.length === 0) return
    const told = await this.#parts.access?.accounts?.(open, this.#parts.signal)
    for (const sid of open) this.#atSource.set(sid, told?.get(sid))
  }

  get #rules(): AccountRules {
    return this.#parts.settings.accountRules
  }

  #spellings(sid: Sid): readonly string[] {
    return [...new Set([sid, ...(this.#parts.access?.accountSpellings(sid) ?? []), ...(this.#atSource.get(sid)?.names ?? [])])]
  }

  #resolved(
    sid: Sid,
    way: AccountWay,
    target: AccountTarget,
    from: { readonly account?: DirectoryAccount | undefined; readonly suggestions?: readonly DirectoryAccount[] } = {},
  ): AccountResolution {
    const names = this.#spellings(sid).filter((name) => name !== sid)
    return { sid, names, way, target, account: from.account, suggestions: from.suggestions ?? [] }
  }

  async #meet(sids: readonly Sid[]): Promise<void> {
    await this.#askWhereNeeded(sids)
    const rest: Sid[] = []
    for (const sid of sids) {
      const settled = this.#byMapOrRule(sid)
      if (settled === undefined) rest.push(sid)
      else this.#found.set(sid, settled)
    }
    await this.#lookUp(rest)
    await this.#describeMapped(sids)
  }

  /** SYSTEM and its like need no question. */
  async #askWhereNeeded(sids: readonly Sid[]): Promise<void> {
    await this.askSource(sids.filter((sid) => isAccountSid(sid) || sid.startsWith('S-1-5-32-')))
  }

  #byMapOrRule(sid: Sid): AccountResolution | undefined {
    const row = this.#map.find(this.#spellings(sid))
    if (row !== undefined)
      return this.#resolved(
        sid,
        'mapping',
        row.isGroup ? { kind: 'group', name: row.target } : { kind: 'person', upn: row.target },
      )
    const rule = ruleOfSid(sid, this.#rules)
    if (rule === 'everyone' || rule === 'siteOwners') return this.#resolved(sid, 'rule', { kind: rule })
    if (rule === 'ignore') return this.#resolved(sid, 'rule', { kind: 'ignored' })
    const told = this.#atSource.get(sid)
    const isOpened = rule === 'members' || told?.kind === 'localGroup'
    return isOpened && told?.memberSids !== undefined
      ? this.#resolved(sid, 'members', { kind: 'members', sids: told.memberSids })
      : undefined
  }

  async #lookUp(sids: readonly Sid[]): Promise<void> {
    const { settings, directory, signal } = this.#parts
    const accounts = sids.filter(isAccountSid)
    for (const sid of sids) if (!isAccountSid(sid)) this.#found.set(sid, this.#resolved(sid, 'unknown', { kind: 'nobody' }))
    if (!settings.lookUpAccounts || directory === undefined) {
      for (const sid of accounts) this.#found.set(sid, this.#orphanOr(sid, 'notAsked'))
      return
    }
    if (accounts.length === 0) return
    const bySid = await directory.bySid(accounts, signal)
    const unknown = accounts.filter((sid) => (bySid?.get(sid.toLowerCase())?.length ?? 0) === 0)
    const upns = unknown.flatMap((sid) => this.#spellings(sid).filter((name) => name.includes('@')))
    const byUpn = bySid && upns.length > 0 ? await directory.byUpn(upns, signal) : new Map()
    const qualified = unknown.flatMap((sid) => this.#qualified(sid).map(({ name }) => name))
    const bySam = bySid && qualified.length > 0 ? await directory.bySamName(qualified, signal) : new Map()
    for (const sid of accounts) {
      this.#found.set(
        sid,
        bySid === undefined || byUpn === undefined || bySam === undefined
          ? this.#orphanOr(sid, 'notAllowed')
          : this.#choose(sid, { bySid, byUpn, bySam }),
      )
    }
  }

  #qualified(sid: Sid): readonly { readonly domain: string; readonly name: string }[] {
    return this.#spellings(sid).flatMap((spelling) => {
      const [domain = '', name = '', ...more] = spelling.split('\\')
      return name === '' || more.length > 0 ? [] : [{ domain: domain.toLowerCase(), name: nameOf(spelling) }]
    })
  }

  #choose(
    sid: Sid,
    answers: { readonly bySid: DirectoryAnswers; readonly byUpn: DirectoryAnswers; readonly bySam: DirectoryAnswers },
  ): AccountResolution {
    const sameSid = answers.bySid.get(sid.toLowerCase()) ?? []
    if (sameSid.length > 0) return this.#decided(sid, 'sid', sameSid)
    const sameUpn = this.#spellings(sid).flatMap((name) => answers.byUpn.get(name.toLowerCase()) ?? [])
    if (sameUpn.length > 0) return this.#decided(sid, 'userPrincipalName', sameUpn)
    const sameName = this.#qualified(sid).flatMap(({ domain, name }) =>
      (answers.bySam.get(name.toLowerCase()) ?? []).map((account) => ({ account, isSure: isDomainOf(domain, account) })),
    )
    const sure = sameName.filter(({ isSure }) => isSure).map(({ account }) => account)
    if (sure.length > 0) return this.#decided(sid, 'samName', sure)
    const suggestions = sameName.map(({ account }) => account)
    if (suggestions.length > 0) return this.#resolved(sid, 'otherDomain', { kind: 'nobody' }, { suggestions })
    return this.#orphanOr(sid, 'unknown')
  }

  #decided(sid: Sid, way: AccountWay, accounts: readonly DirectoryAccount[]): AccountResolution {
    const different = [...new Map(accounts.map((account) => [account.id, account])).values()]
    const [account] = different
    if (account === undefined || different.length > 1)
      return this.#resolved(sid, 'ambiguous', { kind: 'nobody' }, { suggestions: different })
    const target: AccountTarget =
      account.upn === undefined ? { kind: 'group', name: account.id } : { kind: 'person', upn: account.upn }
    return this.#resolved(sid, way, target, { account })
  }

  /** What the directory does not know. An orphan is an account that nobody knows: not the source, and not the directory that was asked. */
  #orphanOr(sid: Sid, way: 'unknown' | 'notAsked' | 'notAllowed'): AccountResolution {
    const { orphans } = this.#parts.settings
    const told = this.#atSource.get(sid)
    // A group that only its server knows; one of thousands would become thousands of assignments.
    if (told?.kind === 'group' && told.memberSids !== undefined && told.memberSids.length <= GROUP_SPLIT_MAX)
      return this.#resolved(sid, 'members', { kind: 'members', sids: told.memberSids })
    const isOrphan = told?.kind === 'deleted' || (way === 'unknown' && this.#spellings(sid).length === 1)
    if (isOrphan && orphans !== 'skip') return this.#resolved(sid, 'orphanRule', { kind: 'person', upn: orphans })
    return this.#resolved(sid, way, { kind: 'nobody' })
  }

  /** A mapped account may be a member of groups under the names that the directory has for it. */
  async #describeMapped(sids: readonly Sid[]): Promise<void> {
    const { settings, directory, signal } = this.#parts
    if (!settings.lookUpAccounts || directory === undefined) return
    const mapped = sids.flatMap((sid) => {
      const found = this.#found.get(sid)
      return found?.way === 'mapping' ? [found] : []
    })
    const upns = mapped.flatMap(({ target }) => (target.kind === 'person' ? [target.upn] : []))
    const groups = mapped.flatMap(({ target }) => (target.kind === 'group' ? [target.name] : []))
    const people = upns.length === 0 ? undefined : await directory.byUpn(upns, signal)
    const named = groups.length === 0 ? undefined : await directory.groupsNamed(groups, signal)
    for (const found of mapped) {
      const { target } = found
      const answers =
        target.kind === 'person'
          ? people?.get(target.upn.toLowerCase())
          : target.kind === 'group'
            ? named?.get(target.name.toLowerCase())
            : undefined
      if (answers?.length === 1) this.#found.set(found.sid, { ...found, account: answers[0] })
    }
  }
}

/** A domain is named by its DNS name or by the first part of it, which its NetBIOS name usually is. */
function isDomainOf(domain: string, account: DirectoryAccount): boolean {
  return account.domains.some((known) => {
    const name = known.toLowerCase()
    return name === domain || name.split('.')[0] === domain
  })
}
