import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

/** A program that runs beside the tenant and says what it does. */
export interface RunningProgram {
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves with its exit code when it is gone; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>
  /** Asks it to end, and ends it when it does not. */
  stop(): Promise<void>
}

interface Launch {
  readonly args: readonly string[]
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
}

const LONGEST_GOODBYE_MS = 5_000
/** The child ends in an orderly way when its parent is gone, whatever ended that. */
const END_WITH_PARENT = `data:text/javascript,process.stdin.unref().resume().on('end',()=>process.kill(process.pid,'SIGTERM')).on('error',()=>process.exit())`

/** The blob program of Azurite: from the bundle of an installed app, else from the package. Errors: it is in neither. */
export function azuriteProgram(): string {
  const bundled = path.join(import.meta.dirname, 'azurite.cjs')
  if (fs.existsSync(bundled)) return bundled
  try {
    const manifest = createRequire(import.meta.url).resolve('azurite/package.json')
    return path.join(path.dirname(manifest), 'dist', 'src', 'blob', 'main.js')
  } catch (error) {
    throw new Error('The practice tenant needs the package azurite for imports, and it is not installed.', { cause: error })
  }
}

/** Of its own process; in an app of Electron, whose program starts nothing but itself, of its own thread. */
export function startProgram(program: string, launch: Launch): RunningProgram {
  return process.versions.electron === undefined ? asProcess(program, launch) : asThread(program, launch)
}

function asProcess(program: string, { args, folder, env }: Launch): RunningProgram {
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, program, ...args], {
    cwd: folder,
    env: { ...env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.once('exit', (code) => resolve(code ?? undefined))
    child.once('error', reject)
  })
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([gone, sleep(LONGEST_GOODBYE_MS, undefined, { ref: false })])
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await gone
    },
  }
}

export function asThread(program: string, { args, env }: Launch): RunningProgram {
  const worker = new Worker(program, { argv: [...args], env, stdout: true, stderr: true })
  const ended = new Promise<number | undefined>((resolve, reject) => {
    worker.once('exit', resolve)
    worker.once('error', reject)
  })
  return {
    stdout: worker.stdout,
    stderr: worker.stderr,
    ended,
    async stop() {
      await worker.terminate()
    },
  }
}
