// Runs in a thread of its own, for many blobs by turns.
import { parentPort } from 'node:worker_threads'
import { Sealing } from './blobCipher.ts'
import type { CipherOrder, SealedMessage } from './cipherMessages.ts'

const port = parentPort
if (port === null) throw new Error('cipherWorker.ts runs only as a worker thread.')

const open = new Map<number, Sealing>()

port.on('message', (order: CipherOrder) => {
  if (order.kind === 'open') open.set(order.blobId, new Sealing(order.key, order.iv))
  else if (order.kind === 'drop') open.delete(order.blobId)
  else {
    const { blobId, plain, into, isLast } = order
    const sealing = open.get(blobId)
    if (sealing === undefined) throw new Error('A blob is sealed that was not opened.')
    const message: SealedMessage = { blobId, ...sealing.seal(plain, into, isLast) }
    if (isLast) open.delete(blobId)
    port.postMessage(message)
  }
})
