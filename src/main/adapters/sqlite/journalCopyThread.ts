import fs from 'node:fs'
import { Worker } from 'node:worker_threads'
import { MigrationError, type WireError } from '../../../shared/errors.ts'
import type { JournalCopyOptions } from './journalCopy.ts'

export type CopyOrder = JournalCopyOptions & { readonly kind: 'pack' | 'unpack' }
export type CopyAnswer = { readonly ok: true } | { readonly ok: false; readonly error: WireError }

/**
 * `packJournal` or `unpackJournal` in a thread of its own: a large journal takes seconds, in which this process goes on sending. An abort ends
 * the thread; what it left is replaced by the next copy. Errors: JNL_DAMAGED, JNL_DISK_FULL, the signal's reason.
 */
export function copyInThread(order: CopyOrder, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const worker = new Worker(workerUrl(), { execArgv: [], workerData: order })
    const abort = (): void => {
      reject(signal.reason)
      void worker.terminate()
    }
    signal.addEventListener('abort', abort, { once: true })
    worker.once('message', (answer: CopyAnswer) => {
      if (answer.ok) resolve()
      else reject(asThrown(answer.error))
    })
    worker.once('error', reject)
    worker.once('exit', () => {
      signal.removeEventListener('abort', abort)
      reject(new Error('A thread that copies a journal ended before its work did.'))
    })
  })
}

function asThrown({ code, message, remedy, fix }: WireError): MigrationError {
  return new MigrationError(code, message, { remedy, ...(fix === undefined ? {} : { fix }) })
}

/** Beside this file, in the sources as in a bundle; a bundler may have put this file into a folder of chunks. */
function workerUrl(): URL {
  const names = ['./journalCopyWorker.ts', './journalCopyWorker.js', '../journalCopyWorker.js']
  const found = names.map((name) => new URL(name, import.meta.url)).find((place) => fs.existsSync(place))
  if (found === undefined)
    throw new Error('The script of the copying thread is missing: the bundle must contain journalCopyWorker.js.')
  return found
}
