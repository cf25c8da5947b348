import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const FILES_PER_FOLDER = 20
const FOLDERS_PER_FOLDER = 10

/** A tree of `fileCount` empty files, 20 to a folder, kept between runs. Returns its root. */
export function fileTree(fileCount: number, log: (line: string) => void): string {
  const root = path.join(os.tmpdir(), `portage-bench-tree-${fileCount}`)
  const finished = `${root}.finished`
  if (fs.existsSync(finished)) return root
  fs.rmSync(root, { recursive: true, force: true })
  log(`writing ${fileCount} files below ${root} (kept for the next run)`)
  let written = 0
  let folders = [root]
  while (written < fileCount) {
    const next: string[] = []
    for (const folder of folders) {
      if (written >= fileCount) break
      fs.mkdirSync(folder, { recursive: true })
      for (let index = 0; index < FILES_PER_FOLDER && written < fileCount; index++, written++) {
        fs.closeSync(fs.openSync(path.join(folder, `document-${index}.txt`), 'w'))
      }
      for (let index = 0; index < FOLDERS_PER_FOLDER; index++) next.push(path.join(folder, `folder-${index}`))
    }
    folders = next
  }
  fs.writeFileSync(finished, '')
  return root
}
