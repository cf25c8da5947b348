import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readScreenFiles, type ScreenFiles } from '../host/screenFiles.ts'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')

/** The built screens; in a checkout they are built first when they are missing or older than their source. Errors: INPUT_USAGE. */
export function builtScreens(note: (text: string) => void): ScreenFiles {
  const built = path.join(root, 'dist/renderer')
  const script = path.join(root, 'scripts/build.mjs')
  if (fs.existsSync(script) && isStale(path.join(built, 'index.html'))) {
    note('Building the screens.')
    spawnSync(process.execPath, [script, 'renderer'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  return readScreenFiles(built)
}

function isStale(page: string): boolean {
  if (!fs.existsSync(page)) return true
  const builtMs = fs.statSync(page).mtimeMs
  return ['src/renderer', 'src/shared'].some((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .some((entry) => entry.isFile() && fs.statSync(path.join(entry.parentPath, entry.name)).mtimeMs > builtMs),
  )
}
