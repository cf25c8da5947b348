import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import { MigrationError } from '../../../shared/errors.ts'

const CLI = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'cli.ts')

/** A `portage` process of the demo. Its JSON lines arrive one by one; what it says on stderr is kept for the error message. */
export interface PortageProcess {
  readonly lines: AsyncIterable<unknown>
  readonly ended: Promise<number>
  stop(): void
}

const running = new Set<ChildProcess>()

export function startPortage(args: readonly string[], onNote?: (line: string) => void): PortageProcess {
  const child = spawn(process.execPath, [CLI, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      running.delete(child)
      resolve(code ?? 1)
    })
  })
  readline.createInterface({ input: child.stderr }).on('line', (line) => onNote?.(line))
  return {
    lines: jsonLines(child),
    ended,
    stop() {
      child.kill('SIGTERM')
    },
  }
}

async function* jsonLines(child: ChildProcess): AsyncIterable<unknown> {
  if (!child.stdout) return
  for await (const line of readline.createInterface({ input: child.stdout })) if (line !== '') yield JSON.parse(line)
}

/** Runs a command to its end and returns its one JSON document. Exit code 3 (some items failed) is a result, not an error. */
export async function runPortage(args: readonly string[]): Promise<{ readonly exitCode: number; readonly document: unknown }> {
  const notes: string[] = []
  const portage = startPortage(args, (line) => notes.push(line))
  let document: unknown
  for await (const line of portage.lines) document = line
  const exitCode = await portage.ended
  if (exitCode !== 0 && exitCode !== 3) {
    throw new MigrationError('INTERNAL', `portage ${args.slice(0, 2).join(' ')} ended with ${exitCode}: ${notes.at(-1) ?? ''}`, {
      remedy: { kind: 'stopTask' },
    })
  }
  return { exitCode, document }
}

/** Nothing of the demo outlives it. */
export async function stopAll(): Promise<void> {
  const children = [...running]
  for (const child of children) child.kill('SIGTERM')
  await Promise.all(
    children.map(
      (child) =>
        new Promise((resolve) =>
          child.exitCode === null && child.signalCode === null ? child.once('close', resolve) : resolve(undefined),
        ),
    ),
  )
}
