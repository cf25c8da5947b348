import { PACKAGE_BYTES_MAX, PACKAGE_BYTES_MIN, PACKAGE_ITEMS_MAX, PACKAGE_ITEMS_MIN } from '../../../shared/limits.ts'

/** What a package may hold at most, at this moment. */
export interface PackageTarget {
  readonly items: number
  readonly bytes: number
}

export interface PackageItem {
  readonly sizeBytes: number
}

/** Fills packages in the order in which items come. A file that is larger than a package gets one of its own and closes nobody else's. */
export class PackageFiller<T extends PackageItem> {
  readonly #target: () => PackageTarget
  #open: T[] = []
  #bytes = 0

  constructor(target: () => PackageTarget) {
    this.#target = target
  }

  /** The packages that are full now: none, one, or two. */
  add(item: T): readonly (readonly T[])[] {
    const target = this.#target()
    if (item.sizeBytes >= target.bytes) return [[item]]
    const closed = this.#bytes + item.sizeBytes > target.bytes ? this.finish() : []
    this.#open.push(item)
    this.#bytes += item.sizeBytes
    return this.#open.length >= target.items ? [...closed, ...this.finish()] : closed
  }

  /** What is left, as at most one package. */
  finish(): readonly (readonly T[])[] {
    const items = this.#open
    this.#open = []
    this.#bytes = 0
    return items.length === 0 ? [] : [items]
  }
}

export interface AchievedImport {
  readonly isClean: boolean
  readonly importMs: number
}

/** An import that takes longer than this gains nothing from being larger. */
const COMFORTABLE_IMPORT_MS = 10 * 60_000

/**
 * Sizes follow what imports achieve: jobs that were cut short or ran for long halve them, clean and quick ones let them grow back, always
 * between the advised bounds. Pure.
 */
export function nextTarget(target: PackageTarget, achieved: AchievedImport): PackageTarget {
  const isGood = achieved.isClean && achieved.importMs <= COMFORTABLE_IMPORT_MS
  const factor = isGood ? 1.25 : 0.5
  return {
    items: bounded(Math.round(target.items * factor), PACKAGE_ITEMS_MIN, PACKAGE_ITEMS_MAX),
    bytes: bounded(Math.round(target.bytes * factor), PACKAGE_BYTES_MIN, PACKAGE_BYTES_MAX),
  }
}

export const LARGEST_TARGET: PackageTarget = { items: PACKAGE_ITEMS_MAX, bytes: PACKAGE_BYTES_MAX }

const bounded = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value))

/** Two halves, so that whoever poisons a package is found in a few steps. */
export function halves<T>(items: readonly T[]): readonly (readonly T[])[] {
  const middle = Math.ceil(items.length / 2)
  return [items.slice(0, middle), items.slice(middle)].filter((half) => half.length > 0)
}
