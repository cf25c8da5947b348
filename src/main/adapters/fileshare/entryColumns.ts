import type { ItemIssue, ItemKind } from '../../../shared/domain/item.ts'
import type { SourceEntry } from '../../engine/ports/source.ts'
import type { EntryStats } from './fileCalls.ts'
import { ownerId } from './ownerNames.ts'

const KINDS: readonly ItemKind[] = ['file', 'folder', 'symlink', 'special']
const IS_OFFLINE = 1
const IS_HIDDEN = 2
/** No file name holds it on any platform. */
const BETWEEN_NAMES = '/'

/** Entries as flat columns: the form in which a walk leaves its thread. The numeric columns are moved, not copied. */
export interface EntryColumns {
  /** Folders (paths below the root) that the rows belong to. */
  readonly parents: readonly string[]
  readonly parentOfRow: Uint32Array<ArrayBuffer>
  readonly names: string
  readonly kinds: Uint8Array<ArrayBuffer>
  readonly flags: Uint8Array<ArrayBuffer>
  readonly sizesBytes: Float64Array<ArrayBuffer>
  /** NaN = the platform does not tell. */
  readonly createdMs: Float64Array<ArrayBuffer>
  readonly modifiedMs: Float64Array<ArrayBuffer>
  readonly devices: BigUint64Array<ArrayBuffer>
  /** Account numbers; NaN = the platform does not tell. */
  readonly owners: Float64Array<ArrayBuffer>
  /** 0 = none. */
  readonly inodes: BigUint64Array<ArrayBuffer>
  readonly issues: readonly { readonly row: number; readonly issue: ItemIssue }[]
  /** What is told of an entry that can travel all the same. */
  readonly warnings: readonly { readonly row: number; readonly warnings: readonly ItemIssue[] }[]
  readonly count: number
  /** The one row without a parent: the root itself. */
  readonly rootRow: number | undefined
}

export interface ColumnRow {
  readonly name: string
  readonly kind: ItemKind
  /** undefined when the entry could not be examined. */
  readonly stats: EntryStats | undefined
  readonly issue: ItemIssue | undefined
  readonly warnings?: readonly ItemIssue[]
}

/** Whole milliseconds, the same for a listed entry and for an opened file, so that the two can be compared. */
export function modifiedMsOf(stats: Pick<EntryStats, 'mtimeMs'>): number {
  return Number(stats.mtimeMs)
}

/**
 * Hidden and offline, where the platform tells. Dot files are ordinary files on a share, so nothing else counts as hidden. Without attributes
 * a file of some size on Windows that has no block of its own is a placeholder (tiered to the cloud or to tape) or nothing but a hole; it is
 * taken for offline, which reports it instead of recalling it.
 */
function flagsOf(stats: EntryStats, kind: ItemKind): number {
  const { nature } = stats
  if (nature !== undefined) return (nature.isOffline && kind === 'file' ? IS_OFFLINE : 0) | (nature.isHidden ? IS_HIDDEN : 0)
  return process.platform === 'win32' && kind === 'file' && stats.blocks === 0n && stats.size >= 4096n ? IS_OFFLINE : 0
}

/** Collects rows until `take` hands them over and starts again. */
export class ColumnBuilder {
  readonly #capacity: number
  #columns: ReturnType<typeof emptyColumns>
  #names: string[] = []
  #parents: string[] = []
  #issues: { row: number; issue: ItemIssue }[] = []
  #warnings: { row: number; warnings: readonly ItemIssue[] }[] = []
  #count = 0
  #rootRow: number | undefined

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#columns = emptyColumns(capacity)
  }

  get isFull(): boolean {
    return this.#count >= this.#capacity
  }

  get count(): number {
    return this.#count
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** `parent` undefined = the row is the root. Never call it on a full builder. */
  add(parent: string | undefined, row: ColumnRow): void {
    const at = this.#count++
    const columns = this.#columns
    if (parent === undefined) this.#rootRow = at
    else if (this.#parents.length === 0 || this.#parents[this.#parents.length - 1] !== parent) this.#parents.push(parent)
    columns.parentOfRow[at] = Math.max(0, this.#parents.length - 1)
    this.#names.push(row.name)
    columns.kinds[at] = KINDS.indexOf(row.kind)
    columns.createdMs[at] = Number.NaN
    columns.modifiedMs[at] = Number.NaN
    columns.owners[at] = Number.NaN
    const { stats } = row
    if (stats !== undefined) {
      columns.flags[at] = flagsOf(stats, row.kind)
      if (row.kind === 'file') columns.sizesBytes[at] = Number(stats.size)
      if (stats.birthtimeMs !== 0n) columns.createdMs[at] = Number(stats.birthtimeMs)
      columns.modifiedMs[at] = modifiedMsOf(stats)
      columns.devices[at] = stats.dev
      columns.inodes[at] = stats.ino
      // Windows has no account numbers: its owners are told by security descriptors, which Node does not hand over.
      if (process.platform !== 'win32') columns.owners[at] = Number(stats.uid)
    }
    if (row.issue !== undefined) this.#issues.push({ row: at, issue: row.issue })
    if (row.warnings !== undefined && row.warnings.length > 0) this.#warnings.push({ row: at, warnings: row.warnings })
  }

  take(): EntryColumns {
    const taken: EntryColumns = {
      ...this.#columns,
      names: this.#names.join(BETWEEN_NAMES),
      parents: this.#parents,
      issues: this.#issues,
      warnings: this.#warnings,
      count: this.#count,
      rootRow: this.#rootRow,
    }
    this.#columns = emptyColumns(this.#capacity)
    this.#names = []
    this.#parents = []
    this.#issues = []
    this.#warnings = []
    this.#count = 0
    this.#rootRow = undefined
    return taken
  }
}

function emptyColumns(capacity: number) {
  return {
    parentOfRow: new Uint32Array(capacity),
    kinds: new Uint8Array(capacity),
    flags: new Uint8Array(capacity),
    sizesBytes: new Float64Array(capacity),
    createdMs: new Float64Array(capacity),
    modifiedMs: new Float64Array(capacity),
    owners: new Float64Array(capacity),
    devices: new BigUint64Array(capacity),
    inodes: new BigUint64Array(capacity),
  }
}

/** What to move along with the columns when they change threads. */
export function transferList(columns: EntryColumns): ArrayBuffer[] {
  return [
    columns.parentOfRow.buffer,
    columns.kinds.buffer,
    columns.flags.buffer,
    columns.sizesBytes.buffer,
    columns.createdMs.buffer,
    columns.modifiedMs.buffer,
    columns.owners.buffer,
    columns.devices.buffer,
    columns.inodes.buffer,
  ]
}

const told = (value: number | undefined): number | undefined => (value === undefined || Number.isNaN(value) ? undefined : value)

const ownerOf = (uid: number | undefined): string | undefined =>
  uid === undefined || Number.isNaN(uid) ? undefined : ownerId(BigInt(uid))

export function decodeEntries(columns: EntryColumns): SourceEntry[] {
  const issues = new Map(columns.issues.map(({ row, issue }) => [row, issue]))
  const warned = new Map(columns.warnings.map(({ row, warnings }) => [row, warnings]))
  const names = columns.count === 0 ? [] : columns.names.split(BETWEEN_NAMES)
  return names.map((name, row) => {
    const parent = columns.parents[columns.parentOfRow[row] ?? 0] ?? ''
    const inode = columns.inodes[row] ?? 0n
    const warnings = warned.get(row)
    return {
      relPath: row === columns.rootRow ? '' : parent === '' ? name : `${parent}/${name}`,
      name,
      kind: KINDS[columns.kinds[row] ?? 0] ?? 'file',
      sizeBytes: columns.sizesBytes[row] ?? 0,
      createdMs: told(columns.createdMs[row]),
      modifiedMs: told(columns.modifiedMs[row]),
      isHidden: ((columns.flags[row] ?? 0) & IS_HIDDEN) !== 0,
      isOffline: ((columns.flags[row] ?? 0) & IS_OFFLINE) !== 0,
      owner: ownerOf(columns.owners[row]),
      fileId: inode === 0n ? undefined : `${columns.devices[row]}:${inode}`,
      issue: issues.get(row),
      ...(warnings === undefined ? {} : { warnings }),
    }
  })
}
