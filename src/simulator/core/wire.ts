import type http from 'node:http'
import { Readable, Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from './clock.ts'
import type { Dispatcher } from './dispatch.ts'
import type { TransportFault } from './faults.ts'
import type { Service, ServiceReply } from './http.ts'
import type { Random } from './random.ts'
import { type RenderedReply, renderReply, writeReply } from './serviceReply.ts'
import { IncomingRequest } from './serviceRequest.ts'

const LONGEST_DRAIN_MS = 250

export interface WireDeps {
  readonly serviceOf: (host: string) => Service | undefined
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  /** A stream of its own, so that the number of requests does not change which ids the stores draw. */
  readonly requestIds: Random
  readonly latencyMs: number
}

/** Takes a request from the listener to the pipeline and its reply back, with whatever the fault script does to the connection. */
export function createWire(deps: WireDeps) {
  const { clock, dispatcher, requestIds } = deps
  const connectionIds = new WeakMap<object, number>()
  let lastConnectionId = 0

  function connectionIdOf(socket: object): number {
    const known = connectionIds.get(socket)
    if (known !== undefined) return known
    connectionIds.set(socket, ++lastConnectionId)
    return lastConnectionId
  }

  return async function serve(incoming: http.IncomingMessage, response: http.ServerResponse, cut: () => void): Promise<void> {
    const host = (incoming.headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
    const service = deps.serviceOf(host)
    if (service === undefined) {
      response.writeHead(421, { 'content-type': 'text/plain; charset=utf-8' })
      response.end('The practice tenant does not have this host.\n')
      return
    }
    const request = new IncomingRequest({
      id: requestIds.guid(),
      method: incoming.method ?? 'GET',
      host,
      service,
      target: incoming.url ?? '/',
      headers: incoming.headers,
      receivedAt: clock.now(),
      remoteAddress: incoming.socket.remoteAddress ?? '',
      body: incoming,
      connectionId: connectionIdOf(incoming.socket),
      peerPort: incoming.socket.remotePort,
    })
    if (deps.latencyMs > 0 && service !== 'control') await sleep(deps.latencyMs, undefined, { ref: false })
    const answer = await dispatcher.answer(request, { cut })
    const reply: ServiceReply & { headers: Record<string, string> } = {
      ...answer.reply,
      headers: { date: new Date(clock.now()).toUTCString(), ...answer.reply.headers },
    }
    if (reply.status === 413 && !incoming.complete) {
      reply.headers.connection = 'close'
      await drain(incoming)
    }
    answer.settle(await send(response, request, reply, answer.transport, cut))
  }
}

/**
 * Takes in what is left of a body that was refused for its length, for a moment: a connection that is closed on a client in the middle of
 * its sending is reset, and the client never sees the reply.
 */
async function drain(incoming: http.IncomingMessage): Promise<void> {
  const over = new AbortController()
  incoming.once('close', () => over.abort())
  incoming.once('end', () => over.abort())
  incoming.resume()
  await sleep(LONGEST_DRAIN_MS, undefined, { ref: false, signal: over.signal }).catch(() => {})
}

async function send(
  response: http.ServerResponse,
  request: IncomingRequest,
  reply: ServiceReply,
  transport: TransportFault | undefined,
  cut: () => void,
): Promise<{ bytesOut: number; isWhole: boolean }> {
  if (transport?.kind === 'reset') {
    if (reply.body instanceof Readable) reply.body.destroy()
    cut()
    return { bytesOut: 0, isWhole: false }
  }
  const rendered = renderReply(request, reply)
  const isHead = request.method === 'HEAD'
  if (transport === undefined) return writeReply(response, rendered, isHead)
  return writeReply(response, { ...rendered, body: hamper(rendered, transport, cut) }, isHead)
}

/** The reply's body as a stream that breaks off or trickles. */
function hamper(rendered: RenderedReply, transport: Exclude<TransportFault, { kind: 'reset' }>, cut: () => void): Readable {
  const source =
    rendered.body instanceof Readable ? rendered.body : Readable.from(rendered.body === undefined ? [] : [rendered.body])
  if (transport.kind === 'drip') {
    const step = Math.max(1, Math.ceil(transport.bytesPerSecond / 10))
    return source.pipe(
      new Transform({
        async transform(chunk: Buffer, _encoding, done) {
          for (let at = 0; at < chunk.length; at += step) {
            this.push(chunk.subarray(at, at + step))
            await sleep(100, undefined, { ref: false })
          }
          done()
        },
      }),
    )
  }
  const lengthBytes = Number(rendered.headers['content-length'] ?? 0)
  let left = transport.bytes ?? Math.floor(lengthBytes / 2)
  return source.pipe(
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        this.push(chunk.subarray(0, left))
        left -= chunk.length
        // What was let through has to reach the client before the reset does.
        if (left < 0) setTimeout(cut, 50)
        else done()
      },
    }),
  )
}
