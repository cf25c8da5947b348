// The browser specs alone: builds the screens, finds or installs a browser, runs Playwright. With E2E=electron on the desktop app instead.
// Arguments go to Playwright.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { ensureBrowser } from './browser.mjs'
import { findElectron } from './electron.mjs'
import { bin, root } from './run.mjs'

const isOnElectron = process.env.E2E === 'electron'
if (isOnElectron && !findElectron()) {
  console.error('e2e: skipped, the program of Electron is not here (npx install-electron fetches it)')
  process.exit(process.env.CI ? 1 : 0)
}
const browser = isOnElectron ? { path: '' } : ensureBrowser()
if (!isOnElectron && !browser.path) {
  console.error(`e2e: skipped, ${browser.reason}`)
  process.exit(process.env.CI ? 1 : 0)
}
const build = spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' })
if (build.status !== 0) process.exit(build.status ?? 1)
const specs = spawnSync(process.execPath, [bin('@playwright/test:playwright'), 'test', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, CHROME_PATH: browser.path },
})
process.exit(specs.status ?? 1)
