import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import { systemWriterLocks } from './writerLocks.ts'

export interface HeldLock {
  /** Lets go of it; may be called again. */
  close(): void
}

/** Programs that lock their argument, say so, and let go when their input ends, which it does when this process dies. */
const HOLDERS: readonly { readonly program: string; readonly before: readonly string[]; readonly after: readonly string[] }[] = [
  { program: 'flock', before: ['-x'], after: ['sh', '-c', 'echo held; cat'] },
  {
    program: 'perl',
    before: ['-e', 'open(F, "+<", $ARGV[0]) or die; flock(F, 2) or die; $| = 1; print "held\\n"; <STDIN>'],
    after: [],
  },
  {
    program: 'python3',
    before: [
      '-c',
      'import fcntl, sys; f = open(sys.argv[1], "r+"); fcntl.flock(f, 2); print("held", flush=True); sys.stdin.read()',
    ],
    after: [],
  },
]

/** Locks a file for writing as another program would, so that the source sees it. A sentence instead, when this system offers no way. */
export async function holdWriterLock(file: string): Promise<HeldLock | string> {
  if (process.platform !== 'linux') return 'No file is locked: locks of other programs are visible on Linux only.'
  for (const { program, before, after } of HOLDERS) {
    const holder = await start(program, [...before, file, ...after])
    if (holder === undefined) continue
    const { dev, ino } = fs.statSync(file, { bigint: true })
    if (systemWriterLocks().isHeld(dev, ino)) return { close: () => holder.stdin?.end() }
    holder.stdin?.end()
    return 'No file is locked: this file system does not show its locks.'
  }
  return 'No file is locked: none of flock, perl and python3 is installed.'
}

/** undefined = it is not installed, or did not get the lock. */
function start(program: string, args: readonly string[]): Promise<ChildProcess | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] })
    child.once('error', () => resolve(undefined))
    child.once('exit', () => resolve(undefined))
    child.stdout.once('data', () => resolve(child))
    child.stdin.on('error', () => undefined)
  })
}
