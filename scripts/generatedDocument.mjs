import fs from 'node:fs'
import path from 'node:path'
import { root } from './run.mjs'

/** Writes a generated document, or with --check ends with exit code 1 when it is not current. */
export function writeOrCheck(relPath, text) {
  const file = path.join(root, relPath)
  if (!process.argv.includes('--check')) {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
    return
  }
  const current = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').replace(/\r\n/g, '\n') : undefined
  if (current === text) return
  console.error(`${relPath} is not current: run "node scripts/run.mjs scripts/docs.mjs".`)
  process.exitCode = 1
}
