// Starts the app: Electron where its binary is, else the same app in the browser, saying why. --host goes to the browser at once.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { findElectron } from './electron.mjs'
import { bin, replaceWith, root } from './run.mjs'

const args = process.argv.slice(2)
const wantsHost = args.includes('--host')
const rest = args.filter((arg) => arg !== '--host')

/** The program, or why there is none. */
function ensureElectron() {
  const found = findElectron()
  if (found) return { program: found }
  console.error('start: Electron is not here yet, fetching it')
  const result = spawnSync(process.execPath, [bin('electron:install-electron')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: 300_000,
  })
  const program = findElectron()
  if (program) return { program }
  const why = (result.stderr ?? '')
    .split('\n')
    .find((line) => /error|fail|ENOTFOUND|ECONN/i.test(line))
    ?.trim()
  return { why: why ?? 'it could not be fetched' }
}

function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

function startHost() {
  replaceWith([path.join(root, 'src/main/headless/cli.ts'), 'ui', ...(hasDisplay() ? [] : ['--no-open']), ...rest])
}

if (wantsHost) startHost()
else if (!hasDisplay()) {
  console.error('start: there is no display here, so the app runs without a window; open the link in a browser.')
  startHost()
} else {
  const { program, why } = ensureElectron()
  if (!program) {
    console.error(`start: no Electron (${why}); the same app opens in your browser.`)
    startHost()
  } else {
    const built = spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
    if (built.status !== 0) process.exit(built.status ?? 1)
    const isRoot = process.getuid?.() === 0
    const result = spawnSync(program, [root, ...(isRoot ? ['--no-sandbox'] : []), ...rest], { stdio: 'inherit' })
    process.exit(result.status ?? 1)
  }
}
