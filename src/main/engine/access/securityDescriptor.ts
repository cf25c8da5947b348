/** A SID in its numeric form `S-1-…`. */
export type Sid = string

export interface AccessEntry {
  readonly effect: 'allow' | 'deny'
  readonly sid: Sid
  /** Bits of accessMask.ts, generic rights not yet mapped. Unsigned 32 bits. */
  readonly mask: number
  /** Came from a folder above. */
  readonly isInherited: boolean
  /** Handed down to files (OI), to folders (CI). */
  readonly forFiles: boolean
  readonly forFolders: boolean
  /** Handed down only; says nothing about the item that carries it (IO). */
  readonly isInheritOnly: boolean
  /** Handed down one level only (NP). */
  readonly isOneLevelOnly: boolean
  /** The entry holds only under a condition (claims, device). Such rights cannot travel. */
  readonly condition?: string
}

/** Who may do what with a file or folder of the source, as far as it can travel. */
export interface SecurityDescriptor {
  readonly owner: Sid | undefined
  readonly group: Sid | undefined
  /** undefined: there is no list at all, which Windows reads as everything for everybody. An empty list is nothing for nobody. */
  readonly entries: readonly AccessEntry[] | undefined
  /** Inherits nothing from above (P). */
  readonly isProtected: boolean
  /** Entries of kinds that say nothing about access to files (object, callback of other kinds): counted, not kept. */
  readonly unknownEntryCount: number
}

/** Whether an entry speaks about the item that carries it. */
export function appliesHere(entry: AccessEntry): boolean {
  return !entry.isInheritOnly
}
