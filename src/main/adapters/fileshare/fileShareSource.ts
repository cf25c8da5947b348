import fs from 'node:fs'
import { MigrationError } from '../../../shared/errors.ts'
import type { OpenSourceFile, Source, SourceAccess, SourceEntry } from '../../engine/ports/source.ts'
import { createWindowsAccess } from '../windows/windowsAccess.ts'
import { windowsApi } from '../windows/windowsApi.ts'
import { ChunkPool } from './chunkPool.ts'
import { fileCalls } from './fileCalls.ts'
import { openSourceFile } from './openFile.ts'
import { createOwnerNames } from './ownerNames.ts'
import { readSavedAccess } from './savedAccess.ts'
import { isAbsoluteSharePath, pathBelow, thisPlatform, withoutTrailingSeparators } from './sharePath.ts'
import { rootError } from './sourceErrors.ts'
import { walkInThreads } from './threadedWalk.ts'
import type { WalkCalls } from './walkMessages.ts'
import { systemWriterLocks, type WriterLocks } from './writerLocks.ts'

export interface FileShareSourceOptions {
  /** Absolute: UNC or drive path on Windows, else a folder of this machine (a share must be mounted). A link to a folder is resolved. */
  readonly path: string
  /** How the walk calls the file system; `measured` fits local disks and shares. */
  readonly calls?: WalkCalls
  readonly writerLocks?: WriterLocks
  /** Lists saved by icacls; they go before what the platform tells. */
  readonly accessListFile?: string | undefined
}

/**
 * A file share or local folder as a migration source; nothing in it is ever written, locked or renamed.
 *
 * Links are never followed out of it, neither by `walk` nor by `open`. Times have whole milliseconds in entries and stamps alike, so both
 * compare. An entry is handed over a second time, with a blocking issue, when its folder turned out to be unreadable only after it was listed;
 * the later one counts. Hidden is what Windows marks so; files with a leading dot are ordinary there.
 */
export function createFileShareSource(options: FileShareSourceOptions): Source {
  return new FileShareSource(options)
}

class FileShareSource implements Source {
  readonly rootPath: string
  readonly #calls: WalkCalls
  readonly #writerLocks: WriterLocks
  readonly #chunks = new ChunkPool()
  readonly ownerSpellings = createOwnerNames()
  readonly access: SourceAccess | undefined
  #realRootPath: string | undefined

  /** Errors: SRC_NO_ACCESS_LISTS for saved lists that cannot be read. */
  constructor({ path, calls = 'measured', writerLocks = systemWriterLocks(), accessListFile }: FileShareSourceOptions) {
    this.rootPath = withoutTrailingSeparators(path, thisPlatform)
    this.#calls = calls
    this.#writerLocks = writerLocks
    if (accessListFile !== undefined) this.access = readSavedAccess(accessListFile, this.rootPath)
    else if (thisPlatform === 'win32') this.access = createWindowsAccess(windowsApi, this.rootPath)
  }

  async check(): Promise<void> {
    if (!isAbsoluteSharePath(this.rootPath, thisPlatform)) {
      const isWindowsPath = isAbsoluteSharePath(this.rootPath, 'win32')
      throw new MigrationError('SRC_NOT_FOUND', `The source "${this.rootPath}" is no absolute path of this system.`, {
        remedy: { kind: 'stopTask' },
        fix: isWindowsPath
          ? 'Give the task to an agent on Windows, or mount the share on this machine and use the path of the mount.'
          : 'Give the whole path: \\\\server\\share\\folder, D:\\folder or /folder.',
      })
    }
    const path = pathBelow(this.rootPath, '', thisPlatform)
    try {
      const stats = await fs.promises.stat(path)
      if (!stats.isDirectory()) {
        throw new MigrationError('SRC_NOT_A_FOLDER', `The source "${this.rootPath}" is not a folder.`, {
          remedy: { kind: 'stopTask' },
          fix: 'Name the folder in which it lies.',
        })
      }
      fileCalls.probeFolder(path)
    } catch (thrown) {
      throw rootError(this.rootPath, thrown)
    }
  }

  async *walk(options: {
    readonly symlinks: 'skip' | 'follow'
    readonly signal: AbortSignal
  }): AsyncGenerator<readonly SourceEntry[]> {
    await this.check()
    yield* walkInThreads({ ...options, rootPath: this.rootPath, calls: this.#calls })
  }

  async open(relPath: string, signal: AbortSignal): Promise<OpenSourceFile> {
    const { rootPath } = this
    this.#realRootPath ??= await fs.promises.realpath(pathBelow(rootPath, '', thisPlatform)).catch((thrown: unknown) => {
      throw rootError(rootPath, thrown)
    })
    return await openSourceFile({
      rootPath,
      realRootPath: this.#realRootPath,
      relPath,
      writerLocks: this.#writerLocks,
      chunks: this.#chunks,
      signal,
    })
  }
}
