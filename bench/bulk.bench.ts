import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { KIB, MIB } from '../src/shared/units.ts'
import { type BenchTenant, CLI, SITE, startBenchTenant } from './benchTenant.ts'
import { type Spent, spentBy } from './childProcess.ts'
import { Costs } from './costs.ts'
import { type Bench, type BenchRow, interleave, rowOf } from './measure.ts'
import { sealing } from './sealing.ts'

const SMALL = { files: Number(process.env.PORTAGE_BENCH_BULK_FILES ?? 10_000), fileBytes: 2 * KIB, hasCostGoal: true }
/** Two packages, which are put at the same time: nothing is imported while they are measured. */
const LARGE = { files: 2, fileBytes: Number(process.env.PORTAGE_BENCH_BULK_LARGE_MIB ?? 192) * MIB, hasCostGoal: false }
const TURNS = Number(process.env.PORTAGE_BENCH_BULK_TURNS ?? 2)
const RU_GOAL = 0.1
const RAW = 'raw blob upload'

/** Goals: ≥ 0.8 of raw PUTs of the same bytes; ≤ 0.1 RU a file for 10,000 small ones [performance.md, issue 3]. */
export const bulkBench: Bench = {
  name: 'bulk',
  about: `${SMALL.files} files of 2 KiB and ${LARGE.files} of ${LARGE.fileBytes / MIB} MiB by both routes, against raw PUTs of the same bytes to the same blob host`,
  async run(log) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-bulk-'))
    try {
      const small = await contest(path.join(folder, 'small'), 'bulk-small', SMALL, log)
      const large = await contest(path.join(folder, 'large'), 'bulk-large', LARGE, log)
      const client = await sealing(path.join(folder, 'sealing'), log)
      return [...small, ...large, ...client]
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Load {
  /** Few files carry the fixed cost of a task alone. */
  readonly hasCostGoal: boolean
  readonly files: number
  readonly fileBytes: number
}

/** Both routes and the bare PUTs take turns; each is a process of its own, the tenant is one for all. */
async function contest(folder: string, name: string, load: Load, log: (line: string) => void): Promise<readonly BenchRow[]> {
  const source = path.join(folder, 'source')
  writeFiles(source, load)
  const tenant = await startBenchTenant(folder, 0)
  const costs = new Costs()
  const units =
    load.files > 100
      ? ({ unit: 'files/s', amount: load.files } as const)
      : ({ unit: 'MB/s', amount: (load.files * load.fileBytes) / 1e6 } as const)
  let turn = 0
  const note = async (contender: string, run: () => Promise<Spent>): Promise<Spent> => {
    const before = await tenant.resourceUnits()
    const spent = await run()
    costs.add(`${contender}: RU`, ((await tenant.resourceUnits()) - before) / load.files)
    costs.add(`${contender}: processor`, (spent.cpuSeconds * 1000) / load.files)
    costs.add(`${contender}: memory`, spent.peakMb)
    return spent
  }
  const say = (contender: string, amountPerSecond: number, spent: Spent) => {
    log(
      `${name}, ${contender}: ${amountPerSecond.toFixed(0)} ${units.unit}, processor ${spent.cpuSeconds.toFixed(1)} s, peak ${spent.peakMb} MB`,
    )
    return amountPerSecond
  }
  const migrate = async (route: 'session' | 'package') => {
    await tenant.addTask(source, `${route}-${++turn}`, route)
    return note(route, () =>
      spentBy(process.execPath, [CLI, 'agent', 'run', '--once', '--json', '--work-dir', tenant.workFolder]),
    )
  }
  try {
    const rates = await interleave(
      [
        {
          name: RAW,
          async turn() {
            const spent = await note(RAW, () => putRaw(tenant, source))
            return say(RAW, units.amount / (await tenant.blobSeconds()), spent)
          },
        },
        {
          name: 'bulk route',
          async turn() {
            const spent = await migrate('package')
            costs.add('uploading', units.amount / (await tenant.blobSeconds()))
            return say('bulk route', units.amount / spent.seconds, spent)
          },
        },
        {
          name: 'session route',
          async turn() {
            const spent = await migrate('session')
            return say('session route', units.amount / spent.seconds, spent)
          },
        },
      ],
      TURNS,
    )
    const all = new Map([...rates, ['uploading', costs.of('uploading')]])
    const row = (own: string, against: string): BenchRow => rowOf(all, own, { unit: units.unit, against })
    const goal = { own: 'package: RU', unit: 'RU/file', goal: RU_GOAL }
    return [
      ...(load.hasCostGoal ? [costs.againstGoal(`${name}: bulk route, cost against its goal`, goal)] : []),
      { ...row('bulk route', 'session route'), name: `${name}: bulk route, whole process` },
      { ...row('session route', RAW), name: `${name}: session route, whole process` },
      { ...row('bulk route', RAW), name: `${name}: bulk route, whole process` },
      { ...row('uploading', RAW), name: `${name}: bulk route, while it uploads` },
      { ...row(RAW, RAW), name: `${name}: ${RAW}` },
      costs.row(`${name}: bulk route, cost`, { own: 'package: RU', unit: 'RU/file', against: 'session: RU' }),
      costs.row(`${name}: bulk route, processor`, { own: 'package: processor', unit: 'ms/file', against: 'session: processor' }),
      costs.row(`${name}: bulk route, peak RSS`, { own: 'package: memory', unit: 'MB', against: 'session: memory' }),
    ]
  } finally {
    await tenant.stop()
  }
}

async function putRaw(tenant: BenchTenant, source: string): Promise<Spent> {
  const { access_token: token } = await tenant.token(['--app', '--sharepoint'])
  const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'putBlobs.ts')
  return spentBy(process.execPath, [script, String(tenant.port), tenant.caFile, token, SITE, source])
}

function writeFiles(root: string, { files, fileBytes }: Load): void {
  for (let index = 0; index < files; index++) {
    const folder = path.join(root, `folder ${Math.floor(index / 100)}`)
    fs.mkdirSync(folder, { recursive: true })
    const file = path.join(folder, `document ${index}.bin`)
    for (let written = 0; written < fileBytes; written += 16 * MIB)
      fs.appendFileSync(file, randomBytes(Math.min(16 * MIB, fileBytes - written)))
  }
}
