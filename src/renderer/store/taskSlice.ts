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

export const createTaskSlice: StateCreator<TaskSlice, [], [], TaskSlice> = (set) => ({
  listState: 'unread',
  tasks: {},
  order: [],
  samples: {},
  applyTasks: ({ startsOver, isComplete, tasks: changed, removedIds }) =>
    set((state) => {
      const tasks = startsOver ? {} : { ...state.tasks }
      for (const id of removedIds) delete tasks[id]
      for (const view of changed) tasks[view.task.id] = view
      return { tasks, order: newestFirst(tasks), listState: isComplete ? 'read' : 'reading' }
    }),
  applySamples: ({ samples }) =>
    set((state) => ({
      samples: { ...state.samples, ...Object.fromEntries(samples.map(({ taskId, progress }) => [taskId, progress])) },
    })),
  forgetTasks: () => set({ listState: 'unread', tasks: {}, order: [], samples: {} }),
})

function newestFirst(tasks: TaskSlice['tasks']): readonly TaskId[] {
  return Object.values(tasks)
    .sort((a, b) => b.task.createdAt.localeCompare(a.task.createdAt) || a.task.name.localeCompare(b.task.name))
    .map(({ task }) => task.id)
}

/** A sample of this machine is fresher than the row in the list, until the row has caught up or a new round has begun. */
export function progressOf(state: Pick<TaskSlice, 'tasks' | 'samples'>, id: TaskId): TaskProgress | undefined {
  const row = state.tasks[id]
  const sample = state.samples[id]
  if (!sample || row?.status === 'queued') return row?.progress
  if (!row?.progress) return row?.status === 'inProgress' ? sample : row?.progress
  return sample.at > row.progress.at ? sample : row.progress
}
