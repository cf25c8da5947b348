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
    const { blobId, plain, isLast } = order
    const sealing = open.get(blobId)
    if (sealing === undefined) throw new Error('A blob is sealed that was not opened.')
    const { sealed, md5 } = sealing.seal(plain, isLast)
    if (isLast) open.delete(blobId)
    const own = ownMemory(sealed)
    const message: SealedMessage = { blobId, plain, sealed: own, md5 }
    port.postMessage(message, [own.buffer, plain.buffer])
  }
})

/** What is handed over must not take the memory of others with it. */
function ownMemory(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes
  const isAlone = buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength
  return isAlone ? new Uint8Array(buffer) : new Uint8Array(bytes)
}
