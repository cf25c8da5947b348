// Finds a Chromium for the browser specs; on Debian as root it installs one.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const CANDIDATES = {
  linux: ['/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/microsoft-edge', '/usr/bin/chromium-browser'],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
}

export function findBrowser() {
  const asked = process.env.CHROME_PATH
  if (asked) return fs.existsSync(asked) ? asked : undefined
  return (CANDIDATES[process.platform] ?? []).find((file) => fs.existsSync(file))
}

function isDebianRoot() {
  return process.platform === 'linux' && process.getuid?.() === 0 && fs.existsSync('/etc/debian_version') && !isUbuntu()
}

function isUbuntu() {
  // Ubuntu's chromium package is a snap stub that does not start in a container.
  return fs.existsSync('/etc/os-release') && /^ID=ubuntu/m.test(fs.readFileSync('/etc/os-release', 'utf8'))
}

/** Installs Debian packages when that is possible here; returns what is in the way otherwise. */
export function installDebianPackages(names) {
  if (!isDebianRoot())
    return `needs the packages ${names.join(' ')} (this is not Debian as root, so they are not installed for you)`
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...names]]) {
    const result = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment })
    if (result.status !== 0) return `apt-get ${args[0]} failed (exit ${result.status})`
  }
  return undefined
}

/** The path of a browser, installing one where that is possible; else the reason why there is none. */
export function ensureBrowser() {
  const found = findBrowser()
  if (found) return { path: found }
  if (process.env.CHROME_PATH)
    return { reason: `CHROME_PATH names ${path.resolve(process.env.CHROME_PATH)}, which does not exist` }
  console.error('browser: none found, installing chromium')
  const problem = installDebianPackages(['chromium', 'fonts-dejavu-core'])
  const installed = findBrowser()
  return installed
    ? { path: installed }
    : { reason: `no Chromium, Chrome or Edge found; ${problem ?? 'chromium did not install'}` }
}
