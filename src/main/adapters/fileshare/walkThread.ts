import { Worker } from 'node:worker_threads'
import type { SourceEntry } from '../../engine/ports/source.ts'
import { decodeEntries } from './entryColumns.ts'
import { rootError } from './sourceErrors.ts'
import type { WalkCalls, WalkMessage, WalkOrder } from './walkMessages.ts'

export interface WalkThreadOptions {
  readonly rootPath: string
  readonly symlinks: 'skip' | 'follow'
  readonly calls: WalkCalls
  readonly signal: AbortSignal
}

/**
 * Walks in a thread of its own, so that blocking calls hold nobody up. A reader that stops early ends the thread; so does the signal, whose
 * reason is thrown. A batch is turned into entries when the reader asks for it.
 */
export async function* walkInThread({
  rootPath,
  symlinks,
  calls,
  signal,
}: WalkThreadOptions): AsyncGenerator<readonly SourceEntry[]> {
  signal.throwIfAborted()
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const order: WalkOrder = { rootPath, symlinks, calls, taken }
  // Without the flags of this process: some of them (--eval, --input-type) would be taken for the thread's own script.
  const worker = new Worker(new URL('./walkWorker.ts', import.meta.url), { workerData: order, execArgv: [] })
  const arrived: WalkMessage[] = []
  let failure: { readonly thrown: unknown } | undefined
  let wake: () => void = () => undefined
  const fail = (thrown: unknown): void => {
    failure ??= { thrown }
    wake()
  }
  const abort = (): void => fail(signal.reason)

  worker.on('message', (message: WalkMessage) => {
    arrived.push(message)
    wake()
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('The thread that walks the source ended before the walk did.')))
  signal.addEventListener('abort', abort, { once: true })
  try {
    while (true) {
      if (signal.aborted) throw signal.reason
      const message = arrived.shift()
      if (message === undefined) {
        if (failure !== undefined) throw failure.thrown
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      if (message.kind === 'end') return
      if (message.kind === 'failed') throw rootError(rootPath, Object.assign(new Error(message.message), { code: message.errno }))
      const entries = decodeEntries(message.columns)
      Atomics.add(taken, 0, 1)
      Atomics.notify(taken, 0)
      yield entries
    }
  } finally {
    signal.removeEventListener('abort', abort)
    worker.removeAllListeners()
    await worker.terminate()
  }
}
