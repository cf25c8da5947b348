import fs from 'node:fs'
import { thisPlatform } from './sharePath.ts'

/** What a walk needs to know of an entry. What Node tells fits; where the platform tells more, `nature` has it. */
export interface EntryStats
  extends Pick<fs.BigIntStats, 'mode' | 'size' | 'blocks' | 'dev' | 'ino' | 'uid' | 'mtimeMs' | 'birthtimeMs'> {
  readonly nature?: {
    readonly isHidden: boolean
    readonly isOffline: boolean
    /** Marks that no destination has. */
    readonly lost?: readonly string[]
  }
}

/** What the walk asks of the file system, so that tests can make it slow or failing. Errors are those of node:fs. */
export interface FileCalls {
  /** Never follows a link. undefined = the name is gone. */
  lstat(path: string | Buffer): EntryStats | undefined
  stat(path: string): fs.BigIntStats
  /** Where the path really leads. */
  realPath(path: string): string
  linkTarget(path: string): string
  /** Throws when this account cannot list the folder. */
  probeFolder(path: string): void
  probeFile(path: string): void
  /** Data that a file has beside its content, where the platform knows such. */
  streams?(path: string): readonly { readonly name: string; readonly sizeBytes: number }[]
  /** The names of a folder in slices. Names whose bytes are not UTF-8 contain U+FFFD. */
  names(path: string, folderSizeBytes: number): Iterable<readonly string[]>
  /** The same names as bytes. */
  rawNames(path: string): Iterable<readonly Buffer[]>
}

/** The calls that are made many at a time when each of them takes long. */
export interface AsyncFileCalls {
  lstat(path: string): Promise<EntryStats | undefined>
  probeFolder(path: string): Promise<void>
  names(path: string, folderSizeBytes: number): AsyncIterable<readonly string[]>
}

const SLICE_NAMES = 1000
/**
 * A folder that is itself larger than this is read in slices: on ext4, xfs, btrfs and tmpfs the size grows with the names (a million of them
 * take tens of MiB). File systems that tell nothing say 0 and are always read in slices, which costs about a fifth.
 */
const LARGE_FOLDER_BYTES = 1024 * 1024

const isLarge = (folderSizeBytes: number): boolean => folderSizeBytes === 0 || folderSizeBytes > LARGE_FOLDER_BYTES
const READ_AND_ENTER = fs.constants.R_OK | fs.constants.X_OK

function* inSlices(path: string, encoding: BufferEncoding): Generator<readonly string[]> {
  const folder = fs.opendirSync(path, { encoding, bufferSize: SLICE_NAMES })
  try {
    let slice: string[] = []
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (slice.push(entry.name) < SLICE_NAMES) continue
      yield slice
      slice = []
    }
    if (slice.length > 0) yield slice
  } finally {
    folder.closeSync()
  }
}

export const fileCalls: FileCalls = {
  lstat: (path) => fs.lstatSync(path, { bigint: true, throwIfNoEntry: false }),
  stat: (path) => fs.statSync(path, { bigint: true }),
  realPath: (path) => fs.realpathSync.native(path),
  linkTarget: (path) => fs.readlinkSync(path),
  probeFolder(path) {
    // On Windows access() looks at the read-only attribute alone: only opening tells.
    if (thisPlatform === 'win32') fs.opendirSync(path).closeSync()
    else fs.accessSync(path, READ_AND_ENTER)
  },
  probeFile: (path) => fs.accessSync(path, fs.constants.R_OK),
  *names(path, folderSizeBytes) {
    if (isLarge(folderSizeBytes)) yield* inSlices(path, 'utf8')
    else yield fs.readdirSync(path)
  },
  *rawNames(path) {
    // latin1 maps every byte to one character and back.
    for (const slice of inSlices(path, 'latin1')) yield slice.map((name) => Buffer.from(name, 'latin1'))
  },
}

export const asyncFileCalls: AsyncFileCalls = {
  lstat: async (path) => {
    try {
      return await fs.promises.lstat(path, { bigint: true })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  },
  async probeFolder(path) {
    if (thisPlatform === 'win32') await (await fs.promises.opendir(path)).close()
    else await fs.promises.access(path, READ_AND_ENTER)
  },
  async *names(path, folderSizeBytes) {
    if (!isLarge(folderSizeBytes)) {
      yield await fs.promises.readdir(path)
      return
    }
    let slice: string[] = []
    for await (const entry of await fs.promises.opendir(path, { bufferSize: SLICE_NAMES })) {
      if (slice.push(entry.name) < SLICE_NAMES) continue
      yield slice
      slice = []
    }
    if (slice.length > 0) yield slice
  },
}
