import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { GIB } from '../src/shared/units.ts'
import { spentBy } from './childProcess.ts'
import { Costs } from './costs.ts'
import { type BenchRow, interleave, rowOf } from './measure.ts'

const FILE_BYTES = GIB / 2
const TURNS = 3
const MODES = ['bare', 'main', 'threads'] as const
const NAMES = { bare: 'bare PUTs', main: 'sealed in the main thread', threads: 'sealed in threads' } as const

/** The client alone, before a store that takes everything and keeps nothing: what hash, cipher and MD5 cost where they are done. */
export async function sealing(folder: string, log: (line: string) => void): Promise<readonly BenchRow[]> {
  const source = path.join(folder, 'source')
  fs.mkdirSync(source, { recursive: true })
  fs.writeFileSync(path.join(source, 'large.bin'), '')
  fs.truncateSync(path.join(source, 'large.bin'), FILE_BYTES)
  const sink = spawn(process.execPath, [path.join(import.meta.dirname, 'blobSink.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [port] = await once(readline.createInterface({ input: sink.stdout }), 'line')
    const costs = new Costs()
    const script = path.join(import.meta.dirname, 'sealOnce.ts')
    const rates = await interleave(
      MODES.map((mode) => ({
        name: NAMES[mode],
        async turn() {
          const spent = await spentBy(process.execPath, [script, mode, String(port), path.join(folder, 'sink.pem'), source])
          costs.add(NAMES[mode], spent.cpuSeconds / (FILE_BYTES / 1e9))
          const rate = FILE_BYTES / 1e6 / spent.seconds
          log(
            `bulk-sealing, ${NAMES[mode]}: ${rate.toFixed(0)} MB/s, processor ${spent.cpuSeconds.toFixed(1)} s, peak ${spent.peakMb} MB`,
          )
          return rate
        },
      })),
      TURNS,
    )
    return [
      { ...rowOf(rates, NAMES.threads, { unit: 'MB/s', against: NAMES.main }), name: `bulk-sealing: ${NAMES.threads}` },
      { ...rowOf(rates, NAMES.threads, { unit: 'MB/s', against: NAMES.bare }), name: `bulk-sealing: ${NAMES.threads}` },
      costs.row('bulk-sealing: processor', { own: NAMES.threads, unit: 's/GB', against: NAMES.main }),
    ]
  } finally {
    sink.kill('SIGTERM')
    await once(sink, 'exit')
  }
}
