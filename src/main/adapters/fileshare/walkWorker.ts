// Runs in a thread of its own and loads nothing that it does not need: a walk starts as fast as this file and what it imports can be read.
import { parentPort, workerData } from 'node:worker_threads'
import { walkConcurrently } from './concurrentWalk.ts'
import { type EntryColumns, transferList } from './entryColumns.ts'
import { asyncFileCalls, fileCalls } from './fileCalls.ts'
import { FolderWalk } from './folderWalk.ts'
import { errnoOf } from './refusals.ts'
import { BATCH_ROWS, BATCHES_IN_FLIGHT, type WalkMessage, type WalkOrder } from './walkMessages.ts'

const port = parentPort
if (port === null) throw new Error('walkWorker.ts runs only as a worker thread.')
// Keeps the thread alive while it waits for the reader; closed at the end.
port.on('message', () => undefined)

const { rootPath, symlinks, calls, taken: takenByReader }: WalkOrder = workerData
let handedOver = 0

function post(columns: EntryColumns): void {
  const message: WalkMessage = { kind: 'batch', columns }
  port?.postMessage(message, transferList(columns))
  handedOver++
}

/** The number of batches that the reader has taken, when it is still too far behind. */
function behindAt(): number | undefined {
  const taken = Atomics.load(takenByReader, 0)
  return handedOver - taken >= BATCHES_IN_FLIGHT ? taken : undefined
}

async function run(): Promise<void> {
  const walk = new FolderWalk({ rootPath, symlinks, calls: fileCalls, batchRows: BATCH_ROWS })
  if (calls !== 'concurrent') {
    for (const columns of walk.walk({ mayStopWhenSlow: calls === 'measured' })) {
      for (let taken = behindAt(); taken !== undefined; taken = behindAt()) Atomics.wait(takenByReader, 0, taken)
      post(columns)
    }
  }
  for await (const columns of walkConcurrently(walk, { calls: asyncFileCalls })) {
    for (let taken = behindAt(); taken !== undefined; taken = behindAt()) await Atomics.waitAsync(takenByReader, 0, taken).value
    post(columns)
  }
}

const end: WalkMessage = await run().then(
  () => ({ kind: 'end' as const }),
  (thrown: unknown) => ({ kind: 'failed' as const, errno: errnoOf(thrown), message: String(thrown) }),
)
port.postMessage(end)
port.close()
