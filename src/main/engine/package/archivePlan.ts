import { ARCHIVE_BYTES_MAX, ARCHIVE_MEMBER_LIMIT_BYTES, ARCHIVE_MEMBERS_MIN, ARCHIVES_MAX } from '../../../shared/limits.ts'
import type { JobVerdict } from './jobOutcome.ts'

const CIPHER_BLOCK_BYTES = 16
/** Two headers with the name of the member, and some room. */
const MEMBER_OVERHEAD_BYTES = 256

/** The limit counts what the cipher would make of the file: filled up to whole blocks, and always one byte more. [D.3, D.4] */
export function fitsArchive(sizeBytes: number): boolean {
  const encryptedBytes = (Math.floor(sizeBytes / CIPHER_BLOCK_BYTES) + 1) * CIPHER_BLOCK_BYTES
  return sizeBytes > 0 && encryptedBytes < ARCHIVE_MEMBER_LIMIT_BYTES
}

/** How full one archive is; asked again when a file turns out to be another size than it was at the scan. */
export class ArchiveRoom {
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  /** Takes the room when there is enough. */
  takes(sizeBytes: number): boolean {
    const neededBytes = sizeBytes + MEMBER_OVERHEAD_BYTES
    if (!fitsArchive(sizeBytes) || this.#bytes + neededBytes > ARCHIVE_BYTES_MAX) return false
    this.#bytes += neededBytes
    return true
  }
}

export interface ArchivePlan<T> {
  readonly archives: readonly { readonly items: readonly T[]; readonly bytes: number }[]
  /** What travels in a blob of its own. */
  readonly singles: readonly T[]
}

/** Puts small files into at most two archives, in the order in which they come; too few of them make none. Pure. */
export function planArchives<T extends { readonly sizeBytes: number }>(items: readonly T[]): ArchivePlan<T> {
  const open: { readonly items: T[]; readonly room: ArchiveRoom }[] = []
  const singles: T[] = []
  for (const item of items) {
    if (open.some(({ items: inside, room }) => room.takes(item.sizeBytes) && inside.push(item) > 0)) continue
    const room = new ArchiveRoom()
    if (open.length < ARCHIVES_MAX && room.takes(item.sizeBytes)) open.push({ items: [item], room })
    else singles.push(item)
  }
  const [archives, tooFew] = [
    open.filter((archive) => archive.items.length >= ARCHIVE_MEMBERS_MIN),
    open.filter((archive) => archive.items.length < ARCHIVE_MEMBERS_MIN),
  ]
  return {
    archives: archives.map((archive) => ({ items: archive.items, bytes: archive.room.bytes })),
    singles: [...singles, ...tooFew.flatMap((archive) => archive.items)],
  }
}

/** Whether the end of a job that was given archives speaks against them: its words, or fewer files than it does not complain of. Pure. */
export function doubtsArchives(verdict: JobVerdict<{ readonly kind: string }>, filesCreated: number): boolean {
  if (verdict.kind === 'notAllowed') return false
  if (verdict.kind !== 'imported') return verdict.kind === 'defect' || /archive|\bzip\b|checksum/i.test(verdict.message)
  return filesCreated < verdict.rest.filter(({ kind }) => kind === 'file').length
}
