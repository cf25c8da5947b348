import https from 'node:https'
import type { JournalRow } from '../core/requestJournal.ts'
import { sharePointHosts } from '../core/services.ts'
import type { Tenant } from '../core/tenant.ts'
import type { TenantOptions } from '../core/tenantOptions.ts'
import type { UserRecord } from '../identity/directory.ts'
import { findResource, type Resource } from '../identity/resources.ts'
import { TENANT_NAME } from '../store/siteSeed.ts'
import type { SiteRecord } from '../store/siteStore.ts'
import { startTenantServer, type TenantServer } from '../tenantServer.ts'
import { seededApps } from '../tenantState.ts'

export interface TokenChoice {
  /** User name (`ann`), UPN or object id; absent: the application itself. */
  readonly as?: string
  /** `graph` (default), `sharepoint` (valid on all three hosts) or `https://contoso-my.sharepoint.com`. */
  readonly resource?: string
  /** Default: everything the application has consent for. */
  readonly scopes?: readonly string[]
  readonly roles?: readonly string[]
  readonly app?: 'practice' | 'unprivileged' | 'secret'
  readonly lifetimeMs?: number
}

export interface WireRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Sent as JSON. */
  readonly json?: unknown
  /** Shorthand for the Authorization header. */
  readonly token?: string
}

export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly bytes: Buffer
  json(): unknown
}

export interface TestTenant {
  readonly port: number
  /** PEM of the tenant's certificate authority. */
  readonly ca: string
  readonly tenantId: string
  readonly clientId: string
  readonly users: readonly UserRecord[]
  readonly sites: readonly SiteRecord[]
  readonly tenant: Tenant
  readonly server: TenantServer
  /** An HTTPS request to the real host name, routed to the tenant's port. */
  fetchAt(url: string, init?: WireRequest): Promise<WireReply>
  token(choice?: TokenChoice): string
  journal(): readonly JournalRow[]
  close(): Promise<void>
}

/** Keys are dear to make; the tenants of one test run share them (sharedKeys.ts). */
export const KEYS_VARIABLE = 'PORTAGE_TEST_KEYS'

/** A tenant in memory on a free port, without throttling unless asked for. */
export async function startTestTenant(options: TenantOptions = {}): Promise<TestTenant> {
  const server = await startTenantServer({
    throttling: false,
    ...(options.dataDir === undefined && process.env[KEYS_VARIABLE] ? { keysDir: process.env[KEYS_VARIABLE] } : {}),
    ...options,
  })
  const { state, tenant, tokens, port } = server
  const apps = seededApps(state.directory)
  const ca = state.authority.certificate
  const agent = new https.Agent({ keepAlive: true, ca, maxSockets: 64 })

  function token(choice: TokenChoice = {}): string {
    const app = apps[choice.app ?? 'practice']
    const resource = resourceOf(choice.resource ?? 'graph')
    if (choice.as === undefined) {
      const roles = choice.roles ?? app.application[resource.kind]
      const credential = choice.app === 'secret' ? '1' : '2'
      return tokens.mint({ app, resource, credential, subject: { kind: 'app', roles }, ...lifetime(choice) }).token
    }
    const user = state.directory.user(choice.as) ?? state.directory.user(`${choice.as}@${TENANT_NAME}.com`)
    if (user === undefined) throw new Error(`No user ${choice.as}.`)
    const scopes = choice.scopes ?? app.delegated[resource.kind]
    return tokens.mint({ app, resource, credential: '0', subject: { kind: 'user', user, scopes }, ...lifetime(choice) }).token
  }

  return {
    port,
    ca,
    tenantId: tenant.tenantId,
    clientId: apps.practice.appId,
    users: state.directory.users(),
    sites: state.sites.sites(),
    tenant,
    server,
    token,
    fetchAt: (url, init = {}) => send(url, init, { port, agent }),
    journal: () => server.journal.rows(),
    async close() {
      agent.destroy()
      await server.close()
    },
  }
}

const lifetime = (choice: TokenChoice) => (choice.lifetimeMs === undefined ? {} : { lifetimeMs: choice.lifetimeMs })

function resourceOf(name: string): Resource {
  if (name === 'graph') return { kind: 'graph', audience: 'https://graph.microsoft.com' }
  if (name === 'sharepoint') return { kind: 'sharepoint', audience: '00000003-0000-0ff1-ce00-000000000000' }
  const resource = findResource(name, sharePointHosts(TENANT_NAME))
  if (resource === undefined) throw new Error(`No resource ${name}.`)
  return resource
}

function send(url: string, init: WireRequest, to: { port: number; agent: https.Agent }): Promise<WireReply> {
  const { hostname, pathname, search } = new URL(url)
  // Sent exactly as written: URL would tidy up what some tests want to see on the wire.
  const target = url.startsWith(`https://${hostname}/`) ? url.slice(`https://${hostname}`.length) : `${pathname}${search}`
  const body = init.json === undefined ? init.body : JSON.stringify(init.json)
  const headers: Record<string, string | number> = { host: hostname, ...init.headers }
  if (init.token !== undefined) headers.authorization = `Bearer ${init.token}`
  if (init.json !== undefined) headers['content-type'] ??= 'application/json'
  if (body !== undefined && headers['transfer-encoding'] === undefined) headers['content-length'] ??= Buffer.byteLength(body)
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        host: '127.0.0.1',
        port: to.port,
        servername: hostname,
        agent: to.agent,
        method: init.method ?? (body === undefined ? 'GET' : 'POST'),
        path: target,
        headers,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(chunks)
          const text = bytes.toString('utf8')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            bytes,
            json: () => JSON.parse(text) as unknown,
          })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
