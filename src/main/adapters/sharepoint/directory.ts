import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import { DIRECTORY_ALTERNATIVES_MAX, GROUP_MEMBERS_MAX } from '../../../shared/limits.ts'
import type { Directory, DirectoryAccount, DirectoryAnswers, DirectoryMembers } from '../../engine/ports/directory.ts'
import { sendBatch } from './batch.ts'
import { readPage } from './pages.ts'
import type { ServiceClient } from './serviceClient.ts'
import { pageSchema, readAnswer } from './wire.ts'

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Filters on synchronized properties and casts of members need it. [H.2] */
const ADVANCED = { ConsistencyLevel: 'eventual' }
const USER_FIELDS =
  'id,userPrincipalName,displayName,accountEnabled,onPremisesSecurityIdentifier,securityIdentifier,onPremisesSamAccountName,onPremisesDomainName'
const GROUP_FIELDS =
  'id,displayName,mail,groupTypes,securityEnabled,onPremisesSecurityIdentifier,securityIdentifier,onPremisesSamAccountName,onPremisesDomainName,onPremisesNetBiosName'
const PAGE_ITEMS = 999
const REFUSED = [400, 403] as const

const text = z.string().nullish()
const synced = {
  id: z.string().min(1),
  displayName: text,
  onPremisesSecurityIdentifier: text,
  securityIdentifier: text,
  onPremisesSamAccountName: text,
  onPremisesDomainName: text,
}
const userSchema = z.object({ ...synced, userPrincipalName: z.string().min(1), accountEnabled: z.boolean().nullish() })
const groupSchema = z.object({
  ...synced,
  mail: text,
  groupTypes: z.array(z.string()).nullish(),
  onPremisesNetBiosName: text,
})

const idSchema = z.object({ id: z.string().min(1) })

type Asked = readonly DirectoryAccount[] | 'notAllowed' | 'notSupported'
interface Question {
  readonly collection: 'users' | 'groups'
  readonly property: string
  readonly values: readonly string[]
}

/**
 * The tenant's directory over Graph, read only. Needs User.Read.All and GroupMember.Read.All (or Directory.Read.All). Each question is asked
 * once per process, many in one request; where groups refuse a filter on their SID, all of them are paged once. [H.2]
 */
export function createDirectory(client: ServiceClient): Directory {
  const known = new Map<string, readonly DirectoryAccount[]>()
  const members = new Map<string, Promise<DirectoryMembers | undefined>>()
  let allGroups: Promise<readonly DirectoryAccount[] | 'notAllowed'> | undefined

  async function ask(questions: readonly Question[], signal: AbortSignal): Promise<readonly Asked[]> {
    const parts = questions.map(({ collection, property, values }) => {
      const filter = encodeURIComponent(`${property} in (${values.map(quoted).join(',')})`)
      const fields = collection === 'users' ? USER_FIELDS : GROUP_FIELDS
      return {
        method: 'GET' as const,
        path: `/${collection}?$filter=${filter}&$select=${fields}&$count=true&$top=${PAGE_ITEMS}`,
        headers: ADVANCED,
        what: 'The accounts of the directory',
        isRepeatable: true,
        accepts: REFUSED,
      }
    })
    const outcomes = await sendBatch(client, parts, signal)
    return outcomes.map((outcome, index) => {
      if (!outcome.ok) throw outcome.error
      const { status, body } = outcome.value
      if (status === 403) return 'notAllowed'
      if (status === 400) return 'notSupported'
      return readAccounts(body, questions[index]?.collection ?? 'users')
    })
  }

  async function pageGroups(signal: AbortSignal): Promise<readonly DirectoryAccount[] | 'notAllowed'> {
    const found: DirectoryAccount[] = []
    const what = 'The groups of the directory'
    for (let place: string | undefined = `/groups?$select=${GROUP_FIELDS}&$top=${PAGE_ITEMS}`; place !== undefined; ) {
      const from: string = place
      const page = await allowed(() => client.retry(() => readPage(client, from, { what, signal }), signal))
      if (page === undefined) return 'notAllowed'
      found.push(...page.values.map((value) => toGroup(readAnswer(groupSchema, value, what))))
      place = page.next === from ? undefined : page.next
    }
    return found
  }

  function groups(signal: AbortSignal): Promise<readonly DirectoryAccount[] | 'notAllowed'> {
    allGroups ??= pageGroups(signal).catch((thrown: unknown) => {
      allGroups = undefined
      throw thrown
    })
    return allGroups
  }

  /** Answers by key; asks what was never asked. `ways`: collection, property, and under which of its names an account answers. */
  async function find(
    kind: string,
    values: readonly string[],
    how: {
      readonly ways: readonly (readonly [Question['collection'], string])[]
      readonly keysOf: (account: DirectoryAccount) => readonly string[]
      readonly signal: AbortSignal
    },
  ): Promise<DirectoryAnswers | undefined> {
    const wanted = [...new Set(values.map((value) => value.toLowerCase()))]
    const open = wanted.filter((value) => !known.has(`${kind} ${value}`))
    const spelled = new Map(values.map((value) => [value.toLowerCase(), value]))
    if (open.length > 0) {
      const questions = how.ways.flatMap(([collection, property]) =>
        chunks(open).map((chunk) => ({ collection, property, values: chunk.map((value) => spelled.get(value) ?? value) })),
      )
      const answers = await ask(questions, how.signal)
      if (answers.includes('notAllowed')) return undefined
      const found: DirectoryAccount[] = []
      for (const [index, answer] of answers.entries()) {
        if (answer === 'notAllowed') continue
        if (answer !== 'notSupported') {
          found.push(...answer)
          continue
        }
        if (questions[index]?.collection !== 'groups') continue
        const all = await groups(how.signal)
        if (all === 'notAllowed') return undefined
        found.push(...all)
      }
      for (const value of open) {
        const matching = found.filter((account) => how.keysOf(account).some((key) => key.toLowerCase() === value))
        known.set(`${kind} ${value}`, [...new Map(matching.map((account) => [account.id, account])).values()])
      }
    }
    return new Map(
      wanted.flatMap((value) => {
        const accounts = known.get(`${kind} ${value}`) ?? []
        return accounts.length === 0 ? [] : [[value, accounts] as const]
      }),
    )
  }

  async function readMembers(groupId: string, signal: AbortSignal): Promise<DirectoryMembers | undefined> {
    const what = 'The members of a group'
    const read = async (which: string, fields: string): Promise<readonly unknown[] | undefined> => {
      const values: unknown[] = []
      const first = `/groups/${encodeURIComponent(groupId)}/${which}?$select=${fields}&$count=true&$top=${PAGE_ITEMS}`
      for (let place: string | undefined = first; place !== undefined; ) {
        const from: string = place
        const page = await allowed(() => client.retry(() => readPage(client, from, { what, headers: ADVANCED, signal }), signal))
        if (page === undefined) return undefined
        values.push(...page.values)
        if (values.length > GROUP_MEMBERS_MAX) return undefined
        place = page.next === from ? undefined : page.next
      }
      return values
    }
    const people = await read('transitiveMembers/microsoft.graph.user', USER_FIELDS)
    const groupsInside = people && (await read('transitiveMembers/microsoft.graph.group', GROUP_FIELDS))
    const direct = groupsInside && (await read('members', 'id'))
    if (people === undefined || groupsInside === undefined || direct === undefined) return undefined
    return {
      people: people.map((value) => toPerson(readAnswer(userSchema, value, what))),
      groups: groupsInside.map((value) => toGroup(readAnswer(groupSchema, value, what))),
      directIds: direct.map((value) => readAnswer(idSchema, value, what).id),
    }
  }

  return {
    async bySid(sids, signal) {
      const isCloud = (sid: string) => sid.toUpperCase().startsWith('S-1-12-1-')
      const ways = (property: string) => [['users', property] as const, ['groups', property] as const]
      const keysOf = ({ sids }: DirectoryAccount) => sids
      const cloud = sids.filter(isCloud)
      const domain = sids.filter((sid) => !isCloud(sid))
      const parts = [
        domain.length === 0
          ? new Map()
          : await find('sid', domain, { ways: ways('onPremisesSecurityIdentifier'), keysOf, signal }),
        cloud.length === 0 ? new Map() : await find('sid', cloud, { ways: ways('securityIdentifier'), keysOf, signal }),
      ]
      return parts.includes(undefined) ? undefined : new Map(parts.flatMap((part) => [...(part ?? [])]))
    },
    byUpn: (upns, signal) =>
      find('upn', upns, {
        ways: [['users', 'userPrincipalName']],
        keysOf: ({ upn }) => (upn === undefined ? [] : [upn]),
        signal,
      }),
    bySamName: (names, signal) =>
      find('sam', names, {
        ways: [
          ['users', 'onPremisesSamAccountName'],
          ['groups', 'onPremisesSamAccountName'],
        ],
        keysOf: ({ samName }) => (samName === undefined ? [] : [samName]),
        signal,
      }),
    async groupsNamed(names, signal) {
      const answers = new Map<string, readonly DirectoryAccount[]>()
      const kinds = [
        ['id', (name: string) => GUID.test(name)],
        ['mail', (name: string) => name.includes('@')],
        ['displayName', (name: string) => !GUID.test(name) && !name.includes('@')],
      ] as const
      for (const [property, isMeant] of kinds) {
        const meant = names.filter(isMeant)
        if (meant.length === 0) continue
        const keysOf = (account: DirectoryAccount) =>
          property === 'id' ? [account.id] : property === 'mail' ? [account.mail ?? ''] : [account.displayName]
        const found = await find(`group by ${property}`, meant, { ways: [['groups', property]], keysOf, signal })
        if (found === undefined) return undefined
        for (const [name, accounts] of found) answers.set(name, accounts)
      }
      return answers
    },
    members(groupId, signal) {
      const asked = members.get(groupId) ?? readMembers(groupId, signal)
      members.set(groupId, asked)
      asked.catch(() => members.delete(groupId))
      return asked
    },
  }
}

/** undefined = refused for lack of a permission. */
async function allowed<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (thrown) {
    if (thrown instanceof MigrationError && (thrown.status === 403 || thrown.status === 400)) return undefined
    throw thrown
  }
}

const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`

function chunks(values: readonly string[]): readonly (readonly string[])[] {
  const found: string[][] = []
  for (let at = 0; at < values.length; at += DIRECTORY_ALTERNATIVES_MAX)
    found.push(values.slice(at, at + DIRECTORY_ALTERNATIVES_MAX))
  return found
}

function readAccounts(body: unknown, collection: Question['collection']): readonly DirectoryAccount[] {
  const what = 'The accounts of the directory'
  const { value } = readAnswer(pageSchema, body, what)
  return value.map((one) =>
    collection === 'users' ? toPerson(readAnswer(userSchema, one, what)) : toGroup(readAnswer(groupSchema, one, what)),
  )
}

const told = (values: readonly (string | null | undefined)[]): readonly string[] =>
  values.filter((value) => value !== null && value !== undefined && value !== '') as readonly string[]

function toPerson(user: z.infer<typeof userSchema>): DirectoryAccount {
  return {
    id: user.id,
    kind: 'person',
    displayName: user.displayName ?? user.userPrincipalName,
    upn: user.userPrincipalName,
    sids: told([user.onPremisesSecurityIdentifier, user.securityIdentifier]),
    samName: user.onPremisesSamAccountName ?? undefined,
    domains: told([user.onPremisesDomainName]),
    isEnabled: user.accountEnabled !== false,
  }
}

function toGroup(group: z.infer<typeof groupSchema>): DirectoryAccount {
  return {
    id: group.id,
    kind: group.groupTypes?.includes('Unified') === true ? 'm365Group' : 'securityGroup',
    displayName: group.displayName ?? group.id,
    upn: undefined,
    sids: told([group.onPremisesSecurityIdentifier, group.securityIdentifier]),
    samName: group.onPremisesSamAccountName ?? undefined,
    domains: told([group.onPremisesDomainName, group.onPremisesNetBiosName]),
    isEnabled: true,
    mail: group.mail ?? undefined,
  }
}
