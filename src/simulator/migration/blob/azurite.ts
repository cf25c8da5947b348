import fs from 'node:fs'
import http from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { azuriteProgram, type RunningProgram, startProgram } from './azuriteProgram.ts'
import { signSharedKey } from './sharedKey.ts'

export interface StorageRequest {
  readonly method: string
  /** `/container/blob`, percent-encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Readable | Buffer
  /** Needed with a stream. */
  readonly lengthBytes?: number
  readonly signal?: AbortSignal
}

/** The storage behind the blob host: an Azurite of its own process or thread, started with the first request. */
export interface StorageEngine {
  readonly account: string
  /** The answer as it begins; the caller reads or destroys its body. Bodies stream both ways. */
  send(request: StorageRequest): Promise<http.IncomingMessage>
  /** Starts the process if it does not run. */
  start(): Promise<void>
  /** Ends the process; what it stored stays in its folder. */
  close(): Promise<void>
}

export interface StorageEngineOptions {
  /** Everything lies in files here, so that memory stays small whatever is uploaded. */
  readonly folder: string
  readonly account: string
  /** Base64. */
  readonly accountKey: string
}

/** An end of the process is told at once; this is for one that hangs, on machines that have little time for it. */
const LONGEST_START_MS = 600_000

export function createAzurite(options: StorageEngineOptions): StorageEngine {
  const { account, accountKey } = options
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  let running: Promise<{ readonly program: RunningProgram; readonly port: number }> | undefined
  let isClosed = false

  async function launch() {
    fs.mkdirSync(options.folder, { recursive: true, mode: 0o700 })
    const program = startProgram(azuriteProgram(), {
      args: [
        '--silent',
        '--disableTelemetry',
        '--skipApiVersionCheck',
        '--disableProductStyleUrl',
        '--blobPort',
        '0',
        '--location',
        options.folder,
      ],
      folder: options.folder,
      env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${accountKey}` },
    })
    const forget = () => {
      running = undefined
    }
    program.ended.then(forget, forget)
    try {
      return { program, port: await portOf(program) }
    } catch (error) {
      await program.stop()
      throw error
    }
  }

  function ensure() {
    if (isClosed) return Promise.reject(new Error('The storage of the practice tenant is closed.'))
    running ??= launch().catch((error: unknown) => {
      running = undefined
      throw error
    })
    return running
  }

  return {
    account,
    async start() {
      await ensure()
    },
    async send(request) {
      const { port } = await ensure()
      const query = new URLSearchParams(request.query).toString()
      const target = `/${account}${request.path}${query === '' ? '' : `?${query}`}`
      const headers: Record<string, string> = { 'x-ms-version': '2021-12-02', ...request.headers }
      headers['x-ms-date'] = new Date().toUTCString()
      const lengthBytes = Buffer.isBuffer(request.body) ? request.body.length : (request.lengthBytes ?? 0)
      if (request.method === 'PUT') headers['content-length'] = String(lengthBytes)
      headers.authorization = signSharedKey({ ...request, account, accountKey, headers, query: request.query ?? {} })
      return new Promise((resolve, reject) => {
        const outgoing = http.request(
          {
            host: '127.0.0.1',
            port,
            agent,
            method: request.method,
            path: target,
            headers,
            ...(request.signal === undefined ? {} : { signal: request.signal }),
          },
          resolve,
        )
        outgoing.once('error', reject)
        if (request.body === undefined || Buffer.isBuffer(request.body)) outgoing.end(request.body)
        else
          pipeline(request.body, outgoing, (error) => {
            if (error) outgoing.destroy(error)
          })
      })
    },
    async close() {
      isClosed = true
      agent.destroy()
      const started = await running?.catch(() => undefined)
      await started?.program.stop()
    },
  }
}

function portOf({ stdout, stderr, ended }: RunningProgram): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error('Azurite did not start in time.')), LONGEST_START_MS).unref()
    const hear = (chunk: Buffer) => {
      if (said.length < 10_000) said += chunk.toString('utf8')
      const port = /successfully listens on http:\/\/[^:\s]+:(\d+)/.exec(said)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      resolve(Number(port))
    }
    stdout.on('data', hear)
    stderr.on('data', hear)
    ended.then((code) => reject(new Error(`Azurite ended with code ${code}: ${said.trim()}`)), reject)
  })
}
