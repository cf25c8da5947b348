import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import type { AnswerFrame, HostEvent } from '../../shared/contract/events.ts'
import { MIB, SECOND_MS } from '../../shared/units.ts'
import type { Dispatch } from '../host/dispatch.ts'
import { type ScreenFiles, securityHeaders } from '../host/screenFiles.ts'
import { createLoopbackAccess, isOwnHost, isOwnOrigin, LINK_PROTOCOL, offeredSession } from './loopbackAccess.ts'
import { sendReport } from './reportDownload.ts'

/** A task file of the largest size that `import.check` takes fits in; nothing else comes near. */
export const FRAME_MAX_BYTES = 16 * MIB
/** A client that reads too slowly is let go before its backlog fills the memory; it comes back and hears the last state. */
const BACKLOG_MAX_BYTES = 64 * MIB
const SESSION_BODY_MAX_BYTES = 1024
const PING_MS = 30 * SECOND_MS
const GOING_AWAY = 1001
const NOT_A_FRAME = 1008

export interface LoopbackServer {
  readonly port: number
  /** Holds the one-time token in its fragment, which no browser sends anywhere. */
  readonly url: string
  close(): Promise<void>
}

/**
 * The screens over 127.0.0.1: the built files for anybody on this machine (they hold nothing), frames and reports only for the page that
 * exchanged the one-time token. Everything is checked again on every request: Host (DNS rebinding), Origin, session.
 */
export async function startLoopbackServer(options: {
  readonly screens: ScreenFiles
  readonly attach: (send: (event: HostEvent) => void) => () => void
  readonly dispatch: Dispatch
  readonly reportsFolder: string
  /** 0 = a free one. */
  readonly port: number
}): Promise<LoopbackServer> {
  const access = createLoopbackAccess()
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_MAX_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => LINK_PROTOCOL,
  })
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port')
  const { port } = address

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOwnHost(request, port)) return refuse(response, 421, 'This address does not belong to Portage.')
    const pathname = pathOf(request)
    if (request.method === 'POST' && pathname === '/session') return exchange(request, response)
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only reading is possible here.')
    if (pathname === '/session' || pathname.startsWith('/reports/')) {
      const session = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
      if (session === undefined || !access.isSession(session)) return refuse(response, 403, 'This window is not signed in.')
      if (pathname === '/session') return void response.writeHead(204, { 'cache-control': 'no-store' }).end()
      const isSent = await sendReport(response, {
        reportsFolder: options.reportsFolder,
        urlPath: pathname.slice('/reports/'.length),
      })
      return isSent ? undefined : refuse(response, 404, 'There is no such report.')
    }
    const reply = options.screens.reply(pathname, { connect: [`ws://${request.headers.host}`] })
    if (!reply) return refuse(response, 404, 'There is no such page.')
    response.writeHead(200, { ...reply.headers, 'content-length': reply.body.length })
    response.end(request.method === 'HEAD' ? undefined : reply.body)
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOwnOrigin(request, port)) return refuse(response, 403, 'Only the page of Portage itself may sign in.')
    const given = z.object({ token: z.string() }).safeParse(await smallJson(request))
    if (!given.success) return refuse(response, 400, 'A sign-in needs the token of the link.')
    const result = access.exchange(given.data.token)
    if ('refused' in result) {
      const why = result.refused === 'used' ? 'This link was used before.' : 'This link does not belong to the running Portage.'
      return refuse(response, 403, `${why} Run "portage ui" again for a new one.`)
    }
    response.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...securityHeaders("default-src 'none'"),
    })
    response.end(JSON.stringify(result))
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const session = offeredSession(request)
    const isLink = pathOf(request) === '/link'
    if (!isLink || !isOwnOrigin(request, port) || session === undefined || !access.isSession(session)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, serve)
  })

  function serve(client: WebSocket): void {
    let isAlive = true
    const send = (frame: HostEvent | AnswerFrame) => {
      if (client.bufferedAmount > BACKLOG_MAX_BYTES) client.terminate()
      else if (client.readyState === client.OPEN) client.send(JSON.stringify(frame))
    }
    const pings = setInterval(() => {
      if (!isAlive) return client.terminate()
      isAlive = false
      client.ping()
    }, PING_MS)
    client.on('pong', () => {
      isAlive = true
    })
    client.on('message', async (data, isBinary) => {
      const answered = isBinary ? undefined : await options.dispatch(parsed(data.toString()))
      if (answered) send(answered)
      else client.close(NOT_A_FRAME, 'not a frame')
    })
    // An oversized frame ends here: ws closes with 1009 by itself.
    client.on('error', () => undefined)
    const detach = options.attach(send)
    client.on('close', () => {
      clearInterval(pings)
      detach()
    })
  }

  return {
    port,
    url: `http://127.0.0.1:${port}/#token=${access.token}`,
    async close() {
      for (const client of sockets.clients) client.close(GOING_AWAY, 'Portage ends')
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await closed
    },
  }
}

/** As it was sent: what is not normalised cannot be normalised into something else. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/[?#].*$/s, '')
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    ...securityHeaders("default-src 'none'"),
  })
  response.end(sentence)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function smallJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const piece of request) {
    text += String(piece)
    if (text.length > SESSION_BODY_MAX_BYTES) return undefined
  }
  return parsed(text)
}
