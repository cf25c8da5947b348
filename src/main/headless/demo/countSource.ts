import fs from 'node:fs/promises'
import path from 'node:path'

export interface SourceCount {
  readonly files: number
  readonly folders: number
  readonly links: number
  readonly special: number
  readonly bytes: number
}

/** Counts a tree by itself, without the scanner's code: the other side of the balance. The root is not counted; what cannot be read is one folder. */
export async function countSource(root: string): Promise<SourceCount> {
  const count = { files: 0, folders: 0, links: 0, special: 0, bytes: 0 }
  const waiting = [Buffer.from(root)]
  for (let folder = waiting.pop(); folder; folder = waiting.pop()) {
    const entries = await fs.readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch(() => [])
    for (const entry of entries) {
      const full = Buffer.concat([folder, Buffer.from(path.sep), entry.name])
      if (entry.isDirectory()) {
        count.folders++
        waiting.push(full)
      } else if (entry.isSymbolicLink()) count.links++
      else if (entry.isFile()) {
        count.files++
        count.bytes += (await fs.lstat(full)).size
      } else count.special++
    }
  }
  return count
}
