import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { rolldown } from 'rolldown'
import { z } from 'zod'

const root = path.resolve(import.meta.dirname, '../../../..')
const foundSchema = z.union([
  z.object({ wine: z.string(), node: z.string(), koffi: z.string() }),
  z.object({ reason: z.string() }),
])
type Found = z.infer<typeof foundSchema>
const answerSchema = z.object({ error: z.string().optional(), value: z.unknown().optional() })

/** Where Wine and a Windows Node are, or why there are none. Installs them where that is allowed. */
export function findWine(): Found {
  const asked = spawnSync(process.execPath, [path.join(root, 'scripts/wine.mjs')], { encoding: 'utf8' })
  return foundSchema.parse(JSON.parse(asked.stdout))
}

export interface WineSession {
  /** Runs the program on the Windows API and gives what it wrote as its answer. Throws with its last words. */
  run(args: readonly string[]): Promise<unknown>
  close(): void
}

/**
 * Bundles a TypeScript program, and what it loads as threads, for the Windows build of Node. It gets the path for its answer (JSON) as first
 * argument: pipes do not work on Wine.
 */
export async function openWine(
  found: Exclude<Found, { reason: string }>,
  programs: { readonly main: string; readonly threads: Readonly<Record<string, string>> },
): Promise<WineSession> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-wine-'))
  const bundle = await rolldown({
    input: { main: programs.main, ...programs.threads },
    platform: 'node',
    external: ['koffi'],
    logLevel: 'silent',
  })
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' })
  await bundle.close()
  // The walking thread is looked for by its name in a bundle.
  for (const name of Object.keys(programs.threads)) fs.writeFileSync(path.join(folder, `${name}.js`), `import './${name}.mjs'\n`)
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
  fs.cpSync(path.join(root, 'node_modules/koffi'), path.join(folder, 'node_modules/koffi'), { recursive: true })
  fs.cpSync(found.koffi, path.join(folder, 'node_modules/@koromix/koffi-win32-x64'), { recursive: true })
  const prefix = path.join(folder, 'prefix')
  return {
    async run(args) {
      const answer = path.join(folder, 'answer.json')
      const log = path.join(folder, 'log.txt')
      fs.rmSync(answer, { force: true })
      const out = fs.openSync(log, 'w')
      const child = spawn(found.wine, [found.node, onWindows(path.join(folder, 'main.mjs')), onWindows(answer), ...args], {
        stdio: ['ignore', out, out],
        env: { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all', NODE_SKIP_PLATFORM_CHECK: '1', NODE_OPTIONS: '' },
      })
      const exitCode = await new Promise((resolve) => child.once('exit', resolve))
      fs.closeSync(out)
      if (!fs.existsSync(answer)) throw new Error(`exit ${exitCode}: ${fs.readFileSync(log, 'utf8').slice(-2000)}`)
      const { error, value } = answerSchema.parse(JSON.parse(fs.readFileSync(answer, 'utf8')))
      if (error !== undefined) throw new Error(error)
      return value
    },
    close() {
      // Ends the server of this prefix and nothing else.
      spawnSync('wineserver', ['-k'], { env: { ...process.env, WINEPREFIX: prefix } })
      fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Wine shows the whole file system as drive Z. */
function onWindows(file: string): string {
  return `Z:${file.replaceAll('/', '\\')}`
}
