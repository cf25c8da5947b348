import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { asMigrationError, MigrationError, wireErrorSchema } from '../../shared/errors.ts'
import { makeFolder } from '../host/workFolder.ts'
import type { TenantStartOptions } from './commands/tenant.ts'

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), description: z.record(z.string(), z.unknown()) }),
  z.object({ kind: z.literal('failed'), error: wireErrorSchema }),
])

/** Starts the practice tenant as a process of its own that outlives this command; resolves with its description once it answers. */
export async function startInBackground(options: TenantStartOptions): Promise<Record<string, unknown>> {
  const logFile = options.data
    ? path.join(path.resolve(options.data), 'tenant.log')
    : path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'portage-tenant-log-')), 'tenant.log')
  makeFolder(path.dirname(logFile))
  const log = fs.openSync(logFile, 'a')
  const flags = Object.entries(options).flatMap(([name, value]) =>
    name === 'foreground' || value === undefined
      ? []
      : [`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, String(value)],
  )
  const child = spawn(
    process.execPath,
    [path.join(path.dirname(fileURLToPath(import.meta.url)), 'cli.ts'), 'tenant', 'start', '--foreground', '--json', ...flags],
    { detached: true, stdio: ['ignore', 'ignore', log, 'ipc'] },
  )
  fs.closeSync(log)
  try {
    const description = await new Promise<Record<string, unknown>>((resolve, reject) => {
      child.once('message', (message) => {
        const said = messageSchema.parse(message)
        if (said.kind === 'ready') return resolve(said.description)
        const { code, message: sentence, remedy, fix } = said.error
        reject(new MigrationError(code, sentence, { remedy, ...(fix === undefined ? {} : { fix }) }))
      })
      child.once('error', reject)
      child.once('exit', (code) =>
        reject(
          new MigrationError(
            'INTERNAL',
            `The practice tenant ended with exit code ${code ?? 'of a signal'} before it was ready.`,
            {
              remedy: { kind: 'stopTask' },
              fix: `Its log ${logFile} says why.`,
            },
          ),
        ),
      )
    })
    if (options.data === undefined) discard(logFile)
    return description
  } catch (thrown) {
    if (options.data === undefined && asMigrationError(thrown).code !== 'INTERNAL') discard(logFile)
    throw thrown
  } finally {
    if (child.connected) child.disconnect()
    child.unref()
  }
}

/** A tenant without a data folder leaves nothing behind; where an open file cannot be removed its log stays. */
function discard(logFile: string): void {
  try {
    fs.rmSync(path.dirname(logFile), { recursive: true, force: true })
  } catch {
    // Windows keeps open files.
  }
}
