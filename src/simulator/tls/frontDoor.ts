import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import type { HostCertificate } from './certificates.ts'

export interface FrontDoorOptions {
  readonly certificate: HostCertificate
  /** `cut` breaks the connection with a TCP reset. */
  readonly onRequest: (request: http.IncomingMessage, response: http.ServerResponse, cut: () => void) => void
  /** Whether a `CONNECT` to this host is let in. */
  readonly serves: (host: string) => boolean
  /** Asked with every handshake that names a host. */
  readonly breaksHandshake: (host: string) => boolean
}

export interface FrontDoor {
  /** Listens on loopback; port 0 takes a free one. Resolves with the port. */
  listen(port: number): Promise<number>
  /** Closes the listener and every connection. */
  close(): Promise<void>
}

const TLS_HANDSHAKE = 0x16
const KEEP_ALIVE_MS = 120_000

/**
 * One loopback port for all hosts. A connection that begins with a TLS handshake is served at once. One that begins with plain text may ask
 * `CONNECT host:443` and is then served through the same TLS, so that any client with HTTPS_PROXY reaches the tenant.
 */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  const connections = new Map<number, net.Socket>()

  const tlsServer = https.createServer(
    {
      cert: options.certificate.certificate,
      key: options.certificate.privateKey,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 0,
      headersTimeout: 60_000,
      noDelay: true,
      SNICallback: (host, done) => {
        if (options.breaksHandshake(host.toLowerCase())) done(new Error('A fault rule breaks this handshake.'))
        else done(null)
      },
    },
    (request, response) => {
      const { remotePort } = request.socket
      options.onRequest(request, response, () => {
        const raw = remotePort === undefined ? undefined : connections.get(remotePort)
        if (raw === undefined) request.socket.destroy()
        else raw.resetAndDestroy()
      })
    },
  )
  tlsServer.on('tlsClientError', (_error, socket) => socket.destroy())

  const plainServer = http.createServer((_request, response) => {
    response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
    response.end('This port speaks HTTPS for the hosts of the practice tenant, and CONNECT to them.\n')
  })
  plainServer.on('connect', (request: http.IncomingMessage, socket: net.Socket, head: Buffer) => {
    const host = (request.url ?? '').replace(/:\d+$/, '').toLowerCase()
    if (!options.serves(host)) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      return
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    tlsServer.emit('connection', socket)
  })

  const listener = net.createServer({ noDelay: true }, (socket) => {
    const { remotePort } = socket
    if (remotePort !== undefined) {
      connections.set(remotePort, socket)
      socket.once('close', () => connections.delete(remotePort))
    }
    socket.on('error', () => socket.destroy())
    socket.once('readable', () => {
      const head = socket.read() as Buffer | null
      if (head === null) return
      socket.unshift(head)
      if (head[0] === TLS_HANDSHAKE) tlsServer.emit('connection', socket)
      else plainServer.emit('connection', socket)
    })
  })

  return {
    listen: (port) =>
      new Promise((resolve, reject) => {
        listener.once('error', reject)
        listener.listen(port, '127.0.0.1', () => {
          listener.off('error', reject)
          const address = listener.address()
          resolve(typeof address === 'object' && address !== null ? address.port : port)
        })
      }),
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve())
        tlsServer.closeAllConnections()
        for (const socket of connections.values()) socket.destroy()
      }),
  }
}
