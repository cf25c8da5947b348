import { type IdentityMapping, identityKey } from '../../../shared/domain/identity.ts'

/** Whom the owners of a source are at the destination. */
export interface IdentityMap {
  readonly isEmpty: boolean
  /** The first spelling that the map knows decides. Case does not count, as in Windows. */
  find(spellings: readonly string[]): IdentityMapping | undefined
}

/** The first row of a source counts; whoever reads a file refuses the second. Pure. */
export function createIdentityMap(rows: readonly IdentityMapping[]): IdentityMap {
  const bySource = new Map<string, IdentityMapping>()
  for (const row of rows) {
    const key = identityKey(row.source)
    if (!bySource.has(key)) bySource.set(key, row)
  }
  return {
    isEmpty: bySource.size === 0,
    find(spellings) {
      for (const spelling of spellings) {
        const row = bySource.get(identityKey(spelling))
        if (row !== undefined) return row
      }
      return undefined
    },
  }
}
