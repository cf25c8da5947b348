import os from 'node:os'
import type { SourceEntry } from '../../engine/ports/source.ts'
import { decodeEntries } from './entryColumns.ts'
import type { Folder } from './entryJudge.ts'
import { rootError } from './sourceErrors.ts'
import type { WalkCalls, WalkMessage } from './walkMessages.ts'
import { WalkThread } from './walkThread.ts'

export interface ThreadedWalkOptions {
  readonly rootPath: string
  readonly symlinks: 'skip' | 'follow'
  readonly calls: WalkCalls
  /** At most so many threads; a small tree needs one. */
  readonly threads?: number
  /** Batches that the first thread hands over before others help. */
  readonly helpAfterBatches?: number
  readonly signal: AbortSignal
}

/** Beyond that the disk, not the processor, decides. */
const THREADS_MAX = 4
/** Further threads are worth their start only in trees of more entries than fit into so many batches. */
const BATCHES_BEFORE_HELP = 30

/**
 * Walks in threads of their own, so that blocking calls hold nobody up. The first one begins alone; in a large tree others take waiting folders
 * off it. All rows of one folder come together, and a folder's row before its content, whoever lists it. A reader that stops early ends the
 * threads; so does the signal, whose reason is thrown. A batch is turned into entries when the reader asks for it.
 */
export async function* walkInThreads(options: ThreadedWalkOptions): AsyncGenerator<readonly SourceEntry[]> {
  const {
    rootPath,
    symlinks,
    calls,
    signal,
    threads = Math.min(THREADS_MAX, os.availableParallelism()),
    helpAfterBatches = BATCHES_BEFORE_HELP,
  } = options
  signal.throwIfAborted()
  let wake: () => void = () => undefined
  const start = (isFirst: boolean, how: WalkCalls): WalkThread =>
    new WalkThread({ rootPath, symlinks, calls: how, isFirst, wake: () => wake() })
  const abort = (): void => wake()
  const walkers = [start(true, calls)]
  /** Whose folder is not at its end. */
  let line: WalkThread | undefined
  /** Handed over by one thread, not yet taken by another. */
  const spare: (readonly Folder[])[] = []
  let batchCount = 0

  signal.addEventListener('abort', abort, { once: true })
  try {
    while (spare.length > 0 || walkers.some(({ isIdle }) => !isIdle)) {
      if (signal.aborted) throw signal.reason
      const found = nextMessage(line === undefined ? walkers : [line])
      if (found === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      const { walker, message } = found
      if (message.kind === 'failed') throw rootError(rootPath, Object.assign(new Error(message.message), { code: message.errno }))
      if (message.kind === 'share') spare.push(message.folders)
      if (message.kind === 'batch') {
        line = message.endsFolder ? undefined : walker
        batchCount++
        const entries = decodeEntries(message.columns)
        walker.taken()
        if (entries.length > 0) yield entries
        if (batchCount === helpAfterBatches && calls !== 'concurrent') {
          while (walkers.length < threads) walkers.push(start(false, 'blocking'))
        }
      }
      for (const idle of walkers.filter(({ isIdle }) => isIdle)) {
        const folders = spare.pop()
        if (folders !== undefined) idle.assign(folders)
        else for (const busy of walkers) if (!busy.isIdle) busy.askForFolders()
      }
    }
  } finally {
    signal.removeEventListener('abort', abort)
    await Promise.all(walkers.map((walker) => walker.end()))
  }
}

function nextMessage(walkers: readonly WalkThread[]): { readonly walker: WalkThread; readonly message: WalkMessage } | undefined {
  for (const walker of walkers) {
    const message = walker.next()
    if (message !== undefined) return { walker, message }
  }
  return undefined
}
