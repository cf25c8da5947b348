import { describe, expect, test, vi } from 'vitest'
import type { Bridge } from '../../shared/contract/bridge.ts'
import type { TaskView } from '../../shared/contract/views.ts'
import { taskIdSchema } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { defaultTaskSettings } from '../../shared/domain/settings.ts'
import { connectBridge } from './connectBridge.ts'
import { createAppStore } from './store.ts'
import { progressOf } from './taskSlice.ts'

const id = (n: number) => taskIdSchema.parse(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)
const view = (n: number, change: Partial<TaskView> = {}): TaskView => ({
  task: {
    id: id(n),
    name: `Task ${n}`,
    source: { kind: 'fileShare', path: '/s' },
    destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
    settings: defaultTaskSettings(),
    tags: [],
    createdAt: `2026-11-21T08:00:0${n}Z`,
    createdBy: 'ann',
    revision: 1,
  },
  status: 'inProgress',
  round: 0,
  modifiedAt: '2026-11-21T08:00:00Z',
  ...change,
})
const progress = (at: string, migratedFiles = 1): TaskProgress => ({
  stage: 'transferring',
  scannedFiles: 1,
  scannedFolders: 0,
  scannedBytes: 1,
  uploadedFiles: migratedFiles,
  uploadedBytes: 0,
  migratedFiles,
  migratedBytes: 0,
  sentBytes: 0,
  failedFiles: 0,
  skippedItems: 0,
  bytesPerSecond: 0,
  filesPerSecond: 0,
  at,
})
const page = (tasks: TaskView[], change = {}) => ({ startsOver: false, isComplete: true, tasks, removedIds: [], ...change })

describe('tasks', () => {
  test('an unread list is not an empty one, and a list in pages is read at its last page', () => {
    const store = createAppStore()
    expect(store.getState().listState).toBe('unread')
    store.getState().applyTasks(page([view(1)], { startsOver: true, isComplete: false }))
    expect(store.getState().listState).toBe('reading')
    store.getState().applyTasks(page([view(2)]))
    expect([store.getState().listState, store.getState().order]).toEqual(['read', [id(2), id(1)]])
  })

  test('starting over forgets, removing removes', () => {
    const store = createAppStore()
    store.getState().applyTasks(page([view(1), view(2)], { startsOver: true }))
    store.getState().applyTasks(page([], { removedIds: [id(1)] }))
    expect(store.getState().order).toEqual([id(2)])
    store.getState().applyTasks(page([view(3)], { startsOver: true }))
    expect(store.getState().order).toEqual([id(3)])
  })

  test('the fresher of row and sample is shown; a task that waits again shows no old sample', () => {
    const row = view(1, { progress: progress('2026-11-21T08:00:05Z', 5) })
    const state = { tasks: { [id(1)]: row }, samples: { [id(1)]: progress('2026-11-21T08:00:06Z', 6) } }
    expect(progressOf(state, id(1))?.migratedFiles).toBe(6)
    expect(progressOf({ ...state, samples: { [id(1)]: progress('2026-11-21T08:00:01Z', 2) } }, id(1))?.migratedFiles).toBe(5)
    expect(progressOf({ ...state, tasks: { [id(1)]: view(1, { status: 'queued' }) } }, id(1))).toBeUndefined()
  })

  test('a sample of one task leaves the others untouched', () => {
    const store = createAppStore()
    store.getState().applyTasks(page([view(1), view(2)], { startsOver: true }))
    const before = store.getState().tasks
    store.getState().applySamples({ samples: [{ taskId: id(1), progress: progress('2026-11-21T08:00:06Z') }] })
    expect(store.getState().tasks).toBe(before)
  })
})

test('a link that opens reads what the install is; another tenant forgets the rows', async () => {
  const store = createAppStore()
  const install = { version: '1', workFolder: '/w', canPractice: true }
  let told: Parameters<Bridge['subscribe']>[0] | undefined
  connectBridge(
    {
      capabilities: { dropGivesPath: false, nativeDialogs: false, downloads: false },
      native: {},
      call: vi.fn(async () => ({ ok: install })) as unknown as Bridge['call'],
      subscribe(listener) {
        told = listener
        return () => undefined
      },
    },
    store,
  )
  told?.onLink('open')
  await Promise.resolve()
  expect([store.getState().link, store.getState().install]).toEqual(['open', install])
  told?.onEvent({ event: 'tasks.changed', payload: page([view(1)], { startsOver: true }) })
  told?.onEvent({ event: 'connection.changed', payload: { connection: { state: 'connecting' } } })
  expect([store.getState().listState, store.getState().order]).toEqual(['unread', []])
})
