import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'

export interface Spent {
  readonly seconds: number
  /** Processor time of the process, all threads. NaN where /proc does not tell. */
  readonly cpuSeconds: number
  readonly peakMb: number
}

const LOOK_EVERY_MS = 50
const TICKS_PER_SECOND = 100

/** Runs a program to its end and tells what it cost. Throws with its last words when it fails. */
export async function spentBy(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Spent> {
  const startedAt = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: environment })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000)
  })
  let seen = { cpuSeconds: Number.NaN, peakMb: Number.NaN }
  const timer = setInterval(() => {
    seen = look(child) ?? seen
  }, LOOK_EVERY_MS)
  const [code] = await once(child, 'exit')
  clearInterval(timer)
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} ended with ${code}: ${said}`)
  return { seconds: (performance.now() - startedAt) / 1000, ...seen }
}

/** Linux keeps the highest memory and the time of a process under /proc for as long as it lives. */
function look({ pid }: ChildProcess): { cpuSeconds: number; peakMb: number } | undefined {
  try {
    const peak = /VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))
    if (!peak) return undefined
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      peakMb: Math.round(Number(peak[1]) / 1024),
    }
  } catch {
    return undefined
  }
}
