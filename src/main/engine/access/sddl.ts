import * as mask from './accessMask.ts'
import type { AccessEntry, SecurityDescriptor, Sid } from './securityDescriptor.ts'
import { DOMAIN_ALIASES, WELL_KNOWN_ALIASES } from './sidAliases.ts'

/** What is wrong with a security descriptor, and where. Characters are counted from 0. */
export class SddlError extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(`${message} (character ${at})`)
    this.name = 'SddlError'
    this.at = at
  }
}

/**
 * Reads a security descriptor in SDDL, the text form of Windows. Audit entries and labels are left out: they give nobody access. Entries of
 * kinds that are not about files are counted. `domainSid` gives names such as DA (domain admins) their number. Errors: SddlError.
 * Source: "Security Descriptor String Format" of the Windows SDK.
 */
export function parseSddl(text: string, options: { readonly domainSid?: Sid } = {}): SecurityDescriptor {
  const parts = splitParts(text)
  const sid = (part: Part | undefined) =>
    part === undefined || part.text.trim() === '' ? undefined : readSid(part.text.trim(), part.at, options.domainSid)
  const dacl = parts.get('D')
  const list = dacl === undefined ? undefined : readList(dacl, options.domainSid)
  return {
    owner: sid(parts.get('O')),
    group: sid(parts.get('G')),
    entries: list?.entries,
    isProtected: list?.isProtected ?? false,
    unknownEntryCount: list?.unknownEntryCount ?? 0,
  }
}

/** The same descriptor as SDDL with numeric SIDs and masks: what parseSddl reads back as it was. */
export function formatSddl(descriptor: SecurityDescriptor): string {
  const owner = descriptor.owner === undefined ? '' : `O:${descriptor.owner}`
  const group = descriptor.group === undefined ? '' : `G:${descriptor.group}`
  const flags = descriptor.isProtected ? 'P' : ''
  const entries = descriptor.entries === undefined ? 'NO_ACCESS_CONTROL' : descriptor.entries.map(formatEntry).join('')
  return `${owner}${group}D:${flags}${entries}`
}

interface Part {
  readonly text: string
  readonly at: number
}

/** `O:`, `G:`, `D:` and `S:` at the outer level; a condition may hold any of them in its parentheses. */
function splitParts(text: string): Map<string, Part> {
  const marks: { readonly name: string; readonly at: number }[] = []
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '"' && depth > 0) {
      const end = text.indexOf('"', at + 1)
      if (end < 0) throw new SddlError('A quotation does not end', at)
      at = end
    } else if (char === '(') depth++
    else if (char === ')') depth--
    else if (depth === 0 && text[at + 1] === ':' && 'OGDS'.includes(char ?? '')) marks.push({ name: char ?? '', at })
    if (depth < 0) throw new SddlError('A parenthesis closes nothing', at)
  }
  if (depth > 0) throw new SddlError('A parenthesis is not closed', text.length)
  if (text.slice(0, marks[0]?.at ?? text.length).trim() !== '') throw new SddlError('It begins with no part O:, G:, D: or S:', 0)
  const parts = new Map<string, Part>()
  for (const [index, { name, at }] of marks.entries()) {
    if (parts.has(name)) throw new SddlError(`The part ${name}: stands there twice`, at)
    parts.set(name, { text: text.slice(at + 2, marks[index + 1]?.at ?? text.length), at: at + 2 })
  }
  return parts
}

interface ReadList {
  readonly entries: readonly AccessEntry[] | undefined
  readonly isProtected: boolean
  readonly unknownEntryCount: number
}

function readList({ text, at }: Part, domainSid: Sid | undefined): ReadList {
  const open = text.indexOf('(')
  const flags = (open < 0 ? text : text.slice(0, open)).trim()
  const isAbsent = flags.includes('NO_ACCESS_CONTROL')
  const rest = flags.replace('NO_ACCESS_CONTROL', '')
  if (!/^(?:P|AR|AI)*$/.test(rest)) throw new SddlError(`The flags "${flags}" are not known`, at)
  const isProtected = /^(?:AR|AI)*P/.test(rest)
  const entries: AccessEntry[] = []
  let unknownEntryCount = 0
  for (const entry of splitEntries(text, at)) {
    const read = readEntry(entry, domainSid)
    if (read === 'unknown') unknownEntryCount++
    else if (read !== 'silent') entries.push(read)
  }
  return { entries: isAbsent && entries.length === 0 ? undefined : entries, isProtected, unknownEntryCount }
}

function splitEntries(text: string, offset: number): readonly Part[] {
  const entries: Part[] = []
  let depth = 0
  let begin = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"' && depth > 0) at = text.indexOf('"', at + 1)
    else if (text[at] === '(' && depth++ === 0) begin = at + 1
    else if (text[at] === ')' && --depth === 0) entries.push({ text: text.slice(begin, at), at: offset + begin })
    else if (depth === 0 && entries.length > 0 && text[at]?.trim() !== '')
      throw new SddlError('Something stands between two entries', offset + at)
  }
  return entries
}

/** Kinds of entries: what gives or takes access to files, what is about it under a condition, what is silent about it. */
const EFFECTS: Readonly<Record<string, AccessEntry['effect']>> = { A: 'allow', D: 'deny', XA: 'allow', XD: 'deny' }
const SILENT_KINDS: ReadonlySet<string> = new Set(['AU', 'AL', 'OU', 'OL', 'XU', 'ZA', 'ML', 'RA', 'SP', 'TL', 'FL'])

function readEntry({ text, at }: Part, domainSid: Sid | undefined): AccessEntry | 'silent' | 'unknown' {
  const [kind = '', flags = '', rights = '', objectId = '', inheritedObjectId = '', sid = '', ...more] = text.split(';')
  const name = kind.trim()
  if (SILENT_KINDS.has(name)) return 'silent'
  const effect = EFFECTS[name]
  if (effect === undefined || objectId !== '' || inheritedObjectId !== '') {
    if (!/^[A-Z]{1,2}$/.test(name)) throw new SddlError(`"${name}" is no kind of entry`, at)
    return 'unknown'
  }
  if (sid.trim() === '') throw new SddlError('An entry names nobody', at)
  const known = readFlags(flags.trim(), at)
  const condition = more.join(';').trim()
  return {
    effect,
    sid: readSid(sid.trim(), at, domainSid),
    mask: readRights(rights.trim(), at),
    isInherited: known.has('ID'),
    forFiles: known.has('OI'),
    forFolders: known.has('CI'),
    isInheritOnly: known.has('IO'),
    isOneLevelOnly: known.has('NP'),
    ...(condition === '' ? {} : { condition }),
  }
}

function readFlags(flags: string, at: number): ReadonlySet<string> {
  const known = new Set(flags.match(/CI|OI|NP|IO|ID|SA|FA|CR|TP/g) ?? [])
  if ([...known].length * 2 !== flags.length) throw new SddlError(`The flags "${flags}" of an entry are not known`, at)
  return known
}

/** Bits by their names. The same bits have other names for objects of a directory; tools write whichever they like. */
const RIGHTS: Readonly<Record<string, number>> = {
  GA: mask.GENERIC_ALL,
  GR: mask.GENERIC_READ,
  GW: mask.GENERIC_WRITE,
  GX: mask.GENERIC_EXECUTE,
  RC: mask.READ_CONTROL,
  SD: mask.DELETE,
  WD: mask.WRITE_DAC,
  WO: mask.WRITE_OWNER,
  FA: mask.MASK_FULL,
  FR: mask.MASK_READ,
  FW: 0x12_0116,
  FX: 0x12_00a0,
  CC: 0x1,
  DC: 0x2,
  LC: 0x4,
  SW: 0x8,
  RP: 0x10,
  WP: 0x20,
  DT: 0x40,
  LO: 0x80,
  CR: 0x100,
}

function readRights(rights: string, at: number): number {
  if (/^0x[0-9a-f]{1,8}$/i.test(rights)) return Number.parseInt(rights.slice(2), 16) >>> 0
  if (/^0[0-7]+$/.test(rights)) return checked(Number.parseInt(rights, 8), rights, at)
  if (/^-?\d+$/.test(rights)) return checked(Number(rights), rights, at)
  let bits = 0
  for (let begin = 0; begin < rights.length; begin += 2) {
    const right = RIGHTS[rights.slice(begin, begin + 2)]
    if (right === undefined) throw new SddlError(`The rights "${rights}" are not known`, at)
    bits |= right
  }
  return bits >>> 0
}

function checked(value: number, rights: string, at: number): number {
  if (value < -0x8000_0000 || value > 0xffff_ffff) throw new SddlError(`The rights "${rights}" do not fit into 32 bits`, at)
  return value >>> 0
}

const SID = /^S-1-(?:\d{1,15}|0x[0-9a-f]{1,12})(?:-\d{1,10}){0,15}$/i

function readSid(text: string, at: number, domainSid: Sid | undefined): Sid {
  if (SID.test(text)) return text.toUpperCase().replace('X', 'x')
  const known = WELL_KNOWN_ALIASES[text]
  if (known !== undefined) return known
  const account = DOMAIN_ALIASES[text]
  if (account === undefined) throw new SddlError(`"${text}" is no SID`, at)
  if (domainSid === undefined) throw new SddlError(`"${text}" stands for an account of a domain that is not known`, at)
  return `${domainSid}-${account}`
}

function formatEntry(entry: AccessEntry): string {
  const flags = [
    entry.forFiles ? 'OI' : '',
    entry.forFolders ? 'CI' : '',
    entry.isOneLevelOnly ? 'NP' : '',
    entry.isInheritOnly ? 'IO' : '',
    entry.isInherited ? 'ID' : '',
  ].join('')
  const kind = `${entry.condition === undefined ? '' : 'X'}${entry.effect === 'allow' ? 'A' : 'D'}`
  const condition = entry.condition === undefined ? '' : `;${entry.condition}`
  return `(${kind};${flags};0x${entry.mask.toString(16)};;;${entry.sid}${condition})`
}
