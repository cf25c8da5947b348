import type { StateCreator } from 'zustand'
import type { DestinationSpec } from '../../shared/domain/task.ts'
import { addPairs, type Pair } from '../features/create/plan.ts'
import type { UiSlice } from './uiSlice.ts'

/** What a person has paired so far; survives a look at another screen. */
export interface PlanSlice {
  readonly pairs: readonly Pair[]
  /** Sources that are to be selected when Create is opened. */
  readonly sources: readonly string[]
  takeSources(): readonly string[]
  /** The plan is being looked at as a whole; a look at a scan comes back to it. */
  readonly isReviewing: boolean
  review(isReviewing: boolean): void
  /** Opens Create with these sources selected. */
  planSources(paths: readonly string[]): void
  pair(added: { readonly paths: readonly string[]; readonly onto: DestinationSpec; readonly ontoTitle: string }): void
  changePair(id: string, change: Partial<Pick<Pair, 'name' | 'hasOwnFolder' | 'scanId'>>): void
  removePairs(ids: readonly string[]): void
}

export const createPlanSlice: StateCreator<PlanSlice & UiSlice, [], [], PlanSlice> = (set, get) => ({
  pairs: [],
  sources: [],
  isReviewing: false,
  review: (isReviewing) => set({ isReviewing }),
  takeSources() {
    const { sources } = get()
    if (sources.length > 0) set({ sources: [] })
    return sources
  },
  planSources: (sources) => set({ sources, view: 'create', isReviewing: false }),
  pair: (added) => set((state) => ({ pairs: addPairs(state.pairs, added) })),
  changePair: (id, change) =>
    set((state) => ({ pairs: state.pairs.map((pair) => (pair.id === id ? { ...pair, ...change } : pair)) })),
  removePairs: (ids) => set((state) => ({ pairs: state.pairs.filter(({ id }) => !ids.includes(id)) })),
})
