import type { StateCreator } from 'zustand'
import type { TaskStatus } from '../../shared/domain/task.ts'

export const VIEWS = ['overview', 'migrations', 'create', 'reports'] as const
export type ViewName = (typeof VIEWS)[number]

/** What only this window knows. */
export interface UiSlice {
  readonly view: ViewName
  readonly search: string
  readonly statusFilter: TaskStatus | 'all'
  openView(view: ViewName): void
  setSearch(search: string): void
  setStatusFilter(status: UiSlice['statusFilter']): void
}

export const createUiSlice: StateCreator<UiSlice, [], [], UiSlice> = (set) => ({
  view: 'overview',
  search: '',
  statusFilter: 'all',
  openView: (view) => set({ view }),
  setSearch: (search) => set({ search }),
  setStatusFilter: (statusFilter) => set({ statusFilter }),
})
