import path from 'node:path'
import { type Connection, parseConnection, readConnectionFile } from '../adapters/network/connectionFile.ts'
import type { AccessCheck } from '../adapters/sharepoint/roles.ts'
import { type HostEnvironment, openHost } from './createHost.ts'
import { writeWhole } from './workFolder.ts'

export interface ConnectRequest {
  /** A connection file; its values may be overridden by the rest. */
  readonly file: string | undefined
  readonly tenant: string | undefined
  readonly clientId: string | undefined
  readonly coordinationSite: string | undefined
  readonly cloud: string | undefined
  readonly auth: Connection['auth'] | undefined
}

export interface ConnectResult {
  readonly isConnected: boolean
  readonly tenantId: string
  readonly coordinationSite: string
  readonly checks: readonly AccessCheck[]
  /** How secrets are kept on this machine, in words. */
  readonly secretProtection: string
}

/**
 * Signs in, checks roles and access, prepares the task list, and only then remembers the connection: a connect that fails leaves the
 * former one in place.
 */
export async function connect(
  environment: HostEnvironment,
  request: ConnectRequest,
  signal: AbortSignal,
): Promise<ConnectResult> {
  const connection = await wantedConnection(request)
  const host = await openHost(environment, connection)
  try {
    // A person signs in here and nowhere else: later commands renew silently. An app needs no page, its checks say what is wrong.
    if (!host.service.tokens.isApp) await host.service.tokens.signIn(signal)
    const checks = await host.service.checks(signal)
    const isConnected = checks.every((check) => check.ok)
    if (isConnected) {
      await host.service.coordination.prepare(signal)
      writeWhole(environment.workFolder.connectionFile, JSON.stringify(connection, null, 2))
    }
    return {
      isConnected,
      tenantId: connection.tenantId,
      coordinationSite: connection.coordinationSite,
      checks,
      secretProtection: host.secrets.describe(),
    }
  } finally {
    await host.close()
  }
}

async function wantedConnection(request: ConnectRequest): Promise<Connection> {
  if (request.file !== undefined) {
    const connection = await readConnectionFile(path.resolve(request.file))
    return parseConnection(
      JSON.stringify({
        ...connection,
        ...(request.tenant === undefined ? {} : { tenantId: request.tenant }),
        ...(request.clientId === undefined ? {} : { clientId: request.clientId }),
        ...(request.coordinationSite === undefined ? {} : { coordinationSite: request.coordinationSite }),
        ...(request.auth === undefined ? {} : { auth: request.auth }),
      }),
      request.file,
    )
  }
  const site = request.coordinationSite ?? ''
  const host = URL.canParse(site) ? new URL(site).hostname : ''
  return parseConnection(
    JSON.stringify({
      kind: 'portage-connection',
      version: 1,
      ...(request.cloud === undefined ? {} : { cloud: request.cloud }),
      tenantId: request.tenant,
      clientId: request.clientId,
      tenantName: host.split('.')[0],
      rootSite: `https://${host}`,
      coordinationSite: site,
      auth: request.auth,
    }),
    'from the command line',
  )
}
