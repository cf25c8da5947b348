// Builds the bundles and packs them for the system it runs on; arguments go to electron-builder (--publish never is the default).
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { bin, root } from './run.mjs'

const args = process.argv.slice(2)
const steps = [
  [path.join(root, 'scripts/build.mjs')],
  [bin('electron-builder'), ...(args.includes('--publish') ? [] : ['--publish', 'never']), ...args],
]
for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
