import { describe, expect, test } from 'vitest'
import { summarizeFleet } from './fleet.ts'
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
