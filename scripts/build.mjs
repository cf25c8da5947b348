// Builds main, the practice tenant's storage, preload and renderer, or only those named. --out FOLDER: there instead of dist/.
import path from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'vite'
import { layNativeModules } from './nativeModules.mjs'
import { root } from './run.mjs'

/** The storage lies beside what calls it. */
const FOLDERS = { main: 'main', practice: 'main', preload: 'preload', renderer: 'renderer' }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: path.join(root, 'dist') } },
})
for (const mode of positionals.length > 0 ? positionals : Object.keys(FOLDERS)) {
  const outDir = path.resolve(values.out, FOLDERS[mode] ?? mode)
  await build({ configFile: `${root}/vite.config.ts`, mode, logLevel: 'warn', build: { outDir } })
  if (mode === 'main') layNativeModules(path.resolve(values.out, 'node_modules'))
  console.error(`build: ${path.relative(root, outDir)}`)
}
