import { MigrationError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'
import type { OpenSourceFile, SourceStamp } from '../../engine/ports/source.ts'
import { errnoOf } from '../fileshare/refusals.ts'
import type { SmbClient } from './smbClient.ts'
import { mayBeBroken, smbFileError } from './smbErrors.ts'
import type { SmbStat } from './smbMessages.ts'
import { type SmbPlace, smbUrl } from './smbPath.ts'
import type { SmbPool } from './smbPool.ts'

const CHUNK_BYTES = MIB
/** A connection that breaks in the middle of a file is made again so often; then the file server counts as away. */
const REOPENED_MAX = 2

export interface SmbFileOptions {
  readonly place: SmbPlace
  readonly relPath: string
  readonly pool: SmbPool
}

interface Opened {
  readonly client: SmbClient
  readonly handle: number
  readonly stat: SmbStat
  release(): void
}

/** Opens for reading only; others may go on reading and writing, the last-access time is the server's affair. */
export async function openSmbFile(options: SmbFileOptions, signal: AbortSignal): Promise<OpenSourceFile> {
  const opened = await openAgain(options, signal)
  return new SmbFile(options, opened)
}

async function openAgain(options: SmbFileOptions, signal: AbortSignal): Promise<Opened> {
  const { place, relPath } = options
  try {
    return await open(options, signal).catch(async (thrown: unknown) => {
      if (!mayBeBroken(errnoOf(thrown))) throw thrown
      return await open(options, signal)
    })
  } catch (thrown) {
    signal.throwIfAborted()
    if (errnoOf(thrown) === 'EISDIR') throw itemError('SRC_SPECIAL_FILE', `"${relPath}" is no file with content.`)
    throw smbFileError(place.server, relPath, thrown)
  }
}

async function open({ place, relPath, pool }: SmbFileOptions, signal: AbortSignal): Promise<Opened> {
  const { client, release } = await pool.borrow()
  try {
    return { ...(await client.call('open', { url: smbUrl(place, relPath) }, signal)), client, release }
  } catch (thrown) {
    if (mayBeBroken(errnoOf(thrown))) client.end()
    release()
    throw thrown
  }
}

const itemError = (code: 'SRC_SPECIAL_FILE' | 'SRC_CHANGED_WHILE_READING', message: string) =>
  new MigrationError(code, message, { remedy: { kind: 'failItem' } })

class SmbFile implements OpenSourceFile {
  readonly stamp: SourceStamp
  readonly #options: SmbFileOptions
  readonly #first: SmbStat
  #opened: Opened
  #reopening: Promise<void> | undefined
  #reopenedCount = 0

  constructor(options: SmbFileOptions, opened: Opened) {
    this.#options = options
    this.#opened = opened
    this.#first = opened.stat
    this.stamp = { sizeBytes: opened.stat.sizeBytes, modifiedMs: opened.stat.modifiedMs }
  }

  /** Chunks of at most 1 MiB, the next one on its way while the last is worked on. A lost connection goes on where it broke. */
  async *read(start: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const chunkAt = (at: number): Promise<Uint8Array> => this.#chunk(at, Math.min(CHUNK_BYTES, end - at), signal)
    let pending = start < end ? chunkAt(start) : undefined
    for (let at = start; pending !== undefined; ) {
      const chunk = await pending
      at += chunk.length
      pending = at < end ? chunkAt(at) : undefined
      // Whether it could be read shows when it is asked for.
      pending?.catch(() => undefined)
      yield chunk
    }
  }

  async restamp(): Promise<SourceStamp> {
    const { place, relPath, pool } = this.#options
    const now = await pool.call('stat', { url: smbUrl(place, relPath) }).catch((thrown: unknown) => {
      throw smbFileError(place.server, relPath, thrown)
    })
    if (now.fileId !== this.#first.fileId)
      throw itemError('SRC_CHANGED_WHILE_READING', `The file "${relPath}" was replaced by another one while it was read.`)
    return { sizeBytes: now.sizeBytes, modifiedMs: now.modifiedMs }
  }

  async close(): Promise<void> {
    const { client, handle, release } = this.#opened
    await client.call('close', { handle }).catch(() => undefined)
    release()
  }

  async #chunk(at: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
    const { place, relPath } = this.#options
    for (;;) {
      const { client, handle } = this.#opened
      try {
        const chunk = await client.call('read', { handle, start: at, length }, signal)
        if (chunk.length > 0) return chunk
      } catch (thrown) {
        signal.throwIfAborted()
        if (!mayBeBroken(errnoOf(thrown)) || this.#reopenedCount >= REOPENED_MAX)
          throw smbFileError(place.server, relPath, thrown)
        client.end()
        this.#reopening ??= this.#reopen(signal).finally(() => {
          this.#reopening = undefined
        })
        await this.#reopening
        continue
      }
      throw itemError(
        'SRC_CHANGED_WHILE_READING',
        `The file "${relPath}" became shorter while it was read: it ends at byte ${at}.`,
      )
    }
  }

  async #reopen(signal: AbortSignal): Promise<void> {
    this.#reopenedCount++
    this.#opened.release()
    this.#opened = await openAgain(this.#options, signal)
    const { fileId, sizeBytes, modifiedMs } = this.#opened.stat
    if (fileId !== this.#first.fileId || sizeBytes !== this.#first.sizeBytes || modifiedMs !== this.#first.modifiedMs)
      throw itemError(
        'SRC_CHANGED_WHILE_READING',
        `The file "${this.#options.relPath}" changed while its server could not be reached.`,
      )
  }
}
