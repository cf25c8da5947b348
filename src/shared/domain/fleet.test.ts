import { describe, expect, test } from 'vitest'
import { fractionDone, summarizeFleet } from './fleet.ts'
import type { TaskProgress } from './progress.ts'

const progress = (change: Partial<TaskProgress> = {}): TaskProgress => ({
  stage: 'transferring',
  scannedFiles: 10,
  scannedFolders: 2,
  scannedBytes: 1000,
  plannedFiles: 8,
  plannedBytes: 800,
  uploadedFiles: 4,
  uploadedBytes: 400,
  migratedFiles: 4,
  migratedBytes: 400,
  sentBytes: 400,
  failedFiles: 1,
  skippedItems: 0,
  bytesPerSecond: 100,
  filesPerSecond: 1,
  etaMs: 4000,
  at: '2026-11-21T00:00:00Z',
  ...change,
})

describe('summarizeFleet', () => {
  test('sums what runs and what ended, and leaves canceled work out', () => {
    const summary = summarizeFleet([
      { status: 'inProgress', owner: 'a', progress: progress() },
      { status: 'completed', progress: progress({ stage: 'done', migratedFiles: 8, migratedBytes: 800, etaMs: undefined }) },
      { status: 'canceled', progress: progress({ migratedFiles: 99 }) },
    ])
    expect(summary).toMatchObject({
      taskCount: 3,
      migratedFiles: 12,
      knownFiles: 16,
      knownBytes: 1600,
      failedFiles: 2,
      bytesPerSecond: 100,
      etaMs: 4000,
      workingAgents: 1,
      isWholeKnown: true,
    })
  })

  test('says no time left while one running task does not know its own', () => {
    const summary = summarizeFleet([
      { status: 'inProgress', owner: 'a', progress: progress() },
      { status: 'inProgress', owner: 'b', progress: progress({ plannedFiles: undefined, etaMs: undefined }) },
    ])
    expect(summary.etaMs).toBeUndefined()
    expect(summary.isWholeKnown).toBe(false)
    expect(summary.knownFiles).toBe(18)
  })

  test('an empty list knows nothing', () => {
    expect(summarizeFleet([])).toMatchObject({ taskCount: 0, isWholeKnown: false, workingAgents: 0 })
  })
})

describe('fractionDone', () => {
  test('is unknown until the plan is', () => {
    expect(fractionDone(progress({ stage: 'scanning', plannedFiles: undefined, plannedBytes: undefined }))).toBeUndefined()
  })
  test('never moves back through the stages', () => {
    const path = [
      progress({ uploadedFiles: 0, uploadedBytes: 0, failedFiles: 0 }),
      progress(),
      progress({ uploadedFiles: 7, uploadedBytes: 800 }),
      progress({ stage: 'verifying', migratedFiles: 0 }),
      progress({ stage: 'verifying', migratedFiles: 7 }),
      progress({ stage: 'reporting' }),
      progress({ stage: 'done' }),
    ].map((step) => fractionDone(step) ?? -1)
    expect([...path].sort((a, b) => a - b)).toEqual(path)
    expect(path.at(-1)).toBe(1)
  })
})
