import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { SmbLogin } from './smbMessages.ts'

/** The answers of one run; those that are longer were not asked for here. */
const ANSWER_MAX_CHARACTERS = 400_000_000
const CREDENTIALS_FD = 3
const SECRET_MODE = 0o600

export interface SambaProgram {
  readonly program: 'smbclient' | 'rpcclient' | 'smbcacls'
  readonly args: readonly string[]
  readonly login: SmbLogin
  /** One to a line; none may hold a line end. */
  readonly commands: readonly string[]
  /** Each line as it comes, without its end. */
  readonly onLine: (line: string) => void
  readonly signal: AbortSignal
}

/**
 * Runs a program of Samba with a few commands to its end. The credentials reach it through a file that has lost its name before the program
 * starts, never as an argument or in its environment. Errors: ENOENT when it is not installed.
 */
export async function runSamba({ program, args, login, commands, onLine, signal }: SambaProgram): Promise<void> {
  signal.throwIfAborted()
  const credentials = namelessFile(
    `username=${login.user}\npassword=${login.password}\n${login.domain === '' ? '' : `domain=${login.domain}\n`}`,
  )
  let child: ReturnType<typeof start>
  try {
    child = start(program, args, credentials)
  } finally {
    fs.closeSync(credentials)
  }
  const kill = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', kill, { once: true })
  try {
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) splitLines(stream, onLine, kill)
      child.once('error', reject)
      child.once('close', () => resolve())
      // A program that could not sign in has ended before it reads anything.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(commands.map((command) => `${command}\n`).join(''))
    })
  } finally {
    signal.removeEventListener('abort', kill)
  }
  signal.throwIfAborted()
}

/** The same, with all lines at once. */
export async function linesOfSamba(options: Omit<SambaProgram, 'onLine'>): Promise<readonly string[]> {
  const lines: string[] = []
  await runSamba({ ...options, onLine: (line) => lines.push(line) })
  return lines
}

function start(program: string, args: readonly string[], credentials: number) {
  return spawn(program, ['-A', `/dev/fd/${CREDENTIALS_FD}`, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', credentials],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C.UTF-8' },
  })
}

function splitLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void, tooMuch: () => void): void {
  let rest = ''
  let count = 0
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: unknown) => {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    count += String(chunk).length
    if (count > ANSWER_MAX_CHARACTERS) tooMuch()
    for (const line of lines) onLine(line)
  })
  stream?.on('end', () => {
    if (rest !== '') onLine(rest)
  })
}

function namelessFile(text: string): number {
  const file = path.join(os.tmpdir(), `.portage-${randomBytes(12).toString('hex')}`)
  const descriptor = fs.openSync(file, 'wx+', SECRET_MODE)
  try {
    fs.unlinkSync(file)
    fs.writeSync(descriptor, text)
    return descriptor
  } catch (thrown) {
    fs.closeSync(descriptor)
    throw thrown
  }
}
