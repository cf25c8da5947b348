/** One entry of a folder as Windows lists it: no further call is needed to know its size, times and attributes. */
export interface WindowsEntry {
  readonly name: string
  /** FILE_ATTRIBUTE_ bits. */
  readonly attributes: number
  /** What kind of reparse point it is; 0 for an ordinary entry. */
  readonly reparseTag: number
  readonly sizeBytes: bigint
  /** Milliseconds since the epoch; 0 where the file system keeps none. */
  readonly createdMs: bigint
  readonly modifiedMs: bigint
  /** Stable on its volume; 0 where the file system has none. */
  readonly fileId: bigint
}

const REPARSE_POINT = 0x400
/** Offsets of FILE_ID_BOTH_DIR_INFO. Source: the Windows SDK, winbase.h. */
const AT = { next: 0, created: 8, modified: 24, size: 40, attributes: 56, nameBytes: 60, reparseTag: 64, fileId: 96, name: 104 }
/** 100 ns between 1601 and 1970. */
const EPOCH_TICKS = 116_444_736_000_000_000n
const TICKS_PER_MS = 10_000n

/** The records of one answer. `.` and `..` are left out. Errors: RangeError for a buffer that is not what the system writes. */
export function readFolderRecords(buffer: Buffer): WindowsEntry[] {
  const entries: WindowsEntry[] = []
  for (let at = 0; ; ) {
    const name = buffer.toString('utf16le', at + AT.name, at + AT.name + buffer.readUInt32LE(at + AT.nameBytes))
    if (name !== '.' && name !== '..') {
      const attributes = buffer.readUInt32LE(at + AT.attributes)
      entries.push({
        name,
        attributes,
        // The same four bytes hold the size of extended attributes where there is no reparse point.
        reparseTag: (attributes & REPARSE_POINT) === 0 ? 0 : buffer.readUInt32LE(at + AT.reparseTag),
        sizeBytes: buffer.readBigUInt64LE(at + AT.size),
        createdMs: toMs(buffer.readBigUInt64LE(at + AT.created)),
        modifiedMs: toMs(buffer.readBigUInt64LE(at + AT.modified)),
        fileId: buffer.readBigUInt64LE(at + AT.fileId),
      })
    }
    const next = buffer.readUInt32LE(at + AT.next)
    if (next === 0) return entries
    at += next
  }
}

function toMs(ticks: bigint): bigint {
  if (ticks === 0n) return 0n
  const since = ticks - EPOCH_TICKS
  // Towards the past for times before 1970, as Node does.
  return since < 0n && since % TICKS_PER_MS !== 0n ? since / TICKS_PER_MS - 1n : since / TICKS_PER_MS
}
