import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { worldEnvironment } from '../e2e/chaos/worldTime.ts'
import { spawnPortage } from '../e2e/portage.ts'
import { startPractice, succeed } from '../e2e/practice.ts'
import { MINUTE_MS } from '../src/shared/units.ts'
import type { Bench, BenchRow } from './measure.ts'

/** So much faster than real time: what counts are minutes of the budget, not speed. */
const RATE = 8
const MINUTES = 6
/** Agents hear of each other with their heartbeats. */
const ACQUAINTED_MINUTES = 2
/** Below the first step of the published budgets: 1,250 resource units a minute. */
const LICENCES = 500
const LIMIT_UNITS = 1250
const FILES = 4_000
const SITES = ['migration', 'hr'] as const

/** Goal: agents of one fleet are refused at most half as often as agents of the same app that know nothing of each other, and none starves. */
export const fleetBudgetBench: Bench = {
  name: 'fleetBudget',
  about: 'two agents in the smallest budget: refusals once they know each other as one fleet, against two fleets of one',
  isOnDemand: true,
  async run(log) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-budget-'))
    try {
      const apart = await runAgents(path.join(folder, 'apart'), { isShared: false })
      const together = await runAgents(path.join(folder, 'together'), { isShared: true })
      log(`fleetBudget: apart ${JSON.stringify(apart)}; together ${JSON.stringify(together)}`)
      return [rowOf('refusals', together.refusedLater, apart.refusedLater), rowOf('units', together.units, apart.units)]
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
}

const rowOf = (unit: string, value: number, against: number): BenchRow => ({
  name: `${unit} as one fleet`,
  value,
  unit: `${unit} in ${MINUTES} min`,
  against: 'two fleets of one',
  ratio: Number((value / Math.max(1, against)).toPrecision(3)),
  spread: 0,
})

/** Apart: each agent has a coordination site, and so a fleet, of its own; the app and its budget are the same. */
async function runAgents(folder: string, { isShared }: { readonly isShared: boolean }) {
  fs.mkdirSync(folder, { recursive: true })
  const clock = { originMs: Date.now(), rate: RATE, skewMs: 0, isElapsedFast: true }
  const environment = worldEnvironment(clock)
  const practice = await startPractice(
    path.join(folder, 'tenant'),
    ['--licenses', String(LICENCES)],
    worldEnvironment({ ...clock, isElapsedFast: false }),
  )
  const agents: ChildProcess[] = []
  const starts: (() => ChildProcess)[] = []
  try {
    for (const [index, site] of SITES.entries()) {
      const workFolder = path.join(folder, `agent-${index}`)
      const connection: unknown = JSON.parse(fs.readFileSync(practice.connectionFile, 'utf8'))
      const file = path.join(path.dirname(practice.connectionFile), `connection-${index}.json`)
      const coordinationSite = `https://contoso.sharepoint.com/sites/${isShared ? SITES[0] : site}`
      fs.writeFileSync(file, JSON.stringify({ ...Object(connection), coordinationSite }))
      await succeed(['connect', '--connection', file, '--work-dir', workFolder], environment)
      const source = path.join(folder, `source-${index}`)
      fs.mkdirSync(source)
      for (let number = 0; number < FILES; number++)
        fs.writeFileSync(path.join(source, `file ${number} of agent-${index}.txt`), `${index} ${number}`)
      const to = ['--to', 'https://contoso.sharepoint.com/sites/finance', '--library', `Budget ${index}`, '--route', 'session']
      await succeed(['task', 'add', source, ...to, '--work-dir', workFolder], environment)
      starts.push(() => spawnPortage(['agent', 'run', '--work-dir', workFolder, '--name', `agent-${index}`], environment))
    }
    const begunMs = clock.originMs + (Date.now() - clock.originMs) * RATE
    for (const start of starts) agents.push(start())
    for (const agent of agents) for (const stream of [agent.stdout, agent.stderr]) stream?.resume()
    await sleep((MINUTES * MINUTE_MS) / RATE)
    await Promise.all(agents.map(kill))
    await practice.stop()
    return await countRows(practice.dataDir, begunMs)
  } finally {
    await Promise.all(agents.map(kill))
    await practice.stop()
  }
}

async function kill(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return
  const ended = once(agent, 'exit')
  agent.kill('SIGKILL')
  await ended
}

const rowSchema = z.object({ timeMs: z.number(), status: z.number(), resourceUnits: z.number(), path: z.string() })

/** Of the tenant's request journal. Files of agent 0 go to another library than those of agent 1. */
async function countRows(dataDir: string, begunMs: number) {
  const units = new Map<number, number>()
  const count = { refused: 0, refusedLater: 0, units: 0, mostInMinute: 0, limitUnits: LIMIT_UNITS, files: [0, 0] }
  for await (const line of readline.createInterface({ input: fs.createReadStream(path.join(dataDir, 'requests.jsonl')) })) {
    const { timeMs, status, resourceUnits, path: target } = rowSchema.parse(JSON.parse(line))
    if (timeMs < begunMs || timeMs >= begunMs + MINUTES * MINUTE_MS) continue
    if (status === 429) {
      count.refused++
      if (timeMs >= begunMs + ACQUAINTED_MINUTES * MINUTE_MS) count.refusedLater++
      continue
    }
    const minute = Math.floor(timeMs / MINUTE_MS)
    units.set(minute, (units.get(minute) ?? 0) + resourceUnits)
    count.units += resourceUnits
    const agent = /agent-([01])\.txt|uploadSession/.exec(target)?.[1]
    if (agent !== undefined && status < 300) count.files[Number(agent)] = (count.files[Number(agent)] ?? 0) + 1
  }
  return { ...count, mostInMinute: Math.max(...units.values()) }
}
