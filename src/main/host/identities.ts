import { type IdentityMapping, type IdentityPart, identityKey } from '../../shared/domain/identity.ts'
import { type KeyedList, upsert } from '../engine/ports/keyedList.ts'
import type { AuditLog } from './auditLog.ts'

/** Rows of the settings list that the map is spread over, so that each stays small and two people seldom meet in one. Never changes. */
const PARTS = 64
const KEY_PREFIX = 'identity-map/'

/** Whom people of the project have settled accounts of the source to be. Every install reads and writes the same. */
export interface Identities {
  /** By source, in its alphabetical order. */
  rows(signal: AbortSignal): Promise<readonly IdentityMapping[]>
  /** Adds rows and replaces those of the same source. Noted in the audit. Writing the same twice changes nothing. */
  put(rows: readonly IdentityMapping[], signal: AbortSignal): Promise<void>
  /** Takes the rows of these sources away; the number that there were. */
  remove(sources: readonly string[], signal: AbortSignal): Promise<number>
}

export function createIdentities(deps: { readonly list: KeyedList<IdentityPart>; readonly audit: AuditLog }): Identities {
  const { list, audit } = deps

  async function change(
    sources: readonly string[],
    decide: (before: readonly IdentityMapping[], part: string) => readonly IdentityMapping[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const part of new Set(sources.map(partOf))) {
      await upsert(list, part, {
        decide: (before): IdentityPart => ({ kind: 'identityMap', rows: [...decide(before?.rows ?? [], part)] }),
        signal,
      })
    }
  }

  return {
    async rows(signal) {
      const parts = await list.list(signal)
      return parts
        .filter(({ key }) => key.startsWith(KEY_PREFIX))
        .flatMap(({ value }) => value.rows)
        .sort((a, b) => (a.source < b.source ? -1 : 1))
    },
    async put(rows, signal) {
      const keys = new Set(rows.map(({ source }) => identityKey(source)))
      await change(
        rows.map(({ source }) => source),
        (before, part) => [
          ...before.filter(({ source }) => !keys.has(identityKey(source))),
          ...rows.filter(({ source }) => partOf(source) === part),
        ],
        signal,
      )
      await audit.record({ action: 'identities.put', subject: 'identity map', detail: `${rows.length} rows` }, signal)
    },
    async remove(sources, signal) {
      const keys = new Set(sources.map(identityKey))
      const gone = new Map<string, number>()
      await change(
        sources,
        (before, part) => {
          const kept = before.filter(({ source }) => !keys.has(identityKey(source)))
          gone.set(part, before.length - kept.length)
          return kept
        },
        signal,
      )
      const count = [...gone.values()].reduce((sum, one) => sum + one, 0)
      await audit.record({ action: 'identities.removed', subject: 'identity map', detail: `${count} rows` }, signal)
      return count
    },
  }
}

/** FNV-1a over the key: the same row of the list for the same account on every install. */
function partOf(source: string): string {
  let hash = 0x811c9dc5
  for (const unit of identityKey(source)) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0
  return `${KEY_PREFIX}${hash % PARTS}`
}
