import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { graphClient } from '../e2e/graphCopy.ts'
import { findRclone, openRclone } from '../e2e/rcloneClient.ts'
import { KIB, MIB } from '../src/shared/units.ts'
import { type BenchTenant, CLI, startBenchTenant } from './benchTenant.ts'
import { type Spent, spentBy } from './childProcess.ts'
import { Costs } from './costs.ts'
import { type Bench, type BenchRow, type Contender, interleave, rowOf } from './measure.ts'

const SMALL_FILES = Number(process.env.PORTAGE_BENCH_SMALL_FILES ?? 2000)
const SMALL_BYTES = 16 * KIB
const LATENCIES_MS = [0, 30]
const LARGE_BYTES = 512 * MIB
const TURNS = 3
/** rclone leaves 10 ms between two calls by itself, so more transfers do not help it. [rclone] */
const RCLONE_BEST = ['--transfers', '32', '--checkers', '32', '--no-traverse']

/** Goals: ≥ 3 × files/s and ≤ 0.7 × RU of rclone; ≥ 0.85 of bare PUTs below 300 MB [performance.md]. */
export const sessionBench: Bench = {
  name: 'session',
  about: `${SMALL_FILES} files of 16 KiB against rclone copy; one file of 512 MiB against a bare loop of PUTs; whole processes`,
  async run(log) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-session-'))
    try {
      const rows: BenchRow[] = []
      const small = path.join(folder, 'small')
      writeSmallFiles(small)
      for (const latencyMs of LATENCIES_MS)
        rows.push(...(await smallFiles(path.join(folder, `${latencyMs}`), small, latencyMs, log)))
      rows.push(...(await largeFile(path.join(folder, 'large'), log)))
      return rows
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function smallFiles(
  folder: string,
  source: string,
  latencyMs: number,
  log: (line: string) => void,
): Promise<readonly BenchRow[]> {
  const tenant = await startBenchTenant(folder, latencyMs)
  const units = new Costs()
  const processor = new Costs()
  let turn = 0
  const measured = async (name: string, run: (to: string) => Promise<Spent>): Promise<number> => {
    const before = await tenant.resourceUnits()
    const spent = await run(`turn-${++turn}`)
    units.add(name, ((await tenant.resourceUnits()) - before) / SMALL_FILES)
    processor.add(name, (spent.cpuSeconds * 1000) / SMALL_FILES)
    log(`${latencyMs} ms, ${name}: ${(SMALL_FILES / spent.seconds).toFixed(1)} files/s, peak ${spent.peakMb} MB`)
    return SMALL_FILES / spent.seconds
  }
  try {
    const contenders: Contender[] = [
      {
        name: 'portage',
        turn: () =>
          measured('portage', async (to) => {
            await tenant.addTask(source, to)
            return runAgent(tenant)
          }),
      },
    ]
    const found = findRclone()
    if ('reason' in found) log(`without rclone: ${found.reason}`)
    else {
      const rclone = await openRclone(found.path, tenant, folder)
      contenders.unshift({
        name: 'rclone',
        turn: () =>
          measured('rclone', (to) =>
            spentBy(rclone.program, [...rclone.args, 'copy', source, `tenant:${to}`, ...RCLONE_BEST], rclone.environment),
          ),
      })
    }
    const rates = await interleave(contenders, TURNS)
    const name = `session-small, ${latencyMs} ms`
    return [
      { ...rowOf(rates, 'portage', { unit: 'files/s', against: 'rclone' }), name },
      units.row(`${name}, cost`, { own: 'portage', unit: 'RU/file', against: 'rclone' }),
      processor.row(`${name}, processor`, { own: 'portage', unit: 'ms/file', against: 'rclone' }),
    ]
  } finally {
    await tenant.stop()
  }
}

async function largeFile(folder: string, log: (line: string) => void): Promise<readonly BenchRow[]> {
  const tenant = await startBenchTenant(folder, 0)
  const source = path.join(folder, 'source')
  fs.mkdirSync(source)
  const file = path.join(source, 'large.bin')
  for (let written = 0; written < LARGE_BYTES; written += 16 * MIB) fs.appendFileSync(file, randomBytes(16 * MIB))
  const peaks = new Costs()
  let turn = 0
  const rate = async (name: string, spent: Spent): Promise<number> => {
    peaks.add(name, spent.peakMb)
    const value = LARGE_BYTES / 1e6 / (await tenant.uploadSeconds())
    log(`${name}: ${value.toFixed(0)} MB/s, peak ${spent.peakMb} MB`)
    return value
  }
  try {
    const { access_token: token } = await tenant.token()
    const client = graphClient({ port: tenant.port, ca: fs.readFileSync(tenant.caFile, 'utf8'), token })
    const drive = z
      .object({ id: z.string() })
      .parse(await client.api('/sites/contoso.sharepoint.com:/sites/finance:/drive').get())
    const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'putOnce.ts')
    const rates = await interleave(
      [
        {
          name: 'bare PUTs',
          async turn() {
            const to = `/drives/${drive.id}/root:/bare-${++turn}.bin`
            return rate(
              'bare PUTs',
              await spentBy(process.execPath, [script, String(tenant.port), tenant.caFile, token, to, file]),
            )
          },
        },
        {
          name: 'portage',
          async turn() {
            await tenant.addTask(source, `large-${++turn}`)
            return rate('portage', await runAgent(tenant))
          },
        },
      ],
      TURNS,
    )
    return [
      { ...rowOf(rates, 'portage', { unit: 'MB/s', against: 'bare PUTs' }), name: 'session-large' },
      peaks.againstGoal('session-large, peak RSS', { own: 'portage', unit: 'MB', goal: 300 }),
    ]
  } finally {
    await tenant.stop()
  }
}

function runAgent(tenant: BenchTenant): Promise<Spent> {
  return spentBy(process.execPath, [CLI, 'agent', 'run', '--once', '--json', '--work-dir', tenant.workFolder])
}

function writeSmallFiles(root: string): void {
  for (let index = 0; index < SMALL_FILES; index++) {
    const folder = path.join(root, `folder ${Math.floor(index / 100)}`)
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, `document ${index}.bin`), randomBytes(SMALL_BYTES))
  }
}
