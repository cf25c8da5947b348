import { randomBytes } from 'node:crypto'
import type { SourceAccount } from '../../engine/ports/source.ts'

/** Of one question; more would not fit into a line. */
const SIDS_MAX = 40
/** SID_NAME_USE of Windows. Source: MS-LSAT 2.2.13. */
const PERSON = 1
const GROUP = 2
const ALIAS = 4
const DELETED = 6
const COMPUTER = 9
const BUILTIN = 'S-1-5-32'

interface Named {
  readonly sid: string
  readonly domain: string
  readonly name: string
  readonly use: number
}

/** Runs commands of rpcclient; the lines of all their answers. */
export type AskServer = (commands: readonly string[], signal: AbortSignal) => Promise<readonly string[]>

/** Who the accounts of a file server are, and who belongs to the groups that it keeps itself; other groups are a directory's affair. */
export class ServerAccounts {
  readonly #ask: AskServer
  /** SIDs of the domains that the server itself keeps. */
  #own: Promise<ReadonlySet<string>> | undefined

  constructor(ask: AskServer) {
    this.#ask = ask
  }

  /** Accounts that the server cannot name are left out. Errors: those of `ask`. */
  async find(sids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, SourceAccount>> {
    const clean = [...new Set(sids)].filter((sid) => /^S-1-\d+(-\d+)+$/.test(sid))
    const questions = Array.from(
      { length: Math.ceil(clean.length / SIDS_MAX) },
      (_, at) => `lookupsids ${clean.slice(at * SIDS_MAX, (at + 1) * SIDS_MAX).join(' ')}`,
    )
    const named = (await this.#ask(questions, signal)).flatMap((line) => namedIn(line) ?? [])
    const own = await this.#ownDomains(signal)
    const groups = named.filter(({ sid, use }) => (use === GROUP || use === ALIAS) && own.has(domainOf(sid)))
    const members = await this.#members(groups, signal)
    return new Map(
      named.flatMap((one) => {
        const account = accountOf(one, { isOwn: own.has(domainOf(one.sid)), memberSids: members.get(one.sid) })
        return account === undefined ? [] : [[one.sid, account] as const]
      }),
    )
  }

  #ownDomains(signal: AbortSignal): Promise<ReadonlySet<string>> {
    this.#own ??= this.#readOwnDomains(signal)
    this.#own.catch(() => {
      this.#own = undefined
    })
    return this.#own
  }

  async #readOwnDomains(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const names = (await this.#ask(['enumdomains'], signal))
      .flatMap((line) => /^name:\[([^\]]+)\]/.exec(line)?.[1] ?? [])
      .filter((name) => !/["\\\s]/.test(name))
    const told = await this.#ask(
      names.map((name) => `lookupdomain ${name}`),
      signal,
    )
    return new Set([BUILTIN, ...told.flatMap((line) => /Domain SID: (S-1-[\d-]+)/.exec(line)?.[1] ?? [])])
  }

  async #members(groups: readonly Named[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly string[]>> {
    if (groups.length === 0) return new Map()
    // A command that it does not know is repeated by the program: it stands between two answers.
    const mark = `portage${randomBytes(6).toString('hex')}`
    const commands = groups.flatMap(({ sid, use }) => {
      const number = sid.slice(sid.lastIndexOf('-') + 1)
      const where = domainOf(sid) === BUILTIN ? 'builtin' : 'domain'
      return [use === ALIAS ? `queryaliasmem ${where} ${number}` : `querygroupmem ${number}`, mark]
    })
    const answers = (await this.#ask(commands, signal)).join('\n').split(mark)
    return new Map(
      groups.flatMap(({ sid }, at) => {
        const members = membersIn(answers[at] ?? 'NT_STATUS_', domainOf(sid))
        return members === undefined ? [] : [[sid, members] as const]
      }),
    )
  }
}

/** undefined = whoever asked may not know, which is no empty group. */
function membersIn(answer: string, domain: string): readonly string[] | undefined {
  if (/NT_STATUS_|WERR_/.test(answer)) return undefined
  const sids = [...answer.matchAll(/sid:\[(S-1-[\d-]+)\]/g)].flatMap(([, sid]) => sid ?? [])
  const numbers = [...answer.matchAll(/rid:\[0x([0-9a-f]+)\]/gi)].flatMap(([, number]) => number ?? [])
  return [...sids, ...numbers.map((number) => `${domain}-${Number.parseInt(number, 16)}`)]
}

function accountOf(
  { sid, domain, name, use }: Named,
  { isOwn, memberSids }: { readonly isOwn: boolean; readonly memberSids: readonly string[] | undefined },
): SourceAccount | undefined {
  const names = name === '' ? [] : [domain === '' ? name : `${domain}\\${name}`]
  if (use === PERSON || use === COMPUTER) return { sid, names, kind: 'person' }
  if (use === GROUP || use === ALIAS) {
    // Local groups of a domain are known to its directory; those of the server to nobody else.
    const kind = use === ALIAS && isOwn ? 'localGroup' : 'group'
    return { sid, names, kind, ...(memberSids === undefined ? {} : { memberSids }) }
  }
  // Nobody has a number of the server's own that the server does not know.
  return use === DELETED || (isOwn && name === '') ? { sid, names: [], kind: 'deleted' } : undefined
}

/** `S-1-5-21-…-1101 FILESRV\anna (1)`; a name may hold spaces. */
function namedIn(line: string): Named | undefined {
  const [, sid, domain = '', name = '', use] = /^(S-1-[\d-]+) ([^\\]*)\\(.*) \((?:[^()]*: )?(\d+)\)$/.exec(line.trim()) ?? []
  if (sid === undefined || use === undefined) return undefined
  return name === '*unknown*' ? { sid, domain: '', name: '', use: Number(use) } : { sid, domain, name, use: Number(use) }
}

const domainOf = (sid: string): string => sid.slice(0, sid.lastIndexOf('-'))
