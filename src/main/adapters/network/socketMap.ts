import { Agent, type AgentOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { buildConnector } from 'undici'
import { MigrationError } from '../../../shared/errors.ts'
import type { Connection } from './connectionFile.ts'
import { connectThroughProxy, type ProxyChoice } from './proxy.ts'

/** Opening a connection is given up after this. */
const CONNECT_TIMEOUT_MS = 15_000

/** Where the sockets for real host names go. The only place that knows of the connection's map; requests never do. */
export interface SocketMap {
  /** For undici pools. */
  readonly connector: buildConnector.connector
  /** For axios and anything else on node:https. */
  readonly agent: Agent
  /** True when the failure came before a single byte of a request could have been sent. */
  failedBeforeSending(error: unknown): boolean
  close(): void
}

/** `*.sharepoint.com` covers every host below it, however deep, not the bare suffix. */
export function matchesHost(pattern: string, host: string): boolean {
  const [wanted, name] = [pattern.toLowerCase(), host.toLowerCase()]
  return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted
}

export function createSocketMap(options: {
  readonly network: Connection['network']
  /** PEM text of the connection's caFile. */
  readonly extraCa?: string
  readonly proxies: ProxyChoice
}): SocketMap {
  const secureContext = createTrust(options.extraCa)
  const brokenWhileConnecting = new WeakSet<object>()
  const note = (error: unknown) => {
    if (typeof error === 'object' && error !== null) brokenWhileConnecting.add(error)
  }
  const resolve = (host: string, port: number) => {
    const row = options.network.map.find((candidate) => matchesHost(candidate.host, host))
    if (row) return { address: row.address, port: row.port, proxy: undefined }
    return { address: host, port, proxy: options.proxies.proxyFor(host) }
  }

  // HTTP/1.1 on many connections is the path that was measured; h2 would put all uploads on one socket.
  const direct = buildConnector({ secureContext, allowH2: false, timeout: CONNECT_TIMEOUT_MS })
  const connector: buildConnector.connector = (target, callback) => {
    const servername = target.servername ?? target.hostname
    const place = resolve(target.hostname, target.port === '' ? 443 : Number(target.port))
    const done: buildConnector.Callback = (...args) => {
      if (args[0]) note(args[0])
      callback(...args)
    }
    const base = { ...target, servername, hostname: place.address, port: String(place.port) }
    if (!place.proxy) return direct(base, done)
    connectThroughProxy(place.proxy, { host: place.address, port: place.port }).then(
      (httpSocket) => direct({ ...base, httpSocket }, done),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), null),
    )
  }

  const agent = new MappedAgent({ keepAlive: true, maxSockets: 64, secureContext, timeout: 0 }, resolve, note)
  return {
    connector,
    agent,
    failedBeforeSending(error) {
      for (
        let current = error;
        typeof current === 'object' && current !== null;
        current = 'cause' in current ? current.cause : undefined
      ) {
        if (brokenWhileConnecting.has(current)) return true
      }
      return false
    },
    close: () => agent.destroy(),
  }
}

/** The certificate authorities of Node, of the operating system (inspecting proxies of companies live there), and the connection's own. */
function createTrust(extraCa: string | undefined): tls.SecureContext {
  const known = new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])
  if (extraCa === undefined) return tls.createSecureContext({ ca: [...known] })
  // Text without a certificate is no error for OpenSSL: it would trust nothing more, and say so with every connection.
  if (!extraCa.includes('-----BEGIN CERTIFICATE-----')) throw noCertificate()
  try {
    return tls.createSecureContext({ ca: [...known, extraCa] })
  } catch (cause) {
    throw noCertificate(cause)
  }
}

function noCertificate(cause?: unknown): MigrationError {
  return new MigrationError('INPUT_CONNECTION_FILE', "The connection's network.caFile is not a PEM certificate.", {
    remedy: { kind: 'stopTask' },
    fix: 'Give the file of the certificate authority in PEM form (it starts with -----BEGIN CERTIFICATE-----).',
    ...(cause === undefined ? {} : { cause }),
  })
}

type Resolve = (
  host: string,
  port: number,
) => { readonly address: string; readonly port: number; readonly proxy: URL | undefined }

class MappedAgent extends Agent {
  readonly #resolve: Resolve
  readonly #note: (error: unknown) => void

  constructor(options: AgentOptions, resolve: Resolve, note: (error: unknown) => void) {
    super(options)
    this.#resolve = resolve
    this.#note = note
  }

  override createConnection(
    options: tls.ConnectionOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const host = options.host ?? 'localhost'
    const place = this.#resolve(host, Number(options.port ?? 443))
    const mapped = { ...options, servername: options.servername ?? host, host: place.address, port: place.port }
    if (!place.proxy) return this.#open(mapped)
    connectThroughProxy(place.proxy, { host: place.address, port: place.port }).then(
      (socket: Socket) => callback?.(null, this.#open({ ...mapped, socket })),
      (error: unknown) => {
        this.#note(error)
        // Node's typing wants a stream besides the error; none exists when the tunnel failed.
        ;(callback as ((error: unknown) => void) | undefined)?.(error)
      },
    )
    return undefined
  }

  #open(options: tls.ConnectionOptions): tls.TLSSocket {
    const socket = tls.connect({ ALPNProtocols: ['http/1.1'], ...options })
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error(`No connection within ${CONNECT_TIMEOUT_MS} ms.`), { code: 'ETIMEDOUT' }))
    }, CONNECT_TIMEOUT_MS)
    const whileConnecting = (error: unknown) => this.#note(error)
    const settled = () => clearTimeout(timer)
    socket.once('error', whileConnecting)
    socket.once('close', settled)
    socket.once('secureConnect', () => {
      settled()
      socket.removeListener('error', whileConnecting)
    })
    return socket
  }
}
