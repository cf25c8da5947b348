import { GROUP_MEMBERS_MAX } from '../../../shared/limits.ts'
import type { Membership } from '../access/effectiveAccess.ts'
import type { Sid } from '../access/securityDescriptor.ts'
import type { Directory, DirectoryAccount } from '../ports/directory.ts'
import type { AccountFinder } from './accountFinder.ts'

/** Stands for a member of the directory that has no SID of the source. */
const keyOf = ({ id, sids }: DirectoryAccount): Sid => sids[0] ?? `id:${id}`
const namesOf = (account: DirectoryAccount): readonly Sid[] => [`id:${account.id}`, ...account.sids]

interface Known {
  readonly members: ReadonlySet<Sid>
  readonly people: readonly Sid[] | undefined
}

/**
 * Who belongs to the groups of access lists: what the source tells and what the directory tells, together, because a grant reaches whoever is
 * in either. A group that neither knows stays unknown; so does one with more members than anybody wants to look at.
 */
export class GroupMembers implements Membership {
  readonly #finder: AccountFinder
  readonly #directory: Directory | undefined
  readonly #signal: AbortSignal
  readonly #known = new Map<Sid, Known | undefined>()
  /** People whom only a group has named, by the key that stands for them. */
  readonly #people = new Map<Sid, DirectoryAccount>()

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

  /** The account of the directory behind a key that `peopleOf` has given. */
  personBehind(key: Sid): DirectoryAccount | undefined {
    return this.#people.get(key)
  }

  /** Asks for the members of all of them; the accounts themselves have been met. */
  async meet(sids: Iterable<Sid>): Promise<void> {
    for (const sid of sids) {
      if (!this.#known.has(sid)) this.#known.set(sid, await this.#look(sid))
    }
  }

  async #look(sid: Sid): Promise<Known | undefined> {
    const { account, way, target } = this.#finder.resolutionOf(sid)
    const told = this.#finder.atSource(sid)
    const own = [sid, ...(account === undefined ? [] : namesOf(account))]
    if (told?.kind === 'deleted') return { members: new Set(own), people: undefined }
    const isPerson = account === undefined ? told?.kind === 'person' || target.kind === 'person' : account.kind === 'person'
    if (isPerson) return { members: new Set(own), people: undefined }
    if (way === 'rule' && target.kind === 'ignored' && told?.memberSids === undefined)
      return sid === 'S-1-5-18' ? { members: new Set(own), people: undefined } : undefined
    const atSource = await this.#membersAtSource(sid)
    const inDirectory = account === undefined ? undefined : await this.#membersInDirectory(account)
    if (atSource === undefined && inDirectory === undefined) return undefined
    const members = new Set([...own, ...(atSource?.members ?? []), ...(inDirectory?.members ?? [])])
    return { members, people: atSource?.people ?? inDirectory?.people }
  }

  /** undefined = the source tells no members of it, or not those of a group inside. */
  async #membersAtSource(group: Sid): Promise<Known | undefined> {
    const members = new Set<Sid>()
    const people = new Set<Sid>()
    for (let open: readonly Sid[] = [group]; open.length > 0; ) {
      await this.#finder.askSource(open)
      const next = new Set<Sid>()
      for (const sid of open) {
        const told = this.#finder.atSource(sid)
        if (told === undefined || told.kind === 'unknown') return undefined
        members.add(sid)
        if (told.kind === 'person') people.add(sid)
        if (told.kind !== 'group' && told.kind !== 'localGroup') continue
        if (told.memberSids === undefined) return undefined
        for (const member of told.memberSids) if (!members.has(member)) next.add(member)
      }
      if (members.size + next.size > GROUP_MEMBERS_MAX) return undefined
      open = [...next]
    }
    await this.#finder.meet(people)
    const named = [...members].flatMap((sid) => {
      const { account } = this.#finder.resolutionOf(sid)
      return account === undefined ? [sid] : [sid, ...namesOf(account)]
    })
    return { members: new Set(named), people: [...people] }
  }

  async #membersInDirectory(group: DirectoryAccount): Promise<Known | undefined> {
    const found = await this.#directory?.members(group.id, this.#signal)
    if (found === undefined) return undefined
    for (const person of found.people) {
      const key = keyOf(person)
      this.#people.set(key, person)
      if (!this.#known.has(key)) this.#known.set(key, { members: new Set([key, ...namesOf(person)]), people: undefined })
    }
    return {
      members: new Set([...found.people, ...found.groups].flatMap(namesOf)),
      people: [...new Set(found.people.map(keyOf))],
    }
  }
}
