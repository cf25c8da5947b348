import fs from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { z } from 'zod'
import { CONTROL_HOST } from '../core/services.ts'
import { readControlToken } from './controlToken.ts'

/** Where a running tenant is steered. */
export interface ControlAddress {
  readonly port: number
  readonly ca: string
  readonly token: string
}

export interface ControlRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: object
}

const ADDRESS_FILE = 'running.json'
const addressSchema = z.object({ port: z.number().int(), pid: z.number().int(), caFile: z.string() })

/** Notes in the data folder where the tenant listens; `forgetRunning` takes it away at a clean end. */
export function noteRunning(dataDir: string, address: { readonly port: number; readonly caFile: string }): void {
  fs.writeFileSync(path.join(dataDir, ADDRESS_FILE), JSON.stringify({ ...address, pid: process.pid }))
}

export function forgetRunning(dataDir: string): void {
  fs.rmSync(path.join(dataDir, ADDRESS_FILE), { force: true })
}

/** The tenant that runs in a data folder. Undefined when none has been started there or it ended cleanly. */
export function findRunning(dataDir: string): (ControlAddress & { readonly pid: number }) | undefined {
  const file = path.join(dataDir, ADDRESS_FILE)
  if (!fs.existsSync(file)) return undefined
  const { port, pid, caFile } = addressSchema.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  return { port, pid, ca: fs.readFileSync(caFile, 'utf8'), token: readControlToken(dataDir) }
}

/** One call of the control host; resolves with its JSON. Rejects with the tenant's own words when it refuses. */
export function callControl(address: ControlAddress, target: string, init: ControlRequest = {}): Promise<unknown> {
  const text = init.body === undefined ? undefined : JSON.stringify(init.body)
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        host: '127.0.0.1',
        port: address.port,
        servername: CONTROL_HOST,
        ca: address.ca,
        agent: false,
        method: init.method ?? (text === undefined ? 'GET' : 'POST'),
        path: target,
        headers: {
          host: CONTROL_HOST,
          authorization: `Bearer ${address.token}`,
          ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      },
      (response) => {
        let answer = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          answer += chunk
        })
        response.on('error', reject)
        response.on('end', () => {
          if ((response.statusCode ?? 0) >= 400)
            reject(new Error(`The practice tenant answered ${response.statusCode}: ${answer}`))
          else resolve(answer === '' ? undefined : JSON.parse(answer))
        })
      },
    )
    request.on('error', reject)
    request.end(text)
  })
}
