import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type CDPSession, chromium, type Page } from '@playwright/test'
import { builtScreens } from '../src/main/headless/builtScreens.ts'
import { startLoopbackServer } from '../src/main/headless/loopbackServer.ts'
import type { Dispatch } from '../src/main/host/dispatch.ts'
import { createEventHub } from '../src/main/host/eventHub.ts'
import { systemClock } from '../src/main/host/systemRuntime.ts'
import type { HostEvent } from '../src/shared/contract/events.ts'
import type { TaskView } from '../src/shared/contract/views.ts'
import { agentIdSchema, taskIdSchema } from '../src/shared/domain/ids.ts'
import type { TaskProgress } from '../src/shared/domain/progress.ts'
import { defaultTaskSettings } from '../src/shared/domain/settings.ts'
import { TASK_STATUSES } from '../src/shared/domain/task.ts'
import { type Bench, type BenchRow, median } from './measure.ts'

const TASKS = 50_000
const MOVING = 20
const TURNS = 3
/** An hour of four samples a second. */
const EVENTS = 14_400
const EVENTS_AT_ONCE = 100

const PAINT_GOAL_MS = 1000
const LONG_TASK_GOAL_MS = 50
/** What a heap may differ by between two moments without anything being kept. */
const GROWTH_GOAL_MB = 8

const settings = defaultTaskSettings()
const idOf = (n: number) => taskIdSchema.parse(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)

function progress(step: number): TaskProgress {
  const files = Math.min(10_000, step)
  return {
    stage: 'transferring',
    scannedFiles: 10_000,
    scannedFolders: 300,
    scannedBytes: 10_000_000_000,
    plannedFiles: 10_000,
    plannedBytes: 10_000_000_000,
    uploadedFiles: files,
    uploadedBytes: files * 1_000_000,
    migratedFiles: 0,
    migratedBytes: 0,
    sentBytes: files * 1_000_000,
    failedFiles: 0,
    skippedItems: 0,
    bytesPerSecond: 12_000_000,
    filesPerSecond: 12,
    etaMs: 600_000,
    fraction: files / 10_000,
    at: new Date(Date.UTC(2026, 10, 21) + step * 250).toISOString(),
  }
}

function task(n: number): TaskView {
  const isMoving = n < MOVING
  return {
    task: {
      id: idOf(n),
      name: `Department ${n % 400} share ${n}`,
      source: { kind: 'fileShare', path: `\\\\files${n % 30}\\dept$\\${n}` },
      destination: {
        kind: 'library',
        siteUrl: `https://contoso.sharepoint.com/sites/dept${n % 400}`,
        library: 'Documents',
        folder: '',
      },
      settings,
      tags: [`Wave ${n % 12}`],
      createdAt: new Date(Date.UTC(2026, 9, 1) + n * 1000).toISOString(),
      createdBy: 'bench',
      revision: 1,
    },
    status: isMoving ? 'inProgress' : (TASK_STATUSES[2 + (n % 6)] ?? 'queued'),
    round: 0,
    modifiedAt: '2026-11-21T08:00:00Z',
    ...(n % 3 === 0 ? {} : { progress: progress(n % 10_000) }),
  }
}

const answers: Dispatch = async (frame) => {
  const { id = 0, command = '' } = frame as { id?: number; command?: string }
  const agent = { id: 'bench', name: 'bench', state: 'running' }
  const install = { version: 'bench', workFolder: '/bench', connection: { state: 'none' }, agent, canPractice: false }
  return { id, reply: { ok: command === 'app.state' ? install : {} } }
}

/** From a click to the frame in which rows stand, in the page's own clock. */
async function paintMs(page: Page): Promise<number> {
  await page.getByRole('tab', { name: 'Overview' }).click()
  return page.evaluate(async () => {
    const tab = [...document.querySelectorAll<HTMLElement>('[role=tab]')].find((one) => one.textContent?.includes('Migrations'))
    const startedAt = performance.now()
    tab?.click()
    const hasRows = () => document.querySelectorAll('[role=table] [role=row]').length > 5
    while (!hasRows()) await new Promise((resolve) => requestAnimationFrame(resolve))
    // The frame after the one that made them has shown them.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    return performance.now() - startedAt
  })
}

/** The longest time in which the page could not answer while the whole list ran past. */
function scrollMs(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let longest = 0
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration)
    })
    observer.observe({ entryTypes: ['longtask'] })
    const box = document.querySelector<HTMLElement>('section[aria-label="Migration tasks"]')
    if (!box) throw new Error('no table')
    const step = box.scrollHeight / 240
    for (let at = 0; at < 240; at++) {
      box.scrollTop = at % 2 === 0 ? at * step : box.scrollTop + 180
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
    observer.disconnect()
    return longest
  })
}

/** The same piece of work again and again: how much of a long task is the machine, which others use as well. */
function pauseMs(page: Page): Promise<number> {
  return page.evaluate(() => {
    let longest = 0
    for (let turn = 0; turn < 200; turn++) {
      const startedAt = performance.now()
      let sum = 0
      for (let step = 0; step < 1_500_000; step++) sum += step % 7
      if (sum > 0) longest = Math.max(longest, performance.now() - startedAt)
    }
    return longest
  })
}

async function heapMb(session: CDPSession): Promise<number> {
  for (let turn = 0; turn < 3; turn++) await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize / 1_000_000
}

export const screensBench: Bench = {
  name: 'screens',
  about: `the table of ${TASKS} tasks in a real browser against its goals: paint, scrolling, memory under an hour of progress`,
  async run(log) {
    const reportsFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-screens-'))
    const hub = createEventHub({
      clock: systemClock,
      connection: {
        state: 'connected',
        tenantName: 'contoso',
        tenantId: 'bench',
        coordinationSite: 'https://contoso.sharepoint.com/sites/migration',
        secretProtection: '',
      },
      agent: { id: agentIdSchema.parse('bench'), name: 'bench', state: 'running' },
    })
    hub.setTasks(Array.from({ length: TASKS }, (_, n) => ({ view: task(n), version: '1' })))
    const clients = new Set<(event: HostEvent) => void>()
    const server = await startLoopbackServer({
      screens: builtScreens(log),
      attach(send) {
        clients.add(send)
        return hub.attach(send)
      },
      dispatch: answers,
      reportsFolder,
      port: 0,
    })
    const isRoot = process.getuid?.() === 0
    const executablePath = process.env.CHROME_PATH ?? (fs.existsSync('/usr/bin/chromium') ? '/usr/bin/chromium' : undefined)
    const browser = await chromium.launch({ args: isRoot ? ['--no-sandbox'] : [], ...(executablePath ? { executablePath } : {}) })
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
      const openedAt = performance.now()
      await page.goto(server.url)
      await page.getByRole('tab', { name: 'Migrations' }).click()
      await page.getByText(`${TASKS.toLocaleString('en-US')} tasks`).waitFor({ timeout: 60_000 })
      log(`${TASKS} tasks told and shown ${Math.round(performance.now() - openedAt)} ms after the address was opened`)
      const paints: number[] = []
      const scrolls: number[] = []
      const pauses: number[] = []
      for (let turn = 0; turn < TURNS; turn++) {
        paints.push(await paintMs(page))
        scrolls.push(await scrollMs(page))
        pauses.push(await pauseMs(page))
      }
      const session = await page.context().newCDPSession(page)
      await tellProgress(page, clients, 2 * EVENTS_AT_ONCE)
      const before = await heapMb(session)
      await tellProgress(page, clients, EVENTS)
      const after = await heapMb(session)
      log(`heap ${before.toFixed(1)} MB, after ${EVENTS} events ${after.toFixed(1)} MB`)
      return [
        row('first paint of the table', paints, 'ms', PAINT_GOAL_MS),
        row('longest task while scrolling', scrolls, 'ms', LONG_TASK_GOAL_MS),
        row('the machine: longest turn of a loop of a few milliseconds', pauses, 'ms', LONG_TASK_GOAL_MS),
        row('heap growth under an hour of progress', [Math.max(0, after - before)], 'MB', GROWTH_GOAL_MB),
      ]
    } finally {
      await browser.close()
      await server.close()
      hub.close()
      fs.rmSync(reportsFolder, { recursive: true, force: true })
    }
  },
}

async function tellProgress(page: Page, clients: ReadonlySet<(event: HostEvent) => void>, count: number): Promise<void> {
  for (let step = 0; step < count; step++) {
    const samples = Array.from({ length: MOVING }, (_, n) => ({ taskId: idOf(n), progress: progress(step) }))
    for (const send of clients) send({ event: 'progress.sampled', payload: { samples } })
    // The page takes them in before more come, as it would in an hour.
    if (step % EVENTS_AT_ONCE === 0) await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
  }
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)))
}

function row(name: string, values: readonly number[], unit: string, goal: number): BenchRow {
  const value = median(values)
  return {
    name: `screens: ${name}`,
    value: Number(value.toPrecision(4)),
    unit,
    against: `goal ${goal} ${unit}`,
    ratio: Number((value / goal).toPrecision(4)),
    spread: value === 0 ? 0 : Number(((Math.max(...values) - Math.min(...values)) / value).toPrecision(4)),
  }
}
