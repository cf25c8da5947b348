import type { EntryColumns } from './entryColumns.ts'
import type { Folder, Judged } from './entryJudge.ts'
import type { AsyncFileCalls } from './fileCalls.ts'
import { type FolderWalk, REPLACEMENT } from './folderWalk.ts'

const FOLDERS_IN_FLIGHT = 32
const CALLS_IN_FLIGHT = 64
const BATCHES_WAITING_MAX = 2

export interface ConcurrentWalkOptions {
  readonly calls: AsyncFileCalls
}

/**
 * The rest of a walk with many calls in flight, for file systems where each call takes long (a share over a network). Same entries, same
 * promises: a folder before its content, the entries of one folder together. Holds at most one slice (1,000 names) of each of 32 folders.
 *
 * The process decides how many calls really run at once: UV_THREADPOOL_SIZE (4 unless set at its start).
 */
export async function* walkConcurrently(walk: FolderWalk, options: ConcurrentWalkOptions): AsyncGenerator<EntryColumns> {
  const calls = limited(options.calls, CALLS_IN_FLIGHT)
  const handOver = new HandOver()
  const running = new Set<Promise<void>>()
  let failure: { readonly thrown: unknown } | undefined

  const begin = (folder: Folder): void => {
    const job = listFolder({ walk, calls, handOver, folder })
      .catch((thrown: unknown) => {
        failure ??= { thrown }
      })
      .finally(() => {
        running.delete(job)
        handOver.wake()
      })
    running.add(job)
  }

  try {
    while (true) {
      while (running.size < FOLDERS_IN_FLIGHT && failure === undefined) {
        const folder = walk.next()
        if (folder === undefined) break
        begin(folder)
      }
      if (failure !== undefined) throw failure.thrown
      const batch = handOver.next()
      if (batch !== undefined) yield batch
      else if (running.size === 0) break
      else await handOver.changed()
    }
    const rest = walk.rest()
    if (rest !== undefined) yield rest
  } finally {
    handOver.close()
  }
}

/** Batches between the folders in flight and the reader; only one folder at a time may put rows in. */
class HandOver {
  readonly #ready: EntryColumns[] = []
  #turn: Promise<void> = Promise.resolve()
  #isClosed = false
  #wakers: (() => void)[] = []

  next(): EntryColumns | undefined {
    const batch = this.#ready.shift()
    if (batch !== undefined) this.wake()
    return batch
  }

  changed(): Promise<void> {
    return new Promise((resolve) => this.#wakers.push(resolve))
  }

  wake(): void {
    const wakers = this.#wakers
    this.#wakers = []
    for (const waker of wakers) waker()
  }

  close(): void {
    this.#isClosed = true
    this.wake()
  }

  /** Runs `fill` when every earlier one has ended. */
  inTurn(fill: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(fill)
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  /** Waits while the reader is behind. False = nobody reads any more. */
  async put(batch: EntryColumns): Promise<boolean> {
    while (this.#ready.length >= BATCHES_WAITING_MAX && !this.#isClosed) await this.changed()
    if (this.#isClosed) return false
    this.#ready.push(batch)
    this.wake()
    return true
  }
}

interface FolderJob {
  readonly walk: FolderWalk
  readonly calls: AsyncFileCalls
  readonly handOver: HandOver
  readonly folder: Folder
}

async function listFolder({ walk, calls, handOver, folder }: FolderJob): Promise<void> {
  const prefix = walk.judge.prefixOf(folder)
  const unclear = new Set<string>()
  const slices = calls.names(prefix, folder.sizeBytes)[Symbol.asyncIterator]()

  const examineNext = async (): Promise<readonly Judged[] | undefined> => {
    const slice = await slices.next()
    if (slice.done === true) return undefined
    const clear = slice.value.filter((name) => !name.includes(REPLACEMENT) || !unclear.add(name))
    return await Promise.all(clear.map((name) => examine({ walk, calls, folder, path: prefix + name, name })))
  }

  let failure: { readonly thrown: unknown } | undefined
  const next = async (): Promise<readonly Judged[] | undefined> => {
    try {
      return await examineNext()
    } catch (thrown) {
      failure = { thrown }
      return undefined
    }
  }

  const first = await next()
  await handOver.inTurn(async () => {
    const put = async (batch: EntryColumns | undefined): Promise<boolean> => batch === undefined || (await handOver.put(batch))
    for (let found = first; found !== undefined; found = await next()) {
      for (const judged of found) if (!(await put(walk.take(folder, judged)))) return
    }
    if (unclear.size > 0) {
      for (const judged of walk.listUnclear(folder, unclear)) if (!(await put(walk.take(folder, judged)))) return
    }
    if (failure !== undefined) await put(walk.takeFailure(folder, failure.thrown))
  })
}

interface EntryJob {
  readonly walk: FolderWalk
  readonly calls: AsyncFileCalls
  readonly folder: Folder
  readonly path: string
  readonly name: string
}

async function examine({ walk, calls, folder, path, name }: EntryJob): Promise<Judged> {
  try {
    const judged = walk.judge.judge(folder, name, await calls.lstat(path))
    if (judged.child === undefined) return judged
    try {
      await calls.probeFolder(path)
      return judged
    } catch (thrown) {
      return walk.judge.unlistable(judged.row, thrown)
    }
  } catch (thrown) {
    return walk.judge.refused(name, thrown)
  }
}

/** The same calls, at most `most` of them at once; the others wait in order. */
function limited(calls: AsyncFileCalls, most: number): AsyncFileCalls {
  const waiting: (() => void)[] = []
  let running = 0
  const run = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await call()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
  return {
    lstat: (path) => run(() => calls.lstat(path)),
    probeFolder: (path) => run(() => calls.probeFolder(path)),
    names: (path, folderSizeBytes) => calls.names(path, folderSizeBytes),
  }
}
