// Runs in a thread of its own and loads nothing that it does not need: a walk starts as fast as this file and what it imports can be read.
import { parentPort, workerData } from 'node:worker_threads'
import { createWindowsCalls } from '../windows/windowsCalls.ts'
import { walkConcurrently } from './concurrentWalk.ts'
import { transferList } from './entryColumns.ts'
import type { Folder } from './entryJudge.ts'
import { asyncFileCalls, fileCalls } from './fileCalls.ts'
import { FolderWalk, type WalkStep } from './folderWalk.ts'
import { errnoOf } from './refusals.ts'
import { thisPlatform } from './sharePath.ts'
import {
  BATCH_ROWS,
  BATCHES_IN_FLIGHT,
  SHARE_WANTED,
  TAKEN,
  type WalkAssignment,
  type WalkMessage,
  type WalkOrder,
} from './walkMessages.ts'

const port = parentPort
if (port === null) throw new Error('walkWorker.ts runs only as a worker thread.')

const { rootPath, symlinks, calls, isFirst, control } = workerData as WalkOrder
let handedOver = 0

function post(message: WalkMessage): void {
  if (message.kind !== 'batch') {
    port?.postMessage(message)
    return
  }
  port?.postMessage(message, transferList(message.columns))
  handedOver++
}

/** The number of batches that the reader has taken, when it is still too far behind. */
function behindAt(): number | undefined {
  const taken = Atomics.load(control, TAKEN)
  return handedOver - taken >= BATCHES_IN_FLIGHT ? taken : undefined
}

function handOver(step: WalkStep): void {
  if (step.kind === 'share') Atomics.store(control, SHARE_WANTED, 0)
  else for (let taken = behindAt(); taken !== undefined; taken = behindAt()) Atomics.wait(control, TAKEN, taken)
  post(step)
}

/** Windows tells sizes, times and attributes with the names: a slow share is slow by the folder, not by the file. */
const listsWhole = thisPlatform === 'win32'

async function run(folders: readonly Folder[] | undefined): Promise<void> {
  const walk = new FolderWalk({
    rootPath,
    symlinks,
    calls: listsWhole ? createWindowsCalls((await import('../windows/windowsApi.ts')).windowsApi()) : fileCalls,
    batchRows: BATCH_ROWS,
    ...(folders === undefined ? {} : { folders }),
  })
  if (calls !== 'concurrent' || listsWhole) {
    const isShareWanted = (): boolean => Atomics.load(control, SHARE_WANTED) !== 0
    for (const step of walk.walk({ mayStopWhenSlow: calls === 'measured' && !listsWhole, isShareWanted })) handOver(step)
  }
  for await (const columns of walkConcurrently(walk, { calls: asyncFileCalls })) {
    for (let taken = behindAt(); taken !== undefined; taken = behindAt()) await Atomics.waitAsync(control, TAKEN, taken).value
    // Only this thread walks then: no other one has rows that could come between those of a folder.
    post({ kind: 'batch', columns, endsFolder: true })
  }
}

function begin(folders: readonly Folder[] | undefined): void {
  run(folders).then(
    () => post({ kind: 'idle' }),
    (thrown: unknown) => post({ kind: 'failed', errno: errnoOf(thrown), message: String(thrown) }),
  )
}

// Listening keeps the thread alive until the reader ends it.
port.on('message', ({ folders }: WalkAssignment) => begin(folders))
if (isFirst) begin(undefined)
