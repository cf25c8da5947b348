import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { generate } from 'selfsigned'
import type { Connection } from '../network/connectionFile.ts'
import { createPools, type Pools } from '../network/pools.ts'
import { proxyFromEnvironment } from '../network/proxy.ts'
import { createSocketMap, type SocketMap } from '../network/socketMap.ts'

/** One request as the fixture saw it. */
export interface Exchange {
  readonly host: string
  readonly method: string
  /** With query, as sent. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** SNI of the connection. */
  readonly servername: string | undefined
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
  /** Cut the connection instead of answering. */
  readonly isBroken?: boolean
}

export type Answerer = (exchange: Exchange) => Answer | Promise<Answer>

/** A TLS server on loopback that answers for Microsoft's host names, as a test scripts it. */
export interface ServiceFixture {
  readonly port: number
  /** Its own certificate: the authority to trust. */
  readonly ca: string
  readonly exchanges: readonly Exchange[]
  answer: Answerer
  readonly sockets: SocketMap
  readonly pools: Pools
  readonly connection: Connection
  close(): Promise<void>
}

const NAMES = ['login.microsoftonline.com', 'graph.microsoft.com', '*.sharepoint.com', '*.blob.core.windows.net']

export async function startService(answer: Answerer): Promise<ServiceFixture> {
  const made = await generate([{ name: 'commonName', value: 'portage test' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: NAMES.map((value) => ({ type: 2, value })) }],
  })
  const exchanges: Exchange[] = []
  const open = new Set<Duplex>()
  const server = createServer({ key: made.private, cert: made.cert }, async (request, response) => {
    try {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const servername = 'servername' in request.socket ? String(request.socket.servername) : undefined
      const exchange: Exchange = {
        host: request.headers.host ?? '',
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(parts),
        servername,
      }
      exchanges.push(exchange)
      const reply = await fixture.answer(exchange)
      if (reply.isBroken) {
        request.socket.destroy()
        return
      }
      const body = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json))
      response.writeHead(reply.status, {
        date: new Date().toUTCString(),
        ...(reply.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...reply.headers,
      })
      response.end(body)
    } catch {
      response.destroy()
    }
  })
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const network = {
    map: ['*.microsoftonline.com', '*.microsoft.com', '*.sharepoint.com'].map((host) => ({ host, address: '127.0.0.1', port })),
  }
  const sockets = createSocketMap({ network, extraCa: made.cert, proxies: proxyFromEnvironment({}) })
  const pools = createPools(sockets)
  const fixture: ServiceFixture = {
    port,
    ca: made.cert,
    exchanges,
    answer,
    sockets,
    pools,
    connection: {
      kind: 'portage-connection',
      version: 1,
      cloud: 'global',
      tenantId: '11111111-2222-3333-4444-555555555555',
      clientId: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      tenantName: 'contoso',
      rootSite: 'https://contoso.sharepoint.com',
      coordinationSite: 'https://contoso.sharepoint.com/sites/migration',
      auth: { kind: 'deviceCode' },
      network,
    },
    async close() {
      await pools.close()
      sockets.close()
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return fixture
}
