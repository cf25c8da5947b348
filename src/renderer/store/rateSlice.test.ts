import { expect, test } from 'vitest'
import type { TaskView } from '../../shared/contract/views.ts'
import { taskIdSchema } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { defaultTaskSettings } from '../../shared/domain/settings.ts'
import { RATE_SAMPLES_MAX } from './rateSlice.ts'
import { createAppStore } from './store.ts'

const id = (n: number) => taskIdSchema.parse(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)
const progress = (uploadedBytes: number, bytesPerSecond = 0): TaskProgress => ({
  stage: 'transferring',
  scannedFiles: 1,
  scannedFolders: 0,
  scannedBytes: 1,
  uploadedFiles: 0,
  uploadedBytes,
  migratedFiles: 0,
  migratedBytes: 0,
  sentBytes: 0,
  failedFiles: 0,
  skippedItems: 0,
  bytesPerSecond,
  filesPerSecond: 0,
  at: '2026-11-21T08:00:00Z',
})
const view = (n: number, change: Partial<TaskView> = {}): TaskView => ({
  task: {
    id: id(n),
    name: `Task ${n}`,
    source: { kind: 'fileShare', path: '/s' },
    destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
    settings: defaultTaskSettings(),
    tags: [],
    createdAt: '2026-11-21T08:00:00Z',
    createdBy: 'ann',
    revision: 1,
  },
  status: 'inProgress',
  round: 0,
  modifiedAt: '2026-11-21T08:00:00Z',
  ...change,
})

test('own tasks count what they sent since the last look, those of other agents what the list says', () => {
  const store = createAppStore()
  const { noteRate, applyTasks, applySamples } = store.getState()
  applyTasks({
    startsOver: true,
    isComplete: true,
    removedIds: [],
    tasks: [view(1), view(2, { progress: progress(0, 700) })],
  })
  noteRate(0)
  applySamples({ samples: [{ taskId: id(1), progress: progress(5000) }] })
  noteRate(5000)
  applySamples({ samples: [{ taskId: id(1), progress: progress(100) }] })
  noteRate(10_000)
  expect(store.getState().rates.map(({ bytesPerSecond }) => bytesPerSecond)).toEqual([700, 1700, 700])
})

test('a window that stays open for days keeps one hour', () => {
  const { getState } = createAppStore()
  for (let at = 0; at < RATE_SAMPLES_MAX + 50; at++) getState().noteRate(at)
  expect(getState().rates).toHaveLength(RATE_SAMPLES_MAX)
  expect(getState().rates[0]?.atMs).toBe(50)
})
