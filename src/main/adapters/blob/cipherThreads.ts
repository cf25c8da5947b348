import fs from 'node:fs'
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { MIB } from '../../../shared/units.ts'
import { type BlobCipher, createLocalCipher, freshVector, type SealedPart } from './blobCipher.ts'
import type { CipherOrder, SealedMessage } from './cipherMessages.ts'

/** Two of them seal about as much as a line of 10 Gbit carries. */
const THREADS_MAX = 2
/** Smaller blobs are sealed faster than they are handed over. */
const THREAD_FROM_BYTES = MIB
/** They make short-lived objects only. */
const YOUNG_MB = 4

interface Waiting {
  resolve(part: SealedPart): void
  reject(thrown: unknown): void
}

/**
 * Seals blobs, large ones in threads of their own: AES and MD5 of one blob take a processor 2 ms a MB, in which nothing else would be sent.
 * A thread starts with the first blob that needs it and keeps no process alive. When one dies, the blobs that it held fail.
 */
export class CipherThreads {
  readonly #threads: CipherThread[] = []
  readonly #threadsMax: number
  #blobId = 0

  constructor(threadsMax = Math.min(THREADS_MAX, Math.max(1, os.availableParallelism() - 1))) {
    this.#threadsMax = threadsMax
  }

  open(key: Uint8Array, sizeBytes: number): BlobCipher {
    return sizeBytes < THREAD_FROM_BYTES || this.#threadsMax === 0
      ? createLocalCipher(key)
      : this.#leastBusy().open(key, ++this.#blobId)
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.end()))
  }

  #leastBusy(): CipherThread {
    const idle = this.#threads.find(({ blobCount }) => blobCount === 0)
    if (idle) return idle
    if (this.#threads.length < this.#threadsMax) {
      const thread = new CipherThread(() => {
        const at = this.#threads.indexOf(thread)
        if (at >= 0) this.#threads.splice(at, 1)
      })
      this.#threads.push(thread)
      return thread
    }
    return this.#threads.reduce((least, thread) => (thread.blobCount < least.blobCount ? thread : least))
  }
}

class CipherThread {
  readonly #worker: Worker
  /** What is open, and who waits for its next part. */
  readonly #blobs = new Map<number, Waiting | undefined>()
  #death: { readonly thrown: unknown } | undefined

  constructor(onDeath: () => void) {
    // Without the flags of this process: some of them (--eval, --input-type) would be taken for the thread's own script.
    this.#worker = new Worker(workerUrl(), { execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } })
    this.#worker.unref()
    const die = (thrown: unknown): void => {
      this.#death ??= { thrown }
      for (const waiting of this.#blobs.values()) waiting?.reject(thrown)
      this.#blobs.clear()
      onDeath()
    }
    this.#worker.on('message', (message: SealedMessage) => this.#sealed(message))
    this.#worker.on('error', die)
    this.#worker.on('exit', () => die(new Error('A thread that seals blobs ended before its work did.')))
  }

  get blobCount(): number {
    return this.#blobs.size
  }

  open(key: Uint8Array, blobId: number): BlobCipher {
    const iv = freshVector()
    this.#blobs.set(blobId, undefined)
    this.#post({ kind: 'open', blobId, key, iv })
    return {
      iv,
      memory: sharedMemory,
      seal: (plain, into, isLast) =>
        new Promise((resolve, reject) => {
          if (this.#death) return reject(this.#death.thrown)
          // While somebody waits the process must live.
          this.#worker.ref()
          this.#blobs.set(blobId, { resolve, reject })
          this.#post({ kind: 'seal', blobId, plain: shared(plain), into, isLast })
        }),
      drop: () => {
        if (this.#blobs.delete(blobId)) this.#post({ kind: 'drop', blobId })
        this.#letGo()
      },
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #sealed({ blobId, ...part }: SealedMessage): void {
    const waiting = this.#blobs.get(blobId)
    if (part.md5 === undefined && this.#blobs.has(blobId)) this.#blobs.set(blobId, undefined)
    else this.#blobs.delete(blobId)
    this.#letGo()
    waiting?.resolve(part)
  }

  #letGo(): void {
    for (const waiting of this.#blobs.values()) if (waiting) return
    this.#worker.unref()
  }

  #post(order: CipherOrder): void {
    this.#worker.postMessage(order)
  }
}

const sharedMemory = (sizeBytes: number): Buffer => Buffer.from(new SharedArrayBuffer(sizeBytes))

/** What lies elsewhere is copied once; a thread would get a copy anyway. */
function shared(plain: Uint8Array): Uint8Array {
  if (plain.buffer instanceof SharedArrayBuffer) return plain
  const memory = sharedMemory(plain.length)
  memory.set(plain)
  return memory
}

/** The thread's script lies beside this file, in the sources as in a bundle; a bundler may have put this file into a folder of chunks. */
function workerUrl(): URL {
  const places = ['./cipherWorker.ts', './cipherWorker.js', '../cipherWorker.js'].map((place) => new URL(place, import.meta.url))
  const found = places.find((place) => fs.existsSync(place))
  if (found === undefined)
    throw new Error('The script of the sealing thread is missing: the bundle must contain cipherWorker.js.')
  return found
}
