import { parentPort, workerData } from 'node:worker_threads'
import { asMigrationError, toWire } from '../../../shared/errors.ts'
import { packJournal, unpackJournal } from './journalCopy.ts'
import type { CopyAnswer, CopyOrder } from './journalCopyThread.ts'

/** One copy, then the thread ends. */
const order = workerData as CopyOrder

function answer(message: CopyAnswer): void {
  parentPort?.postMessage(message)
}

const copying = order.kind === 'pack' ? packJournal(order) : unpackJournal(order)
copying.then(
  () => answer({ ok: true }),
  (thrown: unknown) => answer({ ok: false, error: toWire(asMigrationError(thrown)) }),
)
