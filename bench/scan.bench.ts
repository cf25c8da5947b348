import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type Bench, interleave, median, rowOf } from './measure.ts'
import { fileTree } from './tree.ts'

const FILES = Number(process.env.PORTAGE_BENCH_FILES ?? 1_000_000)
const TURNS = 5
const childSchema = z.object({ files: z.number(), seconds: z.number(), peakMb: z.number() })

/** Goals: walk ≥ 0.7 of `find -printf`; the whole scan (walk, rules, journal) below 400 MB [performance.md, issue 2]. */
export const scanBench: Bench = {
  name: 'scan',
  about: `scanning a tree of ${FILES.toLocaleString('en-US')} files on disk, against find -printf`,
  async run(log) {
    const root = fileTree(FILES, log)
    const peaks = new Map<string, number[]>()
    const child = (name: string, mode: string) => ({
      name,
      async turn() {
        const result = childSchema.parse(
          JSON.parse(
            await outputOf(process.execPath, [
              path.join(path.dirname(fileURLToPath(import.meta.url)), 'scanOnce.ts'),
              mode,
              root,
            ]),
          ),
        )
        if (result.files !== FILES) throw new Error(`${name} saw ${result.files} of ${FILES} files`)
        peaks.set(name, [...(peaks.get(name) ?? []), result.peakMb])
        log(`${name}: ${Math.round(result.files / result.seconds).toLocaleString('en-US')} files/s, peak ${result.peakMb} MB`)
        return result.files / result.seconds
      },
    })
    const rates = await interleave(
      [
        {
          name: 'find -printf',
          async turn() {
            const startedAt = performance.now()
            await outputOf('find', [root, '-printf', '%P %s %T@ %C@\\n'], false)
            return FILES / ((performance.now() - startedAt) / 1000)
          },
        },
        child('walk', 'walk'),
        child('scan', 'scan'),
      ],
      TURNS,
    )
    const memory = (name: string) => ({
      name: `${name} peak RSS`,
      value: median(peaks.get(name) ?? []),
      unit: 'MB',
      against: '400 MB',
      ratio: Number((median(peaks.get(name) ?? []) / 400).toPrecision(3)),
      spread: 0,
    })
    return [
      rowOf(rates, 'walk', { unit: 'files/s', against: 'find -printf' }),
      rowOf(rates, 'scan', { unit: 'files/s', against: 'find -printf' }),
      memory('walk'),
      memory('scan'),
    ]
  },
}

function outputOf(program: string, args: readonly string[], keeps = true): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => {
      if (keeps) chunks.push(chunk)
    })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0
        ? resolve(Buffer.concat(chunks).toString('utf8'))
        : reject(new Error(`${path.basename(program)} ended with ${code}`)),
    )
  })
}

if (!fs.existsSync('/usr/bin/find')) throw new Error('The scan benchmark needs GNU find.')
