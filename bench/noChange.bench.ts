import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { succeed } from '../e2e/practice.ts'
import { callTenant } from '../src/simulator/index.ts'
import { type BenchTenant, CLI, startBenchTenant } from './benchTenant.ts'
import { spentBy } from './childProcess.ts'
import { type Bench, type BenchRow, median } from './measure.ts'

const FILES = Number(process.env.PORTAGE_BENCH_NO_CHANGE_FILES ?? 100_000)
const FILES_PER_FOLDER = 200
const TURNS = Number(process.env.PORTAGE_BENCH_NO_CHANGE_TURNS ?? 2)
/** Resource units of an unchanged file. [issue 6] */
const RU_GOAL = 0.05

/** Copies of the round's journal, by which another agent could go on, and their removal: nothing else is ever removed for good. */
const CHECKPOINT = /\.db|\/permanentDelete$/

const taskList = z.array(z.looseObject({ id: z.string(), status: z.string() }))
const journalRows = z.looseObject({
  rows: z.array(z.looseObject({ seq: z.number(), method: z.string(), path: z.string(), route: z.string().optional() })),
})

/** A first round by packages, then rounds in which nothing has changed. Goals: not one file is sent, and ≤ 0.05 RU for each. */
export const noChangeBench: Bench = {
  name: 'no-change',
  about: `${FILES} files that were migrated, and ${TURNS} rounds without a change`,
  isOnDemand: true,
  async run(log) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-no-change-'))
    const tenant = await startBenchTenant(folder, 0)
    try {
      writeFiles(path.join(folder, 'source'))
      await tenant.addTask(path.join(folder, 'source'), 'no-change', 'package')
      const first = await run(tenant)
      log(`first round: ${first.seconds.toFixed(0)} s`)
      const [task] = taskList.parse(await succeed(['task', 'list', '--json', '--work-dir', tenant.workFolder]))
      if (task?.status !== 'completed') throw new Error(`the first round ended as ${task?.status}`)
      const turns: { units: number; seconds: number; peakMb: number; writes: number }[] = []
      for (let turn = 0; turn < TURNS; turn++) {
        await succeed(['task', 'retry', task.id, '--work-dir', tenant.workFolder])
        const before = await tenant.resourceUnits()
        const seq = await lastSeq(tenant)
        const spent = await run(tenant)
        const units = ((await tenant.resourceUnits()) - before) / FILES
        const writes = await fileWrites(tenant, seq)
        turns.push({ units, writes, seconds: spent.seconds, peakMb: spent.peakMb })
        log(
          `round ${turn + 1}: ${units.toFixed(4)} RU/file, ${writes} files written, ${spent.seconds.toFixed(1)} s, peak ${spent.peakMb} MB`,
        )
      }
      return rowsOf(turns)
    } finally {
      await tenant.stop()
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
}

function rowsOf(
  turns: readonly { readonly units: number; readonly seconds: number; readonly peakMb: number; readonly writes: number }[],
): readonly BenchRow[] {
  const row = (name: string, unit: string, values: readonly number[], goal?: number): BenchRow => {
    const value = median(values)
    const spread = value === 0 ? 0 : (Math.max(...values) - Math.min(...values)) / value
    const round = (number: number): number => Number(number.toPrecision(3))
    const against = goal === undefined ? '' : String(goal)
    return {
      name,
      value: round(value),
      unit,
      against,
      ratio: round(goal === undefined ? 1 : value / goal),
      spread: round(spread),
    }
  }
  const size = FILES.toLocaleString('en-US')
  return [
    row(
      `no-change: ${size} files, resource units`,
      'RU/file',
      turns.map(({ units }) => units),
      RU_GOAL,
    ),
    row(
      'no-change: files written',
      'files',
      turns.map(({ writes }) => writes),
    ),
    row(
      'no-change: whole process',
      'files/s',
      turns.map(({ seconds }) => FILES / seconds),
    ),
    row(
      'no-change: peak memory',
      'MB',
      turns.map(({ peakMb }) => peakMb),
    ),
  ]
}

const run = (tenant: BenchTenant) =>
  spentBy(process.execPath, [CLI, 'agent', 'run', '--once', '--json', '--work-dir', tenant.workFolder])

/** Every third has content of its own, all are small: what takes time is their number. */
function writeFiles(root: string): void {
  for (let index = 0; index < FILES; index++) {
    const folder = path.join(
      root,
      `folder ${Math.floor(index / FILES_PER_FOLDER / 10)}`,
      `part ${Math.floor(index / FILES_PER_FOLDER)}`,
    )
    if (index % FILES_PER_FOLDER === 0) fs.mkdirSync(folder, { recursive: true })
    const file = path.join(folder, `document ${index}.txt`)
    fs.writeFileSync(file, `content of document ${index - (index % 3)}\n`)
    fs.utimesSync(file, 1_600_000_000, 1_500_000_000 + index)
  }
}

async function lastSeq({ dataDir }: BenchTenant): Promise<number> {
  let seq = 0
  for (let rows = await rowsAfter(dataDir, 0); rows.length > 0; rows = await rowsAfter(dataDir, seq))
    seq = rows.at(-1)?.seq ?? seq
  return seq
}

/** Requests that change files or folders of a library; lists and their items are how agents agree. */
async function fileWrites({ dataDir }: BenchTenant, after: number): Promise<number> {
  let [seq, count] = [after, 0]
  for (let rows = await rowsAfter(dataDir, seq); rows.length > 0; rows = await rowsAfter(dataDir, seq)) {
    seq = rows.at(-1)?.seq ?? seq
    count += rows.filter(
      ({ method, path: at, route }) =>
        method !== 'GET' && !CHECKPOINT.test(at) && /^(drive\.|migration\.|blob\.)/.test(route ?? ''),
    ).length
  }
  return count
}

const rowsAfter = async (dataDir: string, after: number) =>
  journalRows.parse(await callTenant(dataDir, `/journal?after=${after}&limit=10000`)).rows
