import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { graphClient } from './graphCopy.ts'
import type { Practice } from './practice.ts'

const foundSchema = z.union([z.object({ path: z.string() }), z.object({ reason: z.string() })])

/** Where rclone is, or why there is none. Installs it where that is allowed. */
export function findRclone(): z.infer<typeof foundSchema> {
  const script = path.join(path.dirname(fileURLToPath(import.meta.url)), '../scripts/rclone.mjs')
  return foundSchema.parse(JSON.parse(spawnSync(process.execPath, [script], { encoding: 'utf8' }).stdout))
}

/** rclone as it is, pointed at the library Documents of the finance site as the remote `tenant:`. */
export interface Rclone {
  readonly program: string
  /** What every command begins with. */
  readonly args: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** Runs one command; throws with its last words when it fails. */
  run(args: readonly string[]): Promise<void>
}

export async function openRclone(
  program: string,
  practice: Pick<Practice, 'port' | 'caFile' | 'token'>,
  folder: string,
): Promise<Rclone> {
  const token = await practice.token(['--user', 'ann@contoso.com', '--resource', 'graph'])
  const client = graphClient({ port: practice.port, ca: fs.readFileSync(practice.caFile, 'utf8'), token: token.access_token })
  const drive = z.object({ id: z.string() }).parse(await client.api('/sites/contoso.sharepoint.com:/sites/finance:/drive').get())
  const { access_token, token_type, refresh_token, expiry, client_id } = token
  const config = path.join(folder, 'rclone.conf')
  fs.writeFileSync(
    config,
    [
      '[tenant]',
      'type = onedrive',
      `client_id = ${client_id}`,
      `token = ${JSON.stringify({ access_token, token_type, refresh_token, expiry })}`,
      `drive_id = ${drive.id}`,
      'drive_type = documentLibrary',
      '',
    ].join('\n'),
    { mode: 0o600 },
  )
  const proxy = `http://127.0.0.1:${practice.port}`
  const environment = { ...process.env, HTTPS_PROXY: proxy, https_proxy: proxy, NO_PROXY: '', no_proxy: '' }
  const common = ['--config', config, '--ca-cert', practice.caFile]
  return {
    program,
    args: common,
    environment,
    run: (args) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, [...common, ...args], {
          stdio: ['ignore', 'ignore', 'pipe'],
          env: environment,
        })
        let said = ''
        child.stderr.on('data', (chunk: Buffer) => {
          said = (said + chunk.toString('utf8')).slice(-4000)
        })
        child.once('error', reject)
        child.once('close', (code) =>
          code === 0 ? resolve() : reject(new Error(`rclone ${args[0]} ended with ${code}: ${said}`)),
        )
      }),
  }
}
