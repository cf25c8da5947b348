import type { AuditEntry } from '../../../shared/domain/audit.ts'

/** Lower-case hexadecimal SHA-256 of a text in UTF-8. */
export type Sha256 = (text: string) => string

export const FIRST_PREVIOUS = '0'.repeat(64)

/** What is known of an end of a chain. */
export interface ChainHead {
  readonly chain: string
  readonly seq: number
  readonly hash: string
}

export type AuditNews = Pick<AuditEntry, 'at' | 'who' | 'action' | 'taskId' | 'subject' | 'detail'>

/** The next entry of a chain. Pure: the same news after the same head is the same entry. */
export function appendTo(
  chain: string,
  news: AuditNews,
  links: { readonly head: ChainHead | undefined; readonly seen?: ChainHead | undefined; readonly sha256: Sha256 },
): AuditEntry {
  const { head, seen, sha256 } = links
  const open = {
    ...news,
    chain,
    seq: (head?.seq ?? 0) + 1,
    previous: head?.hash ?? FIRST_PREVIOUS,
    ...(seen === undefined ? {} : { seen: { chain: seen.chain, seq: seen.seq, hash: seen.hash } }),
  }
  return { ...open, hash: hashOf(open, sha256) }
}

/** Of every member but the hash itself, each with its name, in one fixed order: no two different entries have the same text. */
export function hashOf(entry: Omit<AuditEntry, 'hash'>, sha256: Sha256): string {
  const { chain, seq, at, who, action, taskId, subject, detail, previous, seen } = entry
  const seenText = seen ? [seen.chain, seen.seq, seen.hash] : null
  return sha256(
    JSON.stringify([chain, seq, at, who, action, taskId ?? null, subject ?? null, detail ?? null, previous, seenText]),
  )
}

/** Rows are found by this key; it is unique, so that no place of a chain is taken twice. Sorts by place. */
export const keyOf = ({ chain, seq }: Pick<AuditEntry, 'chain' | 'seq'>): string => `${chain}#${String(seq).padStart(9, '0')}`

export type AuditProblem =
  | 'changed'
  /** It does not follow the entry before. */
  | 'broken'
  /** Entries of the chain are not there. */
  | 'missing'
  /** Another chain, or this install, knows a newer or other end. */
  | 'cut'

export interface AuditFinding {
  readonly problem: AuditProblem
  readonly chain: string
  readonly seq: number
  /** One sentence. */
  readonly text: string
}

/**
 * Proves the audit from the entries alone, in any order, and from the ends that are known from elsewhere (of the own chain on disk). Finds
 * every change, removal, insertion and exchange of entries, except of the newest of a chain that nobody else has seen yet.
 */
export function verifyAudit(
  entries: readonly AuditEntry[],
  { known, sha256 }: { readonly known: readonly ChainHead[]; readonly sha256: Sha256 },
): readonly AuditFinding[] {
  const chains = new Map<string, AuditEntry[]>()
  for (const entry of entries) chains.set(entry.chain, [...(chains.get(entry.chain) ?? []), entry])
  const findings: AuditFinding[] = []
  for (const chain of chains.values()) findings.push(...verifyChain(chain, sha256))
  const told = entries.flatMap(({ seen, chain, seq }) => (seen ? [{ ...seen, by: `entry ${seq} of ${chain}` }] : []))
  const witnesses = [...told, ...known.map((head) => ({ ...head, by: 'this install' }))]
  const reported = new Set<string>()
  for (const { chain, seq, hash, by } of witnesses) {
    const there = chains.get(chain)?.find((entry) => entry.seq === seq)
    const key = `${chain}#${seq}`
    if (there?.hash === hash || reported.has(key)) continue
    reported.add(key)
    const text = there
      ? `Entry ${seq} of ${chain} is not the one that ${by} has seen.`
      : `Entry ${seq} of ${chain} is gone, ${by} has seen it.`
    findings.push({ problem: 'cut', chain, seq, text })
  }
  return findings
}

function verifyChain(entries: AuditEntry[], sha256: Sha256): readonly AuditFinding[] {
  const findings: AuditFinding[] = []
  let before: ChainHead | undefined
  for (const entry of entries.sort((a, b) => a.seq - b.seq)) {
    const { chain, seq } = entry
    const where = `Entry ${seq} of ${chain}`
    const expectedSeq = (before?.seq ?? 0) + 1
    if (hashOf(entry, sha256) !== entry.hash) {
      findings.push({ problem: 'changed', chain, seq, text: `${where} is not what was written: its hash does not fit.` })
    }
    if (seq > expectedSeq) {
      const which = seq - expectedSeq === 1 ? `Entry ${expectedSeq}` : `Entries ${expectedSeq} to ${seq - 1}`
      findings.push({
        problem: 'missing',
        chain,
        seq: expectedSeq,
        text: `${which} of ${chain} ${seq - expectedSeq === 1 ? 'is' : 'are'} gone.`,
      })
    } else if (seq < expectedSeq || entry.previous !== (before?.hash ?? FIRST_PREVIOUS)) {
      findings.push({ problem: 'broken', chain, seq, text: `${where} does not follow the entry before it.` })
    }
    before = entry
  }
  return findings
}

/** The ends of all chains. */
export function headsOf(entries: Iterable<AuditEntry>): readonly ChainHead[] {
  const heads = new Map<string, ChainHead>()
  for (const { chain, seq, hash } of entries) if (seq > (heads.get(chain)?.seq ?? 0)) heads.set(chain, { chain, seq, hash })
  return [...heads.values()]
}
