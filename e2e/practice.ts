import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { z } from 'zod'
import { portage, spawnPortage } from './portage.ts'

const readySchema = z.object({ port: z.number(), caFile: z.string(), connectionFile: z.string(), dataDir: z.string() })
const tokenSchema = z.looseObject({ access_token: z.string(), client_id: z.string() })

/** A practice tenant as a process of its own. */
export interface Practice extends z.infer<typeof readySchema> {
  /** A token set for another client, as `portage tenant token` prints it. */
  token(args: readonly string[]): Promise<z.infer<typeof tokenSchema>>
  /** Ends it; its request journal is whole on disk afterwards. */
  stop(): Promise<void>
}

/** Starts `portage tenant start` in `folder` and waits until it answers. Its stderr is in `folder`.log. */
export async function startPractice(
  folder: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Practice> {
  // The list of running tenants lies there: a `tenant stop` of somebody else must not end this one.
  process.env.TMPDIR = path.dirname(path.resolve(folder))
  const child = spawnPortage(['tenant', 'start', '--foreground', '--data', folder, ...args], env)
  child.stderr?.pipe(fs.createWriteStream(`${path.resolve(folder)}.log`))
  if (!child.stdout) throw new Error('no stdout')
  const [line] = await Promise.race([
    once(readline.createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then((): never => {
      throw new Error(`The practice tenant did not start; see ${folder}.log`)
    }),
  ])
  const ready = readySchema.parse(JSON.parse(String(line)))
  return {
    ...ready,
    token: async (more) => tokenSchema.parse(await succeed(['tenant', 'token', ...more, '--port', String(ready.port)])),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Runs a command and gives its document; throws with its words when it does not end well. */
export async function succeed(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const result = await portage(args, env)
  if (result.exitCode !== 0) throw new Error(`portage ${args.join(' ')} ended with ${result.exitCode}: ${result.stderr}`)
  return result.document
}
