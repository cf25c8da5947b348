// Runs in a process of its own (in Electron: in a thread): the client library blocks, keeps one state for all threads, and may crash.
import { parentPort } from 'node:worker_threads'
import { openSmbLibrary, type SmbLibrary } from './smbLibrary.ts'
import type { SmbAnswer, SmbCallName, SmbCalls, SmbRequest } from './smbMessages.ts'

let library: SmbLibrary | undefined

function answerTo(request: SmbRequest): SmbCalls[SmbCallName]['gives'] {
  if (request.call === 'login') {
    library = openSmbLibrary(request.login, request.port)
    return null
  }
  if (library === undefined) throw new Error('Nobody has logged in.')
  switch (request.call) {
    case 'list':
      return library.list(request.url)
    case 'next': {
      const entries = library.next(request.handle)
      if (entries.length === 0) library.endList(request.handle)
      return entries
    }
    case 'endList':
      library.endList(request.handle)
      return null
    case 'stat':
      return library.stat(request.url)
    case 'open':
      return library.open(request.url)
    case 'read':
      return library.read(request.handle, request.start, request.length)
    case 'close':
      library.close(request.handle)
      return null
  }
}

function take(request: SmbRequest): void {
  let answer: SmbAnswer
  try {
    answer = { id: request.id, value: answerTo(request) }
  } catch (thrown) {
    const errno = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
    answer = { id: request.id, errno, message: thrown instanceof Error ? thrown.message : String(thrown) }
  }
  if (parentPort !== null) parentPort.postMessage(answer)
  else process.send?.(answer)
}

if (parentPort !== null) parentPort.on('message', take)
else {
  process.on('message', take)
  // Its owner is gone: whatever is open is only read.
  process.on('disconnect', () => process.exit(0))
}
