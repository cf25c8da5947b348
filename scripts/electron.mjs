// Where the program of Electron is.
import fs from 'node:fs'
import path from 'node:path'
import { root } from './run.mjs'

/** The program of Electron, without importing it: that would start a download. */
export function findElectron() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  const folder = path.join(root, 'node_modules/electron')
  const named = path.join(folder, 'path.txt')
  const name = fs.existsSync(named)
    ? fs.readFileSync(named, 'utf8').trim()
    : ({ darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform] ?? 'electron')
  const program = path.join(override ?? path.join(folder, 'dist'), name)
  return fs.existsSync(program) ? program : undefined
}
