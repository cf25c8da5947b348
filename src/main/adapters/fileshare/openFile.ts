import fs from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { MigrationError } from '../../../shared/errors.ts'
import type { OpenSourceFile, SourceStamp } from '../../engine/ports/source.ts'
import { CHUNK_BYTES, type ChunkPool } from './chunkPool.ts'
import { modifiedMsOf } from './entryColumns.ts'
import { errnoOf } from './refusals.ts'
import { isInside, pathBelow, thisPlatform } from './sharePath.ts'
import { fileError } from './sourceErrors.ts'
import type { WriterLocks } from './writerLocks.ts'

/** Never waits for a pipe's writer; what it opens is examined before anything is read. */
const READ_ONLY = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)
const NO_ATIME = fs.constants.O_NOATIME ?? 0

export interface OpenFileOptions {
  readonly rootPath: string
  /** Where the root really is; an opened file must lie in it. */
  readonly realRootPath: string
  readonly relPath: string
  readonly writerLocks: WriterLocks
  readonly chunks: ChunkPool
  readonly signal: AbortSignal
}

/**
 * Opens one file for reading only. The last-access time stays as it is where the account may ask for that (Linux, own files or root).
 * Errors: SRC_VANISHED, SRC_NO_ACCESS, SRC_LOCKED, SRC_SPECIAL_FILE, SRC_SYMLINK (leads out of the source since the scan), SRC_READ_FAILED.
 */
export async function openSourceFile({
  rootPath,
  realRootPath,
  relPath,
  writerLocks,
  chunks,
  signal,
}: OpenFileOptions): Promise<OpenSourceFile> {
  signal.throwIfAborted()
  const path = pathBelow(rootPath, relPath, thisPlatform)
  const refuse = (thrown: unknown): never => {
    throw fileError(relPath, thrown)
  }
  const handle = await openQuietly(path).catch(refuse)
  try {
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) throw itemError('SRC_SPECIAL_FILE', `"${relPath}" is no file with content.`)
    if (!isInside(realRootPath, await realPathOf(handle, path), thisPlatform)) {
      throw itemError('SRC_SYMLINK', `"${relPath}" leads out of the source.`)
    }
    if (writerLocks.isHeld(stats.dev, stats.ino)) {
      throw itemError(
        'SRC_LOCKED',
        `The file "${relPath}" is locked for writing by another program.`,
        'Close it; the next round takes it.',
      )
    }
    return new OpenedFile({ relPath, path, handle, stats, chunks })
  } catch (thrown) {
    await handle.close()
    return refuse(thrown)
  }
}

const itemError = (
  code: 'SRC_SPECIAL_FILE' | 'SRC_SYMLINK' | 'SRC_LOCKED' | 'SRC_CHANGED_WHILE_READING',
  message: string,
  fix?: string,
) => new MigrationError(code, message, { remedy: { kind: 'failItem' }, ...(fix === undefined ? {} : { fix }) })

async function openQuietly(path: string): Promise<FileHandle> {
  if (NO_ATIME === 0) return await fs.promises.open(path, READ_ONLY)
  try {
    return await fs.promises.open(path, READ_ONLY | NO_ATIME)
  } catch (error) {
    // The flag is for owners only: EPERM can mean just that.
    if (errnoOf(error) !== 'EPERM') throw error
    return await fs.promises.open(path, READ_ONLY)
  }
}

/** On Linux one call tells where the opened file itself is, whatever happened to its name since. */
async function realPathOf(handle: FileHandle, path: string): Promise<string> {
  if (process.platform !== 'linux') return await fs.promises.realpath(path)
  return (await fs.promises.readlink(`/proc/self/fd/${handle.fd}`)).replace(/ \(deleted\)$/, '')
}

class OpenedFile implements OpenSourceFile {
  readonly stamp: SourceStamp
  readonly #relPath: string
  readonly #path: string
  readonly #handle: FileHandle
  readonly #chunks: ChunkPool
  readonly #identity: { readonly dev: bigint; readonly ino: bigint }

  constructor(opened: {
    readonly relPath: string
    readonly path: string
    readonly handle: FileHandle
    readonly stats: fs.BigIntStats
    readonly chunks: ChunkPool
  }) {
    this.#relPath = opened.relPath
    this.#path = opened.path
    this.#handle = opened.handle
    this.#chunks = opened.chunks
    this.#identity = opened.stats
    this.stamp = stampOf(opened.stats)
  }

  /**
   * Chunks of at most 1 MiB, the next one being read while the consumer works on the last. Every chunk stays valid for as long as the consumer
   * holds it (a socket may write it later), unless it is released: then its memory is filled again, which reads several times as fast.
   * A file that ends before `end` throws SRC_CHANGED_WHILE_READING.
   */
  async *read(start: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let pending = this.#chunk(start, end)
    try {
      for (let at = start; at < end; ) {
        signal.throwIfAborted()
        const chunk = await pending
        at += chunk.length
        pending = this.#chunk(at, end)
        yield chunk
      }
    } finally {
      // A read may still be under way when the consumer stops; its outcome is nobody's, but the file must not be closed below it.
      await pending.catch(() => undefined)
    }
  }

  release(chunk: Uint8Array): void {
    this.#chunks.give(chunk)
  }

  async restamp(): Promise<SourceStamp> {
    const now = await fs.promises.stat(this.#path, { bigint: true }).catch((thrown: unknown) => {
      throw fileError(this.#relPath, thrown)
    })
    if (now.ino !== this.#identity.ino || now.dev !== this.#identity.dev) {
      throw itemError('SRC_CHANGED_WHILE_READING', `The file "${this.#relPath}" was replaced by another one while it was read.`)
    }
    return stampOf(now)
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async #chunk(at: number, end: number): Promise<Uint8Array> {
    const wantedBytes = Math.min(CHUNK_BYTES, end - at)
    if (wantedBytes <= 0) return new Uint8Array(0)
    const buffer = this.#chunks.take(wantedBytes)
    const { bytesRead } = await this.#handle.read(buffer, 0, wantedBytes, at).catch((thrown: unknown) => {
      throw fileError(this.#relPath, thrown)
    })
    if (bytesRead > 0) return bytesRead === wantedBytes ? buffer : buffer.subarray(0, bytesRead)
    throw itemError(
      'SRC_CHANGED_WHILE_READING',
      `The file "${this.#relPath}" became shorter while it was read: it ends at byte ${at}.`,
    )
  }
}

const stampOf = (stats: fs.BigIntStats): SourceStamp => ({ sizeBytes: Number(stats.size), modifiedMs: modifiedMsOf(stats) })
