import type { StateCreator } from 'zustand'
import type { EventPayload } from '../../shared/contract/events.ts'
import type { TaskView } from '../../shared/contract/views.ts'
import type { TaskId } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'

/** The rows of the shared list and the latest sample of each task that moves here. */
export interface TaskSlice {
  /** `unread`: nothing is known yet, which is not the same as an empty list. */
  readonly listState: 'unread' | 'reading' | 'read'
  readonly tasks: Readonly<Record<TaskId, TaskView>>
  /** Newest first. */
  readonly order: readonly TaskId[]
  readonly samples: Readonly<Record<TaskId, TaskProgress>>
  applyTasks(change: EventPayload<'tasks.changed'>): void
  applySamples(change: EventPayload<'progress.sampled'>): void
  forgetTasks(): void
}

type Rows = Record<TaskId, TaskView>

export const createTaskSlice: StateCreator<TaskSlice, [], [], TaskSlice> = (set) => {
  /** Pages of a list that is still being told: shown as a whole, not page by page, so that 50,000 rows are sorted once and not 100 times. */
  let arriving: Rows | undefined

  return {
    listState: 'unread',
    tasks: {},
    order: [],
    samples: {},
    applyTasks: ({ startsOver, isComplete, tasks: changed, removedIds }) =>
      set((state) => {
        const isFirst = arriving === undefined
        const rows: Rows = startsOver ? {} : (arriving ?? { ...state.tasks })
        for (const id of removedIds) delete rows[id]
        for (const view of changed) rows[view.task.id] = view
        arriving = isComplete ? undefined : rows
        if (!isComplete && !isFirst && !startsOver) return { listState: 'reading' }
        const shown = isComplete ? rows : { ...rows }
        return {
          tasks: shown,
          order: isSameOrder(state, { startsOver, changed, removedIds }) ? state.order : newestFirst(shown),
          samples: removedIds.length > 0 || startsOver ? only(state.samples, shown) : state.samples,
          listState: isComplete ? 'read' : 'reading',
        }
      }),
    applySamples: ({ samples }) =>
      set((state) => ({
        samples: { ...state.samples, ...Object.fromEntries(samples.map(({ taskId, progress }) => [taskId, progress])) },
      })),
    forgetTasks: () => {
      arriving = undefined
      set({ listState: 'unread', tasks: {}, order: [], samples: {} })
    },
  }
}

/** Most changes are progress of rows that are there: the order stands, and whoever only needs it renders nothing. */
function isSameOrder(
  state: Pick<TaskSlice, 'tasks' | 'listState'>,
  change: { readonly startsOver: boolean; readonly changed: readonly TaskView[]; readonly removedIds: readonly TaskId[] },
): boolean {
  if (state.listState !== 'read' || change.startsOver || change.removedIds.length > 0) return false
  return change.changed.every(({ task }) => {
    const before = state.tasks[task.id]?.task
    return before?.createdAt === task.createdAt && before.name === task.name
  })
}

function newestFirst(tasks: TaskSlice['tasks']): readonly TaskId[] {
  return Object.values(tasks)
    .sort((a, b) => descending(a.task.createdAt, b.task.createdAt) || a.task.name.localeCompare(b.task.name))
    .map(({ task }) => task.id)
}

const descending = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0)

/** A window that stays open for weeks keeps no samples of tasks that are gone. */
function only(samples: TaskSlice['samples'], tasks: TaskSlice['tasks']): TaskSlice['samples'] {
  return Object.fromEntries(Object.entries(samples).filter(([id]) => Object.hasOwn(tasks, id)))
}

/** A sample of this machine is fresher than the row in the list, until the row has caught up or a new round has begun. */
export function progressOf(state: Pick<TaskSlice, 'tasks' | 'samples'>, id: TaskId): TaskProgress | undefined {
  const row = state.tasks[id]
  const sample = state.samples[id]
  if (!sample || row?.status === 'queued') return row?.progress
  if (!row?.progress) return row?.status === 'inProgress' ? sample : row?.progress
  return sample.at > row.progress.at ? sample : row.progress
}
