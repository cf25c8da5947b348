/** What NTFS rights mean, bit by bit, and which of the named levels they amount to. Source: Win32 access masks, reference H.1. */

export const FILE_READ_DATA = 0x1
export const FILE_WRITE_DATA = 0x2
export const FILE_APPEND_DATA = 0x4
export const FILE_READ_EA = 0x8
export const FILE_WRITE_EA = 0x10
export const FILE_EXECUTE = 0x20
export const FILE_DELETE_CHILD = 0x40
export const FILE_READ_ATTRIBUTES = 0x80
export const FILE_WRITE_ATTRIBUTES = 0x100
export const DELETE = 0x1_0000
export const READ_CONTROL = 0x2_0000
export const WRITE_DAC = 0x4_0000
export const WRITE_OWNER = 0x8_0000
export const SYNCHRONIZE = 0x10_0000

/** Rights that are asked for without naming bits; the file system replaces them by those of files. */
export const GENERIC_ALL = 0x1000_0000
export const GENERIC_EXECUTE = 0x2000_0000
export const GENERIC_WRITE = 0x4000_0000
export const GENERIC_READ = 0x8000_0000

export const MASK_FULL = 0x1f_01ff
export const MASK_MODIFY = 0x13_01bf
export const MASK_READ_EXECUTE = 0x12_00a9
export const MASK_READ = 0x12_0089
export const MASK_WRITE = 0x10_0116
const FILE_GENERIC_WRITE = 0x12_0116
const FILE_GENERIC_EXECUTE = 0x12_00a0

/** The named levels of the permissions dialog, from nothing to everything. */
export const ACCESS_LEVELS = ['none', 'read', 'write', 'modify', 'full'] as const
export type AccessLevel = (typeof ACCESS_LEVELS)[number]

export interface NamedAccess {
  readonly level: AccessLevel
  /** Rights beyond the level or short of the next one: the name alone does not tell the whole. */
  readonly extraMask: number
}

/** Generic rights as the file system reads them. */
export function mapGenericRights(mask: number): number {
  let mapped = mask & 0x0fff_ffff
  if (hasAll(mask, GENERIC_ALL)) mapped |= MASK_FULL
  if (hasAll(mask, GENERIC_READ)) mapped |= MASK_READ
  if (hasAll(mask, GENERIC_WRITE)) mapped |= FILE_GENERIC_WRITE
  if (hasAll(mask, GENERIC_EXECUTE)) mapped |= FILE_GENERIC_EXECUTE
  return mapped >>> 0
}

/** Bits that every named level carries along and that open nothing by themselves. */
const SILENT_BITS = SYNCHRONIZE | READ_CONTROL | FILE_READ_ATTRIBUTES | FILE_READ_EA | FILE_EXECUTE

/**
 * The highest named level that `mask` holds whole. Listing a folder is reading it. Writing without reading (a drop box) is no level: there
 * is nothing like it at the destination, so it comes out as `none` with everything in `extraMask`.
 */
export function nameAccess(mask: number): NamedAccess {
  const rights = mapGenericRights(mask)
  const level = levelOf(rights)
  return { level, extraMask: (rights & ~(LEVEL_MASKS[level] | SILENT_BITS)) >>> 0 }
}

const LEVEL_MASKS: Readonly<Record<AccessLevel, number>> = {
  none: 0,
  read: MASK_READ_EXECUTE,
  write: MASK_READ_EXECUTE | MASK_WRITE,
  modify: MASK_MODIFY,
  full: MASK_FULL,
}

function levelOf(rights: number): AccessLevel {
  if (hasAll(rights, MASK_FULL)) return 'full'
  if (hasAll(rights, MASK_MODIFY)) return 'modify'
  if (!hasAll(rights, MASK_READ)) return 'none'
  return hasAll(rights, MASK_READ | MASK_WRITE) ? 'write' : 'read'
}

/** The lower of two levels: what share and file system both give. */
export function lowerLevel(a: AccessLevel, b: AccessLevel): AccessLevel {
  return ACCESS_LEVELS[Math.min(ACCESS_LEVELS.indexOf(a), ACCESS_LEVELS.indexOf(b))] ?? 'none'
}

export function higherLevel(a: AccessLevel, b: AccessLevel): AccessLevel {
  return ACCESS_LEVELS[Math.max(ACCESS_LEVELS.indexOf(a), ACCESS_LEVELS.indexOf(b))] ?? 'none'
}

function hasAll(mask: number, bits: number): boolean {
  return (mask & bits) >>> 0 === bits >>> 0
}
