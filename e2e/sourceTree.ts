import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { MIB } from '../src/shared/units.ts'

/** Deterministic numbers for a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface SourceFile {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
  /** Whole seconds, as the service keeps them. */
  readonly modifiedMs: number
}

export interface SourceTree {
  readonly files: ReadonlyMap<string, SourceFile>
  /** Modified time of each folder below the root, in milliseconds. */
  readonly folders: ReadonlyMap<string, number>
}

/** Writes `fileCount` files with names, sizes and old times of the seed: many small ones, some empty, a few of several fragments. */
export function writeTree(
  root: string,
  options: {
    readonly fileCount: number
    readonly seed: number
    /** Share of the files that begin a new folder; 0.08 otherwise. */
    readonly folderShare?: number
    /** Everything lies below these folders; at the root otherwise. */
    readonly topFolders?: readonly string[]
    /** Files of so many bytes besides. */
    readonly largeBytes?: readonly number[]
  },
): SourceTree {
  const { folderShare = 0.08, topFolders = [''], largeBytes = [] } = options
  const random = seeded(options.seed)
  const pick = (values: readonly string[]) => values[Math.floor(random() * values.length)] ?? ''
  const files = new Map<string, SourceFile>()
  const folders = [...topFolders]
  for (let index = 0; index < options.fileCount + largeBytes.length; index++) {
    const largeSizeBytes = largeBytes[index - options.fileCount]
    if (random() < folderShare) {
      const parent = pick(folders)
      folders.push(
        [parent, `${pick(['Reports', 'Plans 2024', 'Ärzte', "O'Brien", 'a+b & c', '100% #1', '日本'])} ${index}`]
          .filter(Boolean)
          .join('/'),
      )
    }
    const name = `${pick(['letter', 'invoice (final)', 'Übersicht', 'x;y', 'data', '…notes'])} ${index}.${pick(['txt', 'pdf', 'bin', 'csv'])}`
    const relative = [pick(folders), name].filter(Boolean).join('/')
    const shape = random()
    const drawnBytes =
      shape < 0.05 ? 0 : shape < 0.97 ? Math.floor(random() * 20_000) + 1 : Math.floor((11 + random() * 12) * MIB)
    const sizeBytes = largeSizeBytes ?? drawnBytes
    const bytes = Buffer.alloc(sizeBytes, `${options.seed} ${index} ${random()} `)
    const modifiedMs = someTimeMs(random)
    const full = path.join(root, relative)
    fs.mkdirSync(path.dirname(full), { recursive: true })
    fs.writeFileSync(full, bytes)
    fs.utimesSync(full, modifiedMs / 1000, modifiedMs / 1000)
    files.set(relative, { path: relative, sizeBytes, modifiedMs, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  // A folder whose name was drawn and never used is not there.
  const used = [...files.keys()].flatMap((relative) => parentsOf(relative))
  const times = new Map([...new Set(used)].map((folder) => [folder, someTimeMs(random)]))
  for (const [folder, modifiedMs] of times) fs.utimesSync(path.join(root, folder), modifiedMs / 1000, modifiedMs / 1000)
  return { files, folders: times }
}

function someTimeMs(random: () => number): number {
  return Math.floor((Date.UTC(2015, 0, 1) + random() * 9 * 365 * 86_400_000) / 1000) * 1000
}

function parentsOf(relative: string): readonly string[] {
  const parts = relative.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
