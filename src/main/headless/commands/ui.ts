import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { z } from 'zod'
import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import { openApp } from '../../host/openApp.ts'
import { builtScreens } from '../builtScreens.ts'
import { EXIT } from '../exitCodes.ts'
import { startLoopbackServer } from '../loopbackServer.ts'
import { openUrl } from '../openUrl.ts'
import { createPractice } from '../practice.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

const optionsSchema = z.object({
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  open: z.boolean().default(true),
})

export function addUiCommand(program: Command, invoke: Invoke): void {
  withCommonOptions(program.command('ui'))
    .description('The screens in your browser, served on this computer only. Prints a link that works once.')
    .option('--port <n>', 'TCP port on 127.0.0.1 (default: a free one)')
    .option('--no-open', 'print the link, open nothing')
    .action(invoke(run))
}

const run: Act = async ({ options, output, workFolder, stops }) => {
  const parsed = optionsSchema.safeParse(options)
  if (!parsed.success) {
    throw new MigrationError('INPUT_USAGE', `--port is "${String(options.port)}".`, {
      remedy: { kind: 'stopTask' },
      fix: 'Give a number from 0 to 65535.',
    })
  }
  const screens = builtScreens(output.note)
  const environment = hostEnvironment(workFolder, { openUrl })
  const practice = createPractice(environment.workFolder)
  await practice
    .resume()
    .catch((thrown: unknown) => output.note(`The practice tenant did not start again: ${asMigrationError(thrown).message}`))
  const { app, dispatch } = openApp({ ...environment, version: ownVersion(), practice })
  try {
    const server = await startLoopbackServer({
      screens,
      attach: app.attach,
      dispatch,
      reportsFolder: environment.workFolder.reportsFolder,
      port: parsed.data.port,
    }).catch((thrown: unknown) => {
      throw portProblem(thrown, parsed.data.port)
    })
    output.event(
      { event: 'ready', url: server.url, port: server.port },
      () => `Portage is open at ${server.url}\nThe link works once. Ctrl-C ends Portage.`,
    )
    if (parsed.data.open) await openUrl(server.url)
    await aborted(stops.drain)
    // Files in flight may end, unless the person asks a second time.
    await Promise.race([app.agent.stop(), aborted(stops.drop)])
    await server.close()
  } finally {
    await app.close()
    await practice.stop()
  }
  return EXIT.done
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function portProblem(thrown: unknown, port: number): unknown {
  if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE')) return thrown
  return new MigrationError('INPUT_USAGE', `Port ${port} is in use.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Leave --port out to get a free one.',
    cause: thrown,
  })
}

/** Beside the sources as well as beside the bundle. */
function ownVersion(): string {
  for (const place of ['../../../../package.json', '../../package.json']) {
    const file = fileURLToPath(new URL(place, import.meta.url))
    if (fs.existsSync(file)) return z.object({ version: z.string() }).parse(JSON.parse(fs.readFileSync(file, 'utf8'))).version
  }
  return 'unknown'
}
