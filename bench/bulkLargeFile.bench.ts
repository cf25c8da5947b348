import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { GIB } from '../src/shared/units.ts'
import { type BenchTenant, CLI, startBenchTenant } from './benchTenant.ts'
import { type Spent, spentBy } from './childProcess.ts'
import type { Bench, BenchRow } from './measure.ts'

const WANTED_GIB = Number(process.env.PORTAGE_BENCH_BULK_GIB ?? 20)
/** What the tenant keeps of a file: its cipher in the container, and the imported file. */
const DISK_PER_BYTE = 2.05
const DISK_LEFT_BYTES = 5 * GIB

/** Issue 3: a sparse file of 20 GB goes through with bounded memory. The agent is a process of its own, so its memory is its own. */
export const bulkLargeFileBench: Bench = {
  name: 'bulk-20gb',
  about: `one sparse file of ${WANTED_GIB} GiB through the bulk route, against one of 1 GiB: peak memory of the agent's process`,
  isOnDemand: true,
  async run(log) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bench-20gb-'))
    try {
      const { bavail, bsize } = fs.statfsSync(folder)
      const possibleGib = Math.floor((bavail * bsize - DISK_LEFT_BYTES) / DISK_PER_BYTE / GIB)
      const sizeGib = Math.min(WANTED_GIB, possibleGib)
      if (sizeGib < WANTED_GIB) log(`the disk has room for ${sizeGib} GiB only`)
      const tenant = await startBenchTenant(folder, 0)
      try {
        const small = await sent(tenant, folder, 1)
        log(`1 GiB: ${small.uploadMbPerS.toFixed(0)} MB/s uploading, peak ${small.spent.peakMb} MB`)
        const large = await sent(tenant, folder, sizeGib)
        log(`${sizeGib} GiB: ${large.uploadMbPerS.toFixed(0)} MB/s uploading, peak ${large.spent.peakMb} MB`)
        return rowsOf(`bulk-20gb: ${sizeGib} GiB`, small, large)
      } finally {
        await tenant.stop()
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Sent {
  readonly bytes: number
  readonly spent: Spent
  readonly uploadMbPerS: number
}

/** Throws unless the file arrived and was proved. */
async function sent(tenant: BenchTenant, folder: string, sizeGib: number): Promise<Sent> {
  const bytes = sizeGib * GIB
  const source = path.join(folder, `source-${sizeGib}`)
  fs.mkdirSync(source)
  const file = path.join(source, 'disk image.vhdx')
  fs.writeFileSync(file, 'not quite empty')
  fs.truncateSync(file, bytes)
  await tenant.addTask(source, `sparse-${sizeGib}`, 'package')
  const spent = await spentBy(process.execPath, [CLI, 'agent', 'run', '--once', '--json', '--work-dir', tenant.workFolder])
  return { bytes, spent, uploadMbPerS: bytes / 1e6 / (await tenant.blobSeconds()) }
}

function rowsOf(name: string, small: Sent, large: Sent): readonly BenchRow[] {
  const row = (what: string, unit: string, own: number, other: number): BenchRow => ({
    name: `${name}, ${what}`,
    value: Number(own.toPrecision(4)),
    unit,
    against: '1 GiB',
    ratio: Number((own / other).toPrecision(3)),
    spread: 0,
  })
  const rate = ({ bytes, spent }: Sent) => bytes / 1e6 / spent.seconds
  return [
    row('peak RSS of the agent', 'MB', large.spent.peakMb, small.spent.peakMb),
    row('uploading', 'MB/s', large.uploadMbPerS, small.uploadMbPerS),
    row('whole process', 'MB/s', rate(large), rate(small)),
    row('processor', 's/GB', large.spent.cpuSeconds / (large.bytes / 1e9), small.spent.cpuSeconds / (small.bytes / 1e9)),
  ]
}
