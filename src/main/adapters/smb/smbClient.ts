import { type ChildProcess, fork } from 'node:child_process'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { SmbAnswer, SmbCallName, SmbCalls } from './smbMessages.ts'

interface Waiting {
  resolve(value: SmbCalls[SmbCallName]['gives']): void
  reject(thrown: unknown): void
}

/** One client of a server: a process (in Electron, which starts none of its kind, a thread) that does one call after the other. */
export class SmbClient {
  readonly #runner: Runner
  readonly #waiting = new Map<number, Waiting>()
  readonly #onEnd: () => void
  #callId = 0
  #isOver = false

  /** `onEnd`: it does nothing any more; whatever waited for it has failed with EPIPE. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
    this.#runner = 'electron' in process.versions ? threadRunner() : processRunner()
    this.#runner.listen(
      (answer) => this.#take(answer),
      () => this.#end(),
    )
  }

  get waitingCount(): number {
    return this.#waiting.size
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Errors: an Error whose `code` is the system's word (`EACCES`); EPIPE when the client has died; the signal's reason. */
  call<Name extends SmbCallName>(
    name: Name,
    takes: SmbCalls[Name]['takes'],
    signal?: AbortSignal,
  ): Promise<SmbCalls[Name]['gives']> {
    if (this.#isOver) return Promise.reject(died())
    if (signal?.aborted === true) return Promise.reject(signal.reason)
    const id = ++this.#callId
    if (this.#waiting.size === 0) this.#runner.hold(true)
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal?.reason)
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.set(id, {
        resolve: (value) => {
          signal?.removeEventListener('abort', abort)
          // The answer belongs to the call of this id.
          resolve(value as SmbCalls[Name]['gives'])
        },
        reject: (thrown) => {
          signal?.removeEventListener('abort', abort)
          reject(thrown)
        },
      })
      this.#runner.post({ id, call: name, ...takes })
    })
  }

  end(): void {
    this.#runner.end()
    this.#end()
  }

  #take(answer: SmbAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#runner.hold(false)
    if ('value' in answer) waiting?.resolve(answer.value)
    else waiting?.reject(Object.assign(new Error(answer.message), { code: answer.errno }))
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const { reject } of this.#waiting.values()) reject(died())
    this.#waiting.clear()
    this.#onEnd()
  }
}

const died = (): Error => Object.assign(new Error('The client of the file server has ended.'), { code: 'EPIPE' })

interface Runner {
  listen(onAnswer: (answer: SmbAnswer) => void, onEnd: () => void): void
  post(message: object): void
  /** Whether this process has to wait for it. */
  hold(isHeld: boolean): void
  end(): void
}

function processRunner(): Runner {
  // Without the flags of this process, and without what it has in its environment for others.
  const child: ChildProcess = fork(fileURLToPath(workerUrl()), [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' },
  })
  const hold = (isHeld: boolean): void => {
    if (isHeld) child.channel?.ref()
    else child.channel?.unref()
  }
  child.unref()
  hold(false)
  return {
    listen(onAnswer, onEnd) {
      child.on('message', (answer) => onAnswer(answer as SmbAnswer))
      child.once('error', onEnd)
      child.once('exit', onEnd)
    },
    post: (message) => void child.send(message, () => undefined),
    hold,
    end: () => void child.kill('SIGKILL'),
  }
}

function threadRunner(): Runner {
  const worker = new Worker(workerUrl(), { execArgv: [] })
  worker.unref()
  return {
    listen(onAnswer, onEnd) {
      worker.on('message', onAnswer)
      worker.once('error', onEnd)
      worker.once('exit', onEnd)
    },
    post: (message) => worker.postMessage(message),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    end: () => void worker.terminate(),
  }
}

/** The script lies beside this file, in the sources as in a bundle; a bundler may have put this file into a folder of chunks. */
function workerUrl(): URL {
  const places = ['./smbWorker.ts', './smbWorker.js', '../smbWorker.js'].map((place) => new URL(place, import.meta.url))
  const found = places.find((place) => fs.existsSync(place))
  if (found === undefined)
    throw new Error('The script of the file server client is missing: the bundle must contain smbWorker.js.')
  return found
}
