import fs from 'node:fs'

/** Tells whether a program holds a lock that announces writing. */
export interface WriterLocks {
  /** Numbers as in a file's stats. */
  isHeld(device: bigint, inode: bigint): boolean
}

export interface LockTableOptions {
  /** The text of the system's lock table; '' where there is none. */
  readonly readTable: () => string
  readonly nowMs: () => number
  readonly ownPid: number
}

/** The table is read again when it is older; a lock that is newer than that may be missed. */
const FRESH_MS = 1000
/** `1: POSIX  ADVISORY  WRITE 5808 fe:00:2147222 0 EOF`; waiting ones have an arrow in the second column. [proc_locks(5)] */
const LINE = /^\d+:\s+(?:FLOCK|POSIX|OFDLCK|LEASE)\s+\S+\s+WRITE\s+(-?\d+)\s+([0-9a-f]+):([0-9a-f]+):(\d+)\s/

/**
 * POSIX has no locks that keep a reader out: a program that is writing can only announce it (flock, fcntl; Samba and NFS servers do so for
 * their clients). Reading such a file would copy half a change, so an announced writer counts as "in use". Linux shows all announcements in
 * one table. Read locks do not count, nor do those of this process. Not seen: locks of other machines on a mounted share (there the call itself
 * fails), locks on file systems whose files carry another device number than their mount (btrfs subvolumes, overlays).
 */
export function createLockTable({ readTable, nowMs, ownPid }: LockTableOptions): WriterLocks {
  let readAtMs = Number.NEGATIVE_INFINITY
  let held = new Set<string>()
  return {
    isHeld(device, inode) {
      if (nowMs() - readAtMs >= FRESH_MS) {
        held = writerKeys(readTable(), ownPid)
        readAtMs = nowMs()
      }
      return held.size > 0 && held.has(keyOf(device, inode))
    },
  }
}

export function systemWriterLocks(): WriterLocks {
  if (process.platform !== 'linux') return { isHeld: () => false }
  return createLockTable({
    readTable: () => {
      try {
        return fs.readFileSync('/proc/locks', 'latin1')
      } catch {
        // A hardened container may hide the table: then nothing can be seen, and nothing is refused.
        return ''
      }
    },
    nowMs: () => performance.now(),
    ownPid: process.pid,
  })
}

function writerKeys(table: string, ownPid: number): Set<string> {
  const keys = new Set<string>()
  for (const line of table.split('\n')) {
    const [, pid, major, minor, inode] = LINE.exec(line) ?? []
    if (major === undefined || minor === undefined || Number(pid) === ownPid) continue
    keys.add(`${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}:${inode}`)
  }
  return keys
}

/** Linux packs major and minor into one device number of 64 bits. [makedev(3)] */
function keyOf(device: bigint, inode: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n)
  return `${major}:${minor}:${inode}`
}
