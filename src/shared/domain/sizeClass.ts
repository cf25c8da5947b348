import { z } from 'zod'
import { KIB, MIB } from '../units.ts'

/** Upper ends of the size classes, the last has none: what one request takes, small, one fragment, some fragments, and giants. */
export const SIZE_CLASS_ENDS = [64 * KIB, MIB, 10 * MIB, 100 * MIB] as const
export const SIZE_CLASS_COUNT = SIZE_CLASS_ENDS.length + 1

export function sizeClassOf(sizeBytes: number): number {
  const index = SIZE_CLASS_ENDS.findIndex((end) => sizeBytes <= end)
  return index < 0 ? SIZE_CLASS_ENDS.length : index
}

const amount = z.number().nonnegative()

/** What a round has found and measured of the files of one size class. */
export const sizeClassWorkSchema = z.object({
  /** Found by the scan of this process. */
  scannedFiles: amount,
  scannedBytes: amount,
  /** Stored, with the time that each took from its beginning to its end; the sum of squares tells how much they differ. */
  sentFiles: amount,
  sentBytes: amount,
  busyMs: amount,
  squaredMs: amount,
})
export type SizeClassWork = z.infer<typeof sizeClassWorkSchema>

export const emptySizeClasses = (): SizeClassWork[] =>
  Array.from({ length: SIZE_CLASS_COUNT }, () => ({
    scannedFiles: 0,
    scannedBytes: 0,
    sentFiles: 0,
    sentBytes: 0,
    busyMs: 0,
    squaredMs: 0,
  }))
