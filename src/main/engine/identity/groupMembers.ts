import { GROUP_MEMBERS_MAX, GROUP_SPLIT_MAX } from '../../../shared/limits.ts'
import type { Membership } from '../access/effectiveAccess.ts'
import type { Sid } from '../access/securityDescriptor.ts'
import type { Directory, DirectoryAccount } from '../ports/directory.ts'
import type { AccountFinder } from './accountFinder.ts'

/** Stands for a member of the directory that has no SID of the source. */
const keyOf = ({ id, sids }: DirectoryAccount): Sid => sids[0] ?? `id:${id}`
const namesOf = (account: DirectoryAccount): readonly Sid[] => [`id:${account.id}`, ...account.sids]

const isSid = (key: Sid): boolean => key.startsWith('S-1-')

interface Known {
  readonly members: ReadonlySet<Sid>
  readonly people: readonly Sid[] | undefined
  readonly parts: readonly Sid[] | undefined
}

const alone = (names: readonly Sid[]): Known => ({ members: new Set(names), people: undefined, parts: undefined })

/**
 * Who belongs to the groups of access lists: what the source tells and what the directory tells, together, because a grant reaches whoever is
 * in either. A group that neither knows stays unknown; so does one with more members than anybody wants to look at.
 */
export class GroupMembers implements Membership {
  readonly #finder: AccountFinder
  readonly #directory: Directory | undefined
  readonly #signal: AbortSignal
  readonly #known = new Map<Sid, Known | undefined>()
  /** Accounts whom only a group has named, by the key that stands for them. */
  readonly #accounts = new Map<Sid, DirectoryAccount>()

  constructor(parts: {
    readonly finder: AccountFinder
    readonly directory: Directory | undefined
    readonly signal: AbortSignal
  }) {
    this.#finder = parts.finder
    this.#directory = parts.directory
    this.#signal = parts.signal
  }

  membersOf(sid: Sid): ReadonlySet<Sid> | undefined {
    return this.#known.get(sid)?.members
  }

  peopleOf(sid: Sid): readonly Sid[] | undefined {
    return this.#known.get(sid)?.people
  }

  partsOf(sid: Sid): readonly Sid[] | undefined {
    return this.#known.get(sid)?.parts
  }

  /** The account of the directory behind a key that `peopleOf` or `partsOf` has given. */
  accountBehind(key: Sid): DirectoryAccount | undefined {
    return this.#accounts.get(key)
  }

  /** Asks for the members of all of them, and of groups inside that a grant may be given to. The accounts themselves have been met. */
  async meet(sids: Iterable<Sid>): Promise<void> {
    const open = [...sids]
    for (let sid = open.pop(); sid !== undefined; sid = open.pop()) {
      if (this.#known.has(sid)) continue
      const known = await this.#look(sid)
      this.#known.set(sid, known)
      const parts = known?.parts ?? []
      if (parts.length > GROUP_SPLIT_MAX) continue
      await this.#finder.meet(parts.filter(isSid))
      open.push(...parts)
    }
  }

  #accountOf(sid: Sid): DirectoryAccount | undefined {
    return this.#finder.resolutionOf(sid).account ?? this.#accounts.get(sid)
  }

  async #look(sid: Sid): Promise<Known | undefined> {
    const { way, target } = this.#finder.resolutionOf(sid)
    const account = this.#accountOf(sid)
    const told = this.#finder.atSource(sid)
    const own = [sid, ...(account === undefined ? [] : namesOf(account))]
    if (told?.kind === 'deleted') return alone(own)
    const isPerson = account === undefined ? told?.kind === 'person' || target.kind === 'person' : account.kind === 'person'
    if (isPerson) return alone(own)
    if (way === 'rule' && target.kind === 'ignored' && told?.memberSids === undefined)
      return sid === 'S-1-5-18' ? alone(own) : undefined
    const atSource = told?.memberSids === undefined ? undefined : await this.#membersAtSource(sid)
    const inDirectory = account === undefined ? undefined : await this.#membersInDirectory(account)
    if (atSource === undefined && inDirectory === undefined) return undefined
    const members = new Set([...own, ...(atSource?.members ?? []), ...(inDirectory?.members ?? [])])
    return { members, people: atSource?.people ?? inDirectory?.people, parts: atSource?.parts ?? inDirectory?.parts }
  }

  /** Members by the source, groups inside by the source or the directory; undefined = neither tells those of one of them. */
  async #membersAtSource(group: Sid): Promise<Known | undefined> {
    const members = new Set<Sid>()
    const people = new Set<Sid>()
    for (let open: readonly Sid[] = [group]; open.length > 0; ) {
      await this.#finder.askSource(open)
      const next = new Set<Sid>()
      for (const sid of open) {
        members.add(sid)
        const told = this.#finder.atSource(sid)
        if (told?.memberSids !== undefined) for (const member of told.memberSids) next.add(member)
        else if (told?.kind === 'person') people.add(sid)
        else if (told?.kind !== 'deleted' && !(await this.#addByDirectory(sid, { members, people }))) return undefined
      }
      for (const sid of members) next.delete(sid)
      if (members.size + next.size > GROUP_MEMBERS_MAX) return undefined
      open = [...next]
    }
    await this.#finder.meet([...people].filter(isSid))
    const named = [...members].flatMap((sid) => {
      const account = this.#accountOf(sid)
      return account === undefined ? [sid] : [sid, ...namesOf(account)]
    })
    return { members: new Set(named), people: [...people], parts: this.#finder.atSource(group)?.memberSids }
  }

  /** An account inside a group that the source does not open up. False = the directory does not know it either. */
  async #addByDirectory(sid: Sid, to: { readonly members: Set<Sid>; readonly people: Set<Sid> }): Promise<boolean> {
    await this.#finder.meet([sid])
    const account = this.#accountOf(sid)
    if (account === undefined) return false
    if (account.kind === 'person') {
      to.people.add(sid)
      return true
    }
    const found = await this.#membersInDirectory(account)
    for (const member of found?.members ?? []) to.members.add(member)
    for (const person of found?.people ?? []) to.people.add(person)
    return found !== undefined
  }

  async #membersInDirectory(group: DirectoryAccount): Promise<Known | undefined> {
    const found = await this.#directory?.members(group.id, this.#signal)
    if (found === undefined) return undefined
    const byId = new Map([...found.people, ...found.groups].map((account) => [account.id, account]))
    for (const account of byId.values()) this.#accounts.set(keyOf(account), account)
    for (const person of found.people) {
      const key = keyOf(person)
      if (!this.#known.has(key)) this.#known.set(key, alone([key, ...namesOf(person)]))
    }
    const direct = found.directIds.flatMap((id) => byId.get(id) ?? [])
    return {
      members: new Set([...byId.values()].flatMap(namesOf)),
      people: [...new Set(found.people.map(keyOf))],
      parts: direct.map(keyOf),
    }
  }
}
