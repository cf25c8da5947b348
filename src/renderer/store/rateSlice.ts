import type { StateCreator } from 'zustand'
import type { TaskSlice } from './taskSlice.ts'
import { progressOf } from './taskSlice.ts'

/** One hour at one sample in ten seconds: what a chart of a window's width can show. */
export const RATE_SAMPLES_MAX = 360

export interface RateSample {
  readonly atMs: number
  readonly bytesPerSecond: number
  readonly filesPerSecond: number
}

/** How fast the whole project was while this window looked. */
export interface RateSlice {
  readonly rates: readonly RateSample[]
  noteRate(atMs: number): void
}

export const createRateSlice: StateCreator<RateSlice & TaskSlice, [], [], RateSlice> = (set, get) => ({
  rates: [],
  noteRate(atMs) {
    const state = get()
    let bytesPerSecond = 0
    let filesPerSecond = 0
    for (const row of Object.values(state.tasks)) {
      if (row.status !== 'inProgress') continue
      const progress = progressOf(state, row.task.id)
      bytesPerSecond += progress?.bytesPerSecond ?? 0
      filesPerSecond += progress?.filesPerSecond ?? 0
    }
    set({ rates: [...state.rates, { atMs, bytesPerSecond, filesPerSecond }].slice(-RATE_SAMPLES_MAX) })
  },
})
