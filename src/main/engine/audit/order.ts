import type { AuditEntry } from '../../../shared/domain/audit.ts'

/**
 * Entries of all chains as they happened. Within a chain its own order counts, whatever the times say: those are the server's to about a
 * second, and two deeds of one moment may have them the wrong way round. Between chains the times decide.
 */
export function inOrder(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const latest = new Map<string, string>()
  return [...entries]
    .sort((a, b) => a.chain.localeCompare(b.chain) || a.seq - b.seq)
    .map((entry) => {
      const before = latest.get(entry.chain) ?? ''
      const at = entry.at > before ? entry.at : before
      latest.set(entry.chain, at)
      return { entry, at }
    })
    .sort((a, b) => a.at.localeCompare(b.at) || a.entry.chain.localeCompare(b.entry.chain) || a.entry.seq - b.entry.seq)
    .map(({ entry }) => entry)
}
