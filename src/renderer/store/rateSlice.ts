import type { StateCreator } from 'zustand'
import type { TaskId } from '../../shared/domain/ids.ts'
import { SECOND_MS } from '../../shared/units.ts'
import type { TaskSlice } from './taskSlice.ts'

/** One hour at one sample in five seconds. */
export const RATE_SAMPLES_MAX = 720

export interface RateSample {
  readonly atMs: number
  readonly bytesPerSecond: number
}

/** How fast the whole project was while this window looked. */
export interface RateSlice {
  readonly rates: readonly RateSample[]
  noteRate(atMs: number): void
}

export const createRateSlice: StateCreator<RateSlice & TaskSlice, [], [], RateSlice> = (set, get) => {
  /** What this machine's tasks had sent at the last look: a burst between two looks counts as well. */
  let sent: ReadonlyMap<TaskId, number> = new Map()

  return {
    rates: [],
    noteRate(atMs) {
      const { tasks, samples, rates } = get()
      const last = rates.at(-1)
      const seconds = last ? (atMs - last.atMs) / SECOND_MS : 0
      const now = new Map<TaskId, number>()
      let bytesPerSecond = 0
      for (const row of Object.values(tasks)) {
        const { id } = row.task
        const sample = samples[id]
        if (sample) {
          now.set(id, sample.uploadedBytes)
          // A new round begins at nothing again.
          if (seconds > 0) bytesPerSecond += Math.max(0, sample.uploadedBytes - (sent.get(id) ?? 0)) / seconds
        } else if (row.status === 'inProgress') bytesPerSecond += row.progress?.bytesPerSecond ?? 0
      }
      sent = now
      set({ rates: [...rates, { atMs, bytesPerSecond }].slice(-RATE_SAMPLES_MAX) })
    },
  }
}
