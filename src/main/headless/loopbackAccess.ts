import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const SECRET_BYTES = 32
/** The protocol of the frames; the server answers with it and never with the session that travels beside it. */
export const LINK_PROTOCOL = 'portage.1'
const SESSION_PREFIX = 'session.'

/** Who may talk to the loopback server: whoever was given the link first, from the page that the server itself delivered. */
export interface LoopbackAccess {
  /** For the link; works once. */
  readonly token: string
  exchange(token: string): { readonly session: string } | { readonly refused: 'wrong' | 'used' }
  isSession(session: string): boolean
}

export function createLoopbackAccess(): LoopbackAccess {
  const secret = () => randomBytes(SECRET_BYTES).toString('base64url')
  const token = secret()
  let session: string | undefined
  return {
    token,
    exchange(given) {
      if (!isSame(given, token)) return { refused: 'wrong' }
      if (session !== undefined) return { refused: 'used' }
      session = secret()
      return { session }
    },
    isSession: (given) => session !== undefined && isSame(given, session),
  }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** A foreign name that was made to point at this machine (DNS rebinding) does not name us. */
export function isOwnHost(request: IncomingMessage, port: number): boolean {
  const { host } = request.headers
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`
}

/** The page must come from the very address that it talks to. */
export function isOwnOrigin(request: IncomingMessage, port: number): boolean {
  return isOwnHost(request, port) && request.headers.origin === `http://${request.headers.host}`
}

/** From the list of subprotocols that a WebSocket asks for. */
export function offeredSession(request: IncomingMessage): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim())
  if (!offered.includes(LINK_PROTOCOL)) return undefined
  return offered.find((one) => one.startsWith(SESSION_PREFIX))?.slice(SESSION_PREFIX.length)
}
