import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type TaskProgress, taskProgressSchema } from '../../../shared/domain/progress.ts'
import { emptySizeClasses, sizeClassOf } from '../../../shared/domain/sizeClass.ts'
import { HOUR_MS, KIB, MIB } from '../../../shared/units.ts'
import { SeededRandom } from '../testing/fakeClock.ts'
import { forecastFleet } from './fleetForecast.ts'
import { forecastTask } from './forecast.ts'

const base = {
  stage: 'transferring',
  scannedFiles: 0,
  scannedFolders: 0,
  scannedBytes: 0,
  migratedFiles: 0,
  migratedBytes: 0,
  sentBytes: 0,
  failedFiles: 0,
  skippedItems: 0,
  bytesPerSecond: 0,
  filesPerSecond: 0,
  at: '2026-11-21T00:00:00Z',
}
const LANES = 8

/** What a file costs: a request, its bytes, and luck of a long tail. */
function costMs(sizeBytes: number, random: SeededRandom): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
  return (40 + sizeBytes / 4000) * Math.exp(0.7 * normal - 0.245)
}

/** A task of many sizes that has run to a part: what it shows then, and how long the rest really takes. */
function runTask(seed: number, share: number): { readonly progress: TaskProgress; readonly restMs: number } {
  const random = new SeededRandom(seed)
  const sizes = Array.from({ length: 3000 }, () => Math.floor(2 * KIB * Math.exp(random.next() * random.next() * 10.5)))
  const costs = sizes.map((size) => costMs(size, random))
  const lanes = Array.from({ length: LANES }, () => 0)
  const ends = costs.map((cost) => {
    const lane = lanes.indexOf(Math.min(...lanes))
    lanes[lane] = (lanes[lane] ?? 0) + cost
    return lanes[lane] ?? 0
  })
  const wholeMs = Math.max(...lanes)
  const transferMs = wholeMs * share
  const classes = emptySizeClasses()
  let uploadedFiles = 0
  let uploadedBytes = 0
  for (const [index, size] of sizes.entries()) {
    const work = classes[sizeClassOf(size)]
    if (!work) continue
    work.scannedFiles++
    work.scannedBytes += size
    if ((ends[index] ?? 0) > transferMs) continue
    const cost = costs[index] ?? 0
    work.sentFiles++
    work.sentBytes += size
    work.busyMs += cost
    work.squaredMs += cost * cost
    uploadedFiles++
    uploadedBytes += size
  }
  const plannedBytes = sizes.reduce((sum, size) => sum + size, 0)
  const progress = {
    ...base,
    plannedFiles: sizes.length,
    plannedBytes,
    uploadedFiles,
    uploadedBytes,
    sizeClasses: classes,
    transferMs,
  }
  return { progress: taskProgressSchema.parse(progress), restMs: wholeMs - transferMs }
}

describe('the forecast of a task', () => {
  test('half of all tasks end before P50 and nine of ten before P90, near enough', () => {
    const runs = Array.from({ length: 60 }, (_, n) => runTask(n + 1, 0.3))
    const ratios = runs.map(({ progress, restMs }) => {
      const forecast = forecastTask(progress)
      if (!forecast) throw new Error('measured and not forecast')
      return { late50: restMs / forecast.p50Ms, late90: restMs / forecast.p90Ms }
    })
    const middle = [...ratios].sort((a, b) => a.late50 - b.late50)[30]?.late50 ?? 0
    expect(middle).toBeGreaterThan(0.8)
    expect(middle).toBeLessThan(1.2)
    expect(ratios.filter(({ late90 }) => late90 <= 1).length).toBeGreaterThanOrEqual(48)
  })

  test('the range gets narrower as more is measured', () => {
    const width = (share: number) => {
      const forecast = forecastTask(runTask(3, share).progress)
      if (!forecast) throw new Error('measured and not forecast')
      return forecast.p90Ms - forecast.p50Ms
    }
    expect(width(0.7)).toBeLessThan(width(0.05))
  })

  test('P90 is never before P50, nothing is negative, and more that is left never ends earlier', () => {
    const work = fc.record({
      files: fc.nat(1000),
      sent: fc.nat(1000),
      meanMs: fc.integer({ min: 1, max: 9000 }),
      size: fc.integer({ min: 1, max: 300 * MIB }),
    })
    fc.assert(
      fc.property(fc.array(work, { minLength: 5, maxLength: 5 }), fc.nat(5000), fc.nat(5000), (works, leftFiles, more) => {
        const sizeClasses = works.map(({ files, sent, meanMs, size }) => ({
          scannedFiles: files + sent,
          scannedBytes: (files + sent) * size,
          sentFiles: sent,
          sentBytes: sent * size,
          busyMs: sent * meanMs,
          squaredMs: sent * meanMs * meanMs * 1.5,
        }))
        const at = (left: number) =>
          forecastTask(
            taskProgressSchema.parse({ ...base, plannedFiles: left, plannedBytes: left * MIB, sizeClasses, transferMs: 60_000 }),
          )
        const [some, all] = [at(leftFiles), at(leftFiles + more)]
        if (!some || !all) return
        expect(some.p50Ms).toBeGreaterThanOrEqual(0)
        expect(some.p90Ms).toBeGreaterThanOrEqual(some.p50Ms)
        expect(all.p50Ms).toBeGreaterThanOrEqual(some.p50Ms - 1e-6)
        expect(Number.isFinite(all.p90Ms)).toBe(true)
      }),
    )
  })

  test('giants that nobody has measured make the range wide, not the promise bold', () => {
    const { progress } = runTask(5, 0.3)
    const classes = progress.sizeClasses ?? []
    const giants = {
      ...classes[4],
      scannedFiles: 20,
      scannedBytes: 20_000 * MIB,
      sentFiles: 0,
      sentBytes: 0,
      busyMs: 0,
      squaredMs: 0,
    }
    const forecast = forecastTask({
      ...progress,
      plannedFiles: (progress.plannedFiles ?? 0) + 20,
      plannedBytes: (progress.plannedBytes ?? 0) + 20_000 * MIB,
      sizeClasses: [...classes.slice(0, 4), giants],
    })
    expect((forecast?.p90Ms ?? 0) / (forecast?.p50Ms ?? 1)).toBeGreaterThan(1.7)
  })

  test('says nothing before anything was measured, and 0 when it is over', () => {
    expect(forecastTask(taskProgressSchema.parse({ ...base, plannedFiles: 10, plannedBytes: 10 }))).toBeUndefined()
    expect(forecastTask(taskProgressSchema.parse({ ...base, stage: 'scanning' }))).toBeUndefined()
    expect(forecastTask(taskProgressSchema.parse({ ...base, stage: 'done' }))).toEqual({ p50Ms: 0, p90Ms: 0 })
    expect(
      forecastTask(taskProgressSchema.parse({ ...base, stage: 'verifying', plannedFiles: 9, plannedBytes: 9, etaMs: 50 })),
    ).toEqual({ p50Ms: 50, p90Ms: 100 })
  })
})

describe('the forecast of the project', () => {
  const hours = (p50: number, p90 = p50) => ({ p50Ms: p50 * HOUR_MS, p90Ms: p90 * HOUR_MS })
  const part = (change: object) => ({ group: 'Default', isRunning: false, forecast: hours(1), startsInMs: 0, ...change })
  const one = () => 1

  test('tasks queue for the places of their group; groups work side by side', () => {
    const parts = [
      part({ isRunning: true, forecast: hours(2) }),
      part({}),
      part({}),
      part({ group: 'Berlin', forecast: hours(3) }),
    ]
    expect(forecastFleet(parts, one)?.p50Ms).toBe(4 * HOUR_MS)
    expect(forecastFleet(parts, () => 3)?.p50Ms).toBe(3 * HOUR_MS)
  })

  test('errors of many tasks level out', () => {
    const forecast = forecastFleet(
      Array.from({ length: 100 }, () => part({ forecast: hours(1, 2) })),
      one,
    )
    expect(forecast?.p50Ms).toBe(100 * HOUR_MS)
    expect(forecast?.p90Ms).toBe(110 * HOUR_MS)
  })

  test('what nobody knows counts as the average, and is told', () => {
    expect(forecastFleet([part({ forecast: hours(2) }), part({ forecast: undefined })], one)).toEqual({
      p50Ms: 4 * HOUR_MS,
      p90Ms: 8 * HOUR_MS,
      unknownTasks: 1,
    })
    expect(forecastFleet([part({ forecast: undefined })], one)).toBeUndefined()
    expect(forecastFleet([], one)).toEqual({ p50Ms: 0, p90Ms: 0, unknownTasks: 0 })
  })

  test('a start time is waited for', () => {
    expect(forecastFleet([part({ startsInMs: 10 * HOUR_MS })], one)?.p50Ms).toBe(11 * HOUR_MS)
  })
})
