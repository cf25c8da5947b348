import { describe, expect, test } from 'vitest'
import type { TaskProgress } from '../../../shared/domain/progress.ts'
import { taskScheduleSchema } from '../../../shared/domain/schedule.ts'
import { type Task, type TaskStatus, taskPartSchema } from '../../../shared/domain/task.ts'
import { testTask } from '../testing/engineKit.ts'
import { MemoryCoordination } from '../testing/memoryCoordination.ts'
import { foldParts, foldProgress } from './foldParts.ts'
import { foldRound, settlePiece, steerParts } from './tendParts.ts'

const never = new AbortController().signal

const progress = (files: number, change: Partial<TaskProgress> = {}): TaskProgress => ({
  stage: 'done',
  scannedFiles: files,
  scannedFolders: 1,
  scannedBytes: files * 10,
  plannedFiles: files,
  plannedBytes: files * 10,
  uploadedFiles: files,
  uploadedBytes: files * 10,
  migratedFiles: files,
  migratedBytes: files * 10,
  sentBytes: files * 10,
  failedFiles: 0,
  skippedItems: 0,
  bytesPerSecond: 0,
  filesPerSecond: 0,
  fraction: 1,
  at: '2026-01-01T00:00:00.000Z',
  ...change,
})
const share = (partCount: number, change: Partial<NonNullable<TaskProgress['share']>> = {}) => ({
  share: { status: 'completed' as const, partCount, ...change },
})

const whole = testTask()
const partOf = (index: number, round = 0): Task => ({
  ...whole,
  id: `0000000${index}-0000-4000-8000-00000000000${index}` as Task['id'],
  part: taskPartSchema.parse({ of: whole.id, round, path: `folder ${index}` }),
})

async function fleet(
  parts: readonly { readonly status: TaskStatus; readonly progress?: TaskProgress; readonly reason?: string }[],
) {
  const tasks = new MemoryCoordination()
  const list = new MemoryCoordination()
  const row = await tasks.add(whole)
  for (const [index, change] of parts.entries()) {
    const added = await list.add(partOf(index + 1))
    list.put({ ...added, ...change, ...(change.status === 'inProgress' ? { owner: 'helper' as never } : {}) })
  }
  return {
    tasks,
    parts: list,
    deps: { tasks, parts: list },
    put: (change: Partial<typeof row>) => tasks.put({ ...row, ...change }),
    now: () => tasks.rows.get(whole.id),
    statuses: () =>
      [...list.rows.values()].map(({ status, request }) => (request === undefined ? status : `${status}, ${request}`)),
  }
}

describe('the sum of a round that was cut', () => {
  const row = { status: 'inProgress' as const, progress: progress(5, share(2)) }
  const ended = (index: number, status: TaskStatus, reason?: string) => ({
    task: partOf(index),
    status,
    reason,
    progress: progress(10),
  })

  test('is there only when as many parts have ended as were given away, by the task and by its parts', () => {
    expect(foldParts(row, [ended(1, 'completed')])).toBeUndefined()
    expect(foldParts(row, [ended(1, 'completed'), ended(2, 'inProgress')])).toBeUndefined()
    const cutAgain = { ...ended(2, 'completed'), progress: progress(10, share(1)) }
    expect(foldParts(row, [ended(1, 'completed'), cutAgain])).toBeUndefined()
    expect(foldParts(row, [ended(1, 'completed'), cutAgain, ended(3, 'completed')])).toMatchObject({
      status: 'completed',
      reason: undefined,
      progress: { migratedFiles: 35, plannedFiles: 35, scannedFolders: 1, fraction: 1, stage: 'done' },
    })
  })

  test('is as bad as the worst of its pieces, and says which', () => {
    const fold = (status: TaskStatus, reason?: string) => foldParts(row, [ended(1, 'completed'), ended(2, status, reason)])
    expect(fold('completedWithIssues', '1 file has failed.')).toMatchObject({
      status: 'completedWithIssues',
      reason: 'folder 2: 1 file has failed.',
    })
    expect(fold('failed', 'The source is gone.')).toMatchObject({ status: 'failed', reason: 'folder 2: The source is gone.' })
    expect(fold('canceled')).toMatchObject({ status: 'failed', reason: 'folder 2: was canceled.' })
    const own = { ...row, progress: progress(5, share(1, { status: 'completedWithIssues', reason: 'Own.' })) }
    expect(foldParts(own, [ended(1, 'completed')])).toMatchObject({ status: 'completedWithIssues', reason: 'Own.' })
  })

  test('tells no totals while a part has none, and the rate of those that work', () => {
    const working = { status: 'inProgress' as const, progress: progress(0, { plannedFiles: undefined, filesPerSecond: 7 }) }
    const seen = foldProgress(progress(5, { ...share(1), filesPerSecond: 99 }), [working])
    expect([seen.plannedFiles, seen.filesPerSecond, seen.stage, seen.migratedFiles]).toEqual([undefined, 7, 'transferring', 5])
  })
})

describe('the end of a round that was cut', () => {
  test('is written once, by the last piece, whichever that is', async () => {
    const cut = await fleet([{ status: 'completed', progress: progress(10) }, { status: 'inProgress' }])
    expect(await foldRound(cut.deps, whole.id, never)).toBeUndefined()
    const own = cut.put({ status: 'inProgress', owner: 'owner' as never, progress: progress(5, share(2)) })
    await settlePiece(cut.deps, own, never)
    expect(cut.now()).toMatchObject({ status: 'inProgress', owner: 'owner' })
    const last = cut.parts.rows.get(partOf(2).id)
    if (!last) throw new Error('no row')
    const ended = cut.parts.put({ ...last, status: 'completed', progress: progress(20) })
    await Promise.all([settlePiece(cut.deps, ended, never), settlePiece(cut.deps, ended, never)])
    expect(cut.now()).toMatchObject({ status: 'completed', owner: undefined, progress: { migratedFiles: 35 } })
    expect(cut.now()?.progress?.share).toBeUndefined()
    expect(cut.parts.rows.get(ended.task.id)?.owner).toBeUndefined()
  })

  test('waits for a task that is paused', async () => {
    const cut = await fleet([{ status: 'completed', progress: progress(10) }])
    cut.put({ status: 'paused', progress: progress(5, share(1)) })
    expect(await foldRound(cut.deps, whole.id, never)).toBeUndefined()
    cut.put({ status: 'inProgress', progress: progress(5, share(1)) })
    await steerParts(cut.deps, whole.id, never)
    expect(cut.now()).toMatchObject({ status: 'completed' })
  })

  test('queues the next round of a task with a schedule', async () => {
    const cut = await fleet([{ status: 'completed', progress: progress(10) }])
    const schedule = taskScheduleSchema.parse({
      startAt: '2026-01-01T00:00',
      timeZone: 'UTC',
      repeat: { every: 1, unit: 'days' },
    })
    cut.put({ status: 'inProgress', progress: progress(5, share(1)), task: { ...whole, schedule } })
    await foldRound(cut.deps, whole.id, never)
    expect(cut.now()).toMatchObject({ status: 'queued', round: 1, reason: 'R0 completed.', owner: undefined })
  })
})

describe('what people ask of a task is asked of its parts', () => {
  const three = [{ status: 'queued' as const }, { status: 'inProgress' as const }, { status: 'completed' as const }]

  test('pause and go on', async () => {
    const cut = await fleet(three)
    cut.put({ status: 'inProgress', request: 'pause' })
    await steerParts(cut.deps, whole.id, never)
    expect(cut.statuses()).toEqual(['paused', 'inProgress, pause', 'completed'])
    cut.put({ status: 'queued' })
    await steerParts(cut.deps, whole.id, never)
    expect(cut.statuses()).toEqual(['queued', 'inProgress', 'completed'])
  })

  test('cancel, and a failure of the own share', async () => {
    for (const change of [{ status: 'inProgress', request: 'cancel' }, { status: 'failed' }] as const) {
      const cut = await fleet(three)
      cut.put(change)
      await steerParts(cut.deps, whole.id, never)
      expect(cut.statuses()).toEqual(['canceled', 'inProgress, cancel', 'completed'])
    }
  })

  test('another round ends those of the one before; a task that is deleted takes them along', async () => {
    const cut = await fleet(three)
    cut.put({ status: 'queued', round: 1 })
    await steerParts(cut.deps, whole.id, never)
    expect(cut.statuses()).toEqual(['canceled', 'inProgress, cancel', 'completed'])
    cut.tasks.rows.clear()
    await steerParts(cut.deps, whole.id, never)
    expect(cut.statuses()).toEqual([])
  })
})
