import { MigrationError } from '../../../shared/errors.ts'
import type { ContentHasher, OpenSourceFile } from '../ports/source.ts'
import type { Round } from '../run/round.ts'
import { isSameStamp } from './fileToSend.ts'

/**
 * Reads one opened file in slices and hashes every byte once, in order, whatever slices are asked for again. A slice is handed out only
 * after the file was seen unchanged since it was opened: what is sent is always one state of the file. Errors: SRC_ codes, among them
 * SRC_CHANGED_WHILE_READING.
 */
export class ContentReader {
  readonly #open: OpenSourceFile
  readonly #relPath: string
  readonly #hasher: ContentHasher
  #hashedBytes = 0
  #ahead: { readonly start: number; readonly length: number; readonly bytes: Promise<Uint8Array> } | undefined

  constructor(round: Pick<Round, 'createHasher'>, open: OpenSourceFile, relPath: string) {
    this.#open = open
    this.#relPath = relPath
    this.#hasher = round.createHasher()
  }

  async slice(start: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
    const ahead = this.#ahead
    this.#ahead = undefined
    if (ahead?.start === start && ahead.length === length) return await ahead.bytes
    await ahead?.bytes.catch(() => undefined)
    return await this.#read(start, length, signal)
  }

  /** Reads a slice while another one is being sent. Whether it could be read shows when it is asked for. */
  readAhead(start: number, length: number, signal: AbortSignal): void {
    if (length <= 0 || this.#ahead) return
    const bytes = this.#read(start, length, signal)
    bytes.catch(() => undefined)
    this.#ahead = { start, length, bytes }
  }

  /** Resolves when nothing is being read any more; the file may be closed then. */
  async settle(): Promise<void> {
    await this.#ahead?.bytes.catch(() => undefined)
    this.#ahead = undefined
  }

  /** Of the whole file; reads what no slice has read. */
  async hash(signal: AbortSignal): Promise<string> {
    await this.settle()
    const { sizeBytes } = this.#open.stamp
    if (this.#hashedBytes < sizeBytes) await this.#hashUpTo(sizeBytes, signal)
    return this.#hasher.digest()
  }

  async #read(start: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
    if (start > this.#hashedBytes) await this.#hashUpTo(start, signal)
    const bytes = new Uint8Array(length)
    let filled = 0
    for await (const chunk of this.#open.read(start, start + length, signal)) {
      if (filled + chunk.length > length) throw this.#changed('it is longer than it was')
      bytes.set(chunk, filled)
      filled += chunk.length
      this.#open.release?.(chunk)
    }
    if (filled < length) throw this.#changed('it is shorter than it was')
    await this.#assertUnchanged()
    const alreadyHashed = this.#hashedBytes - start
    if (alreadyHashed < length) {
      this.#hasher.update(alreadyHashed === 0 ? bytes : bytes.subarray(alreadyHashed))
      this.#hashedBytes = start + length
    }
    return bytes
  }

  async #hashUpTo(end: number, signal: AbortSignal): Promise<void> {
    for await (const chunk of this.#open.read(this.#hashedBytes, end, signal)) {
      this.#hasher.update(chunk)
      this.#hashedBytes += chunk.length
      this.#open.release?.(chunk)
    }
    if (this.#hashedBytes !== end) throw this.#changed('its length is not what it was')
    await this.#assertUnchanged()
  }

  async #assertUnchanged(): Promise<void> {
    if (!isSameStamp(await this.#open.restamp(), this.#open.stamp)) throw this.#changed('its size or time is not what it was')
  }

  #changed(how: string): MigrationError {
    return new MigrationError('SRC_CHANGED_WHILE_READING', `The file "${this.#relPath}" changed while it was read: ${how}.`, {
      remedy: { kind: 'failItem' },
      fix: 'Close the program that writes it, then run the task again.',
    })
  }
}

/** The hash of a source file as it is now. */
export async function hashSource(
  round: Round,
  relPath: string,
): Promise<{ readonly hash: string; readonly sizeBytes: number; readonly modifiedMs: number }> {
  const open = await round.source.open(relPath, round.stops.drop)
  try {
    const hash = await new ContentReader(round, open, relPath).hash(round.stops.drop)
    return { hash, sizeBytes: open.stamp.sizeBytes, modifiedMs: Math.floor(open.stamp.modifiedMs) }
  } finally {
    await open.close()
  }
}
