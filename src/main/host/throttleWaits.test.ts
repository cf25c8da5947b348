import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { FakeClock, SeededRandom } from '../engine/testing/fakeClock.ts'
import { createPacer } from '../engine/throttle/pacer.ts'
import { tellThrottleWaits } from './throttleWaits.ts'

const progress: TaskProgress = {
  stage: 'transferring',
  scannedFiles: 2,
  scannedFolders: 1,
  scannedBytes: 10,
  uploadedFiles: 1,
  uploadedBytes: 5,
  migratedFiles: 0,
  migratedBytes: 0,
  sentBytes: 5,
  failedFiles: 0,
  skippedItems: 0,
  bytesPerSecond: 1,
  filesPerSecond: 1,
  at: '2026-01-01T00:00:00.000Z',
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

test('a round that the service lets wait says so every second, and no longer than the wait', () => {
  const clock = new FakeClock()
  const pacer = createPacer({ clock, random: new SeededRandom(1) })
  const told: (string | undefined)[] = []
  const waits = tellThrottleWaits({ clock, throttle: () => pacer.state() }, ({ waitingFor }) => told.push(waitingFor))
  waits.onProgress(progress)
  pacer.report({ kind: 'throttled', delayMs: 60_000 })
  vi.advanceTimersByTime(2000)
  waits.stop()
  vi.advanceTimersByTime(2000)
  expect(told).toEqual([undefined, expect.stringContaining('asked to wait'), expect.stringContaining('asked to wait')])
})
