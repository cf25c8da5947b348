/** What the attributes and the reparse tag of an entry mean. Source: the Windows SDK, winnt.h and ntifs.h. */

const READ_ONLY = 0x1
const HIDDEN = 0x2
const SYSTEM = 0x4
const DIRECTORY = 0x10
const REPARSE_POINT = 0x400
const OFFLINE = 0x1000
const ENCRYPTED = 0x4000
const RECALL_ON_OPEN = 0x4_0000
const RECALL_ON_DATA_ACCESS = 0x40_0000

const TAG_MOUNT_POINT = 0xa000_0003
const TAG_SYMLINK = 0xa000_000c
/** Set in the tag of everything that stands for another place. */
const NAME_SURROGATE = 0x2000_0000

export interface EntryNature {
  readonly kind: 'file' | 'folder' | 'link'
  readonly isHidden: boolean
  /** Reading it would fetch it from a slower store. */
  readonly isOffline: boolean
}

/** Junctions, symbolic links and other surrogates are links; placeholders, deduplicated and compressed files are what they stand for. */
export function natureOf({ attributes, reparseTag }: { readonly attributes: number; readonly reparseTag: number }): EntryNature {
  const isSurrogate =
    (attributes & REPARSE_POINT) !== 0 &&
    (reparseTag === TAG_MOUNT_POINT || reparseTag === TAG_SYMLINK || (reparseTag & NAME_SURROGATE) !== 0)
  return {
    kind: isSurrogate ? 'link' : (attributes & DIRECTORY) !== 0 ? 'folder' : 'file',
    isHidden: (attributes & HIDDEN) !== 0,
    isOffline: (attributes & (OFFLINE | RECALL_ON_OPEN | RECALL_ON_DATA_ACCESS)) !== 0,
  }
}

/**
 * What an entry is marked as and the destination has no mark for. Compressed and sparse say how a disk keeps the content and mean nothing
 * elsewhere; on a folder read-only means that Explorer shows it in its own way. [names]
 */
export function lostAttributesOf(attributes: number, kind: 'file' | 'folder'): readonly string[] {
  const has = (bit: number): boolean => (attributes & bit) !== 0
  return [
    ...(has(READ_ONLY) && kind === 'file' ? ['read-only'] : []),
    ...(has(HIDDEN) ? ['hidden'] : []),
    ...(has(SYSTEM) ? ['system'] : []),
    ...(has(ENCRYPTED) ? ['encrypted'] : []),
  ]
}
