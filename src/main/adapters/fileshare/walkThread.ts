import fs from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Folder } from './entryJudge.ts'
import { SHARE_WANTED, TAKEN, type WalkAssignment, type WalkCalls, type WalkMessage, type WalkOrder } from './walkMessages.ts'

/** A walking thread makes short-lived objects only; more room for them is memory and no speed. [ours] */
const YOUNG_MB = 8

export interface WalkThreadOptions {
  readonly rootPath: string
  readonly symlinks: 'skip' | 'follow'
  readonly calls: WalkCalls
  readonly isFirst: boolean
  /** Something arrived, or the thread died. */
  readonly wake: () => void
}

/** One walking thread as the reader sees it: messages in the order in which they were sent, and what it can be told. */
export class WalkThread {
  readonly #worker: Worker
  readonly #control = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  readonly #arrived: WalkMessage[] = []
  #failure: { readonly thrown: unknown } | undefined
  #isIdle: boolean

  constructor({ wake, ...order }: WalkThreadOptions) {
    this.#isIdle = !order.isFirst
    const workerData: WalkOrder = { ...order, control: this.#control }
    // Without the flags of this process: some of them (--eval, --input-type) would be taken for the thread's own script.
    this.#worker = new Worker(workerUrl(), { workerData, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } })
    const fail = (thrown: unknown): void => {
      this.#failure ??= { thrown }
      wake()
    }
    this.#worker.on('message', (message: WalkMessage) => {
      this.#arrived.push(message)
      wake()
    })
    this.#worker.on('error', fail)
    this.#worker.on('exit', () => fail(new Error('A thread that walks the source ended before the walk did.')))
  }

  /** It has nothing to list; as of what `next` has answered. */
  get isIdle(): boolean {
    return this.#isIdle
  }

  /** undefined = nothing arrived yet. Throws what ended the thread. */
  next(): WalkMessage | undefined {
    const message = this.#arrived.shift()
    if (message === undefined && this.#failure !== undefined) throw this.#failure.thrown
    if (message?.kind === 'idle') this.#isIdle = true
    return message
  }

  /** Lets the thread send one batch more. */
  taken(): void {
    Atomics.add(this.#control, TAKEN, 1)
    Atomics.notify(this.#control, TAKEN)
  }

  /** The thread hands folders over as soon as it is between two and has some to spare. */
  askForFolders(): void {
    Atomics.store(this.#control, SHARE_WANTED, 1)
  }

  assign(folders: readonly Folder[]): void {
    Atomics.store(this.#control, SHARE_WANTED, 0)
    const assignment: WalkAssignment = { folders }
    this.#isIdle = false
    this.#worker.postMessage(assignment)
  }

  async end(): Promise<void> {
    this.#worker.removeAllListeners()
    await this.#worker.terminate()
  }
}

/** The thread's script lies beside this file, in the sources as in a bundle; a bundler may have put this file into a folder of chunks. */
function workerUrl(): URL {
  const places = ['./walkWorker.ts', './walkWorker.js', '../walkWorker.js'].map((place) => new URL(place, import.meta.url))
  const found = places.find((place) => fs.existsSync(place))
  if (found === undefined) throw new Error('The script of the walking thread is missing: the bundle must contain walkWorker.js.')
  return found
}
