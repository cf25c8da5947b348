import type { StateCreator } from 'zustand'
import type { TaskId } from '../../shared/domain/ids.ts'
import type { TaskStatus } from '../../shared/domain/task.ts'

export const VIEWS = ['overview', 'scans', 'migrations', 'create', 'people', 'agents', 'cutover', 'reports', 'settings'] as const
export type ViewName = (typeof VIEWS)[number]

/** What only this window knows. */
export interface UiSlice {
  readonly view: ViewName
  readonly search: string
  readonly statusFilter: TaskStatus | 'all'
  readonly tagFilter: string | undefined
  /** The task or scan whose panel is open. */
  readonly taskId: TaskId | undefined
  readonly scanId: string | undefined
  readonly selected: ReadonlySet<TaskId>
  openView(view: ViewName): void
  /** Shows the task beside its list; undefined closes the panel. */
  openTask(taskId: TaskId | undefined): void
  openScan(scanId: string | undefined): void
  setTagFilter(tag: string | undefined): void
  select(ids: Iterable<TaskId>, isSelected: boolean): void
  selectNone(): void
  setSearch(search: string): void
  setStatusFilter(status: UiSlice['statusFilter']): void
}

export const createUiSlice: StateCreator<UiSlice, [], [], UiSlice> = (set) => ({
  view: 'overview',
  search: '',
  statusFilter: 'all',
  tagFilter: undefined,
  taskId: undefined,
  scanId: undefined,
  selected: new Set(),
  openView: (view) => set({ view }),
  openTask: (taskId) => set(taskId === undefined ? { taskId } : { taskId, view: 'migrations' }),
  openScan: (scanId) => set(scanId === undefined ? { scanId } : { scanId, view: 'scans' }),
  setTagFilter: (tagFilter) => set({ tagFilter }),
  select: (ids, isSelected) =>
    set((state) => {
      const selected = new Set(state.selected)
      for (const id of ids) {
        if (isSelected) selected.add(id)
        else selected.delete(id)
      }
      return { selected }
    }),
  selectNone: () => set({ selected: new Set() }),
  setSearch: (search) => set({ search }),
  setStatusFilter: (statusFilter) => set({ statusFilter }),
})
