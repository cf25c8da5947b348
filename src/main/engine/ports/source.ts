import type { ItemIssue, ItemKind } from '../../../shared/domain/item.ts'

/** One entry of the tree as the file system tells it; nothing is judged here but what only the file system can know. */
export interface SourceEntry {
  /** Below the source root, `/` between folders; '' is the root itself. Exactly the file system's spelling. */
  readonly relPath: string
  readonly name: string
  readonly kind: ItemKind
  readonly sizeBytes: number
  /** Milliseconds since the epoch; undefined where the platform does not tell. */
  readonly createdMs: number | undefined
  readonly modifiedMs: number | undefined
  readonly isHidden: boolean
  /** Tiered or offline: reading it would recall it. */
  readonly isOffline: boolean
  /** Who owns it, by the platform's own id (`uid:1000`, a SID); undefined where it tells none. The id alone is no identity. */
  readonly owner: string | undefined
  /** Stable id of the file on its volume (`dev:inode`, NTFS file id); undefined where there is none. */
  readonly fileId: string | undefined
  /** Blocking: unreadable folder, special file, link policy, undecodable name. The entry is reported, never dropped. */
  readonly issue: ItemIssue | undefined
  /** What cannot travel with it: marks, and data beside its content. The entry itself can. */
  readonly warnings?: readonly ItemIssue[]
}

/** What a file looked like at one moment; equal stamps mean that it did not change in between. */
export interface SourceStamp {
  readonly sizeBytes: number
  readonly modifiedMs: number
}

export interface OpenSourceFile {
  readonly stamp: SourceStamp
  /** The bytes [start, end) of the file. A fresh stream on every call, so that every slice can be sent again. Errors are SRC_ codes. */
  read(start: number, end: number, signal: AbortSignal): AsyncIterable<Uint8Array>
  /**
   * Gives the memory of a chunk back, so that a later read may fill it again; for whoever can tell that nobody looks at it any more (a
   * fragment was answered, a hash has taken it). Never needed: a chunk that is not given back stays valid for as long as it is held.
   */
  release?(chunk: Uint8Array): void
  /** Stamp of the file now; the name may have been replaced since it was opened, that shows too. */
  restamp(): Promise<SourceStamp>
  close(): Promise<void>
}

/** Access lists of a source. */
export interface SourceAccess {
  /** The security descriptor of an entry as SDDL; undefined = none is known. Errors: SRC_NO_ACCESS, SRC_VANISHED, SRC_READ_FAILED. */
  descriptor(relPath: string, signal: AbortSignal): Promise<string | undefined>
  /** Under which names an identity map may know an account: its SID first, then `DOMAIN\name` where the system knows it. */
  accountSpellings(sid: string): readonly string[]
  /** What the source itself knows of accounts, many at once. Accounts that nobody there knows are left out. Idempotent. */
  accounts?(sids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, SourceAccount>>
  /** The permissions of the share itself as SDDL, which cut whatever the file system gives; undefined = it has none or tells none. */
  shareDescriptor?(signal: AbortSignal): Promise<string | undefined>
}

/** An account as a file server, or the directory behind it, tells it. */
export interface SourceAccount {
  readonly sid: string
  /** `DOMAIN\name` first, then a user principal name where one is known. Empty where nobody knows a name. */
  readonly names: readonly string[]
  /** `localGroup`: of the file server, so that no directory knows it. `deleted`: the source is sure that nobody has this SID any more. */
  readonly kind: 'person' | 'group' | 'localGroup' | 'deleted' | 'unknown'
  /** Direct members of a group; undefined = nobody tells. */
  readonly memberSids?: readonly string[]
}

/** A tree of files, opened read-only. */
export interface Source {
  readonly rootPath: string
  /** Throws SRC_NOT_FOUND, SRC_NO_ACCESS or SRC_NOT_A_FOLDER when the root cannot be walked. */
  check(): Promise<void>
  /**
   * The whole tree in batches of at most a few thousand entries, each folder before its content, all entries of one folder together
   * (one folder may span several batches). The root itself is the first entry. Memory does not grow with the tree.
   */
  walk(options: { readonly symlinks: 'skip' | 'follow'; readonly signal: AbortSignal }): AsyncIterable<readonly SourceEntry[]>
  /** Under which names an identity map may know the owner of an entry: its id first, then the account's name where there is one. */
  ownerSpellings(owner: string): readonly string[]
  /** Who may do what here, where the platform or a saved list tells. */
  readonly access?: SourceAccess | undefined
  /** Errors: SRC_VANISHED, SRC_NO_ACCESS, SRC_LOCKED, SRC_READ_FAILED. */
  open(relPath: string, signal: AbortSignal): Promise<OpenSourceFile>
}

/** Streaming QuickXorHash: bytes in any slicing, then the base64 of 20 bytes. */
export interface ContentHasher {
  update(bytes: Uint8Array): void
  digest(): string
}
export type CreateContentHasher = () => ContentHasher
