import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'
import { MigrationError } from '../../../shared/errors.ts'
import { parseRetryAfter } from '../../engine/throttle/retryAfter.ts'
import { networkError } from '../network/networkErrors.ts'
import type { Pools } from '../network/pools.ts'
import type { SocketMap } from '../network/socketMap.ts'

const SIGN_IN_TIMEOUT_MS = 60_000
/** Failures that nobody asked for are forgotten. */
const FAILURES_MAX = 100
const ANSWER_BYTES_MAX = 4 * 1024 * 1024

/**
 * The sign-in library's way out: real host names over the mapped sockets. Busy answers (429, 5xx) and network failures do not reach the
 * library, which would remember them for a minute and refuse locally; `takeFailure` gives them with their remedy.
 */
export interface MsalNetwork extends INetworkModule {
  /** The failure behind an error of the library, once; found by the id that the library gives to each acquisition. */
  takeFailure(correlationId: string): MigrationError | undefined
}

export function createMsalNetwork(deps: {
  readonly pools: Pools
  readonly sockets: SocketMap
  readonly now: () => number
}): MsalNetwork {
  const failures = new Map<string, MigrationError>()

  async function send<T>(url: string, method: 'GET' | 'POST', options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    const target = new URL(url)
    try {
      const reply = await deps.pools.of(target.origin).request({
        method,
        path: target.pathname + target.search,
        headers: { accept: 'application/json', ...options?.headers },
        body: method === 'POST' ? (options?.body ?? '') : null,
        headersTimeout: SIGN_IN_TIMEOUT_MS,
        bodyTimeout: SIGN_IN_TIMEOUT_MS,
      })
      const headers = flatten(reply.headers)
      const text = await readText(reply.body)
      if (reply.statusCode === 429 || reply.statusCode >= 500) throw busy(target.hostname, reply.statusCode, headers, deps.now())
      return { headers, body: parse<T>(text, target.hostname, reply.statusCode), status: reply.statusCode }
    } catch (thrown) {
      const failure =
        thrown instanceof MigrationError
          ? thrown
          : networkError(thrown, {
              host: target.hostname,
              wasSent: !deps.sockets.failedBeforeSending(thrown),
              isRepeatable: true,
            })
      if (failures.size >= FAILURES_MAX) failures.clear()
      failures.set(options?.correlationId ?? '', failure)
      throw failure
    }
  }

  return {
    sendGetRequestAsync: (url, options) => send(url, 'GET', options),
    sendPostRequestAsync: (url, options) => send(url, 'POST', options),
    takeFailure(correlationId) {
      const taken = failures.get(correlationId)
      failures.delete(correlationId)
      return taken
    },
  }
}

function busy(host: string, status: number, headers: Record<string, string>, nowMs: number): MigrationError {
  const delayMs = parseRetryAfter(headers['retry-after'], { dateHeader: headers.date, nowMs })
  return new MigrationError(
    status === 429 ? 'THR_THROTTLED' : 'DST_UNAVAILABLE',
    status === 429 ? `${host} asks to sign in less often.` : `The sign-in service ${host} is not available (${status}).`,
    { remedy: delayMs === undefined ? { kind: 'retry' } : { kind: 'waitUntil', delayMs }, status },
  )
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  )
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let sizeBytes = 0
  for await (const part of body) {
    sizeBytes += part.byteLength
    if (sizeBytes > ANSWER_BYTES_MAX) throw new Error('The sign-in answer is too long.')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The shape is the library's to judge; only that it is JSON is checked here. */
function parse<T>(text: string, host: string, status: number): T {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new MigrationError('AUTH_REFUSED', `${host} answered the sign-in with something that is not JSON (${status}).`, {
      remedy: { kind: 'stopTask' },
      fix: 'A proxy or a captive portal may stand in between; open https://login.microsoftonline.com in a browser on this computer.',
      status,
    })
  }
}
