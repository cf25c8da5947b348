import fs from 'node:fs'
import path from 'node:path'
import { SHARD_FILES_MIN } from '../../src/shared/limits.ts'
import { MIB } from '../../src/shared/units.ts'
import { succeed } from '../practice.ts'
import { type SourceTree, seeded, writeTree } from '../sourceTree.ts'

const LARGE_RUN_TASKS = 50
const SITE = 'https://contoso.sharepoint.com/sites/finance'

interface SharesOptions {
  readonly workspace: string
  readonly seed: number
  /** Of an install that adds the tasks. */
  readonly workFolder: string
  readonly environment: Readonly<Record<string, string>>
}

type Kind = 'small' | 'large' | 'wide'

/** The sources of a run and the tasks that move them: mostly small ones, some with a large file, some with a wide tree. */
export class Shares {
  readonly trees = new Map<string, SourceTree>()
  readonly #options: SharesOptions
  readonly #random: () => number

  constructor(options: SharesOptions) {
    this.#options = options
    this.#random = seeded(options.seed + 77)
  }

  /** Writes the sources of so many tasks and adds them with one file. Each has a folder of its own in one library. */
  async add(count: number): Promise<void> {
    const { workspace, workFolder, environment } = this.#options
    const first = this.trees.size + 1
    const tasks = Array.from({ length: count }, (_, index) => {
      const name = `share-${first + index}`
      const root = path.join(workspace, 'source', name)
      this.trees.set(name, this.#writeShare(root, { number: first + index, of: count }))
      return { SourcePath: root, TargetPath: SITE, TargetList: 'Documents', TargetListRelativePath: name }
    })
    const file = path.join(workspace, `tasks-${first}.json`)
    fs.writeFileSync(file, JSON.stringify({ Tasks: tasks }))
    await succeed(['task', 'import', file, '--work-dir', workFolder], environment)
  }

  #writeShare(root: string, { number, of }: { readonly number: number; readonly of: number }): SourceTree {
    const seed = this.#options.seed * 1000 + number
    const drawn = this.#random()
    // The first ones are of each kind, whatever the seed.
    const kind: Kind = number === 1 ? 'wide' : number === 2 ? 'large' : drawn < 0.05 ? 'large' : drawn < 0.09 ? 'wide' : 'small'
    // In a large run the first one is so wide that parts of it are given to others.
    if (number === 1 && of >= LARGE_RUN_TASKS)
      return writeTree(root, { fileCount: 2.5 * SHARD_FILES_MIN, seed, folderShare: 0.2, topFolders: ['North', 'South'] })
    if (kind === 'wide') return writeTree(root, { fileCount: 150, seed, folderShare: 0.25 })
    if (kind === 'large') return writeTree(root, { fileCount: 3, seed, largeBytes: [Math.floor((40 + drawn * 40) * MIB)] })
    return writeTree(root, { fileCount: 3 + Math.floor(this.#random() * 9), seed })
  }
}
