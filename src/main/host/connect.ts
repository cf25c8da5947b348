import path from 'node:path'
import { MigrationError } from '../../shared/errors.ts'
import { type Connection, parseConnection, readConnectionFile } from '../adapters/network/connectionFile.ts'
import type { AccessCheck } from '../adapters/sharepoint/roles.ts'
import { isPresent } from '../engine/coordinate/release.ts'
import { type Host, type HostEnvironment, openHost } from './createHost.ts'
import { writeWhole } from './workFolder.ts'

export interface ConnectRequest {
  /** A connection file; its values may be overridden by the rest. */
  readonly file: string | undefined
  readonly tenant: string | undefined
  readonly clientId: string | undefined
  readonly coordinationSite: string | undefined
  readonly cloud: string | undefined
  readonly auth: Connection['auth'] | undefined
  /** Mends damaged lists. Refused while agents are at work. */
  readonly repairs?: boolean
}

export interface ConnectResult {
  readonly isConnected: boolean
  readonly tenantId: string
  readonly coordinationSite: string
  readonly checks: readonly AccessCheck[]
  /** How secrets are kept on this machine, in words. */
  readonly secretProtection: string
  /** What was mended, in words. */
  readonly repaired: readonly string[]
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
    let repaired: readonly string[] = []
    if (isConnected) {
      if (request.repairs === true) await refuseWhileAgentsWork(host, signal)
      repaired = await host.service.prepareSite({ repairs: request.repairs === true, signal })
      writeWhole(environment.workFolder.connectionFile, JSON.stringify(connection, null, 2))
    }
    return {
      isConnected,
      tenantId: connection.tenantId,
      coordinationSite: connection.coordinationSite,
      checks,
      secretProtection: host.secrets.describe(),
      repaired,
    }
  } finally {
    await host.close()
  }
}

/** Agents keep to the list that they know: one that is set aside would be changed on by them. A list of agents that is damaged itself knows none. */
async function refuseWhileAgentsWork(host: Host, signal: AbortSignal): Promise<void> {
  const rows = await host.service.agents.list(signal).catch((thrown: unknown) => {
    if (thrown instanceof MigrationError && thrown.code === 'CRD_LISTS_MISSING') return []
    throw thrown
  })
  const present = rows.filter((row) => isPresent(row, host.service.coordination.serverNow())).map(({ value }) => value.terms.name)
  if (present.length === 0) return
  throw new MigrationError('INPUT_USAGE', `Lists are not repaired while agents work: ${present.join(', ')}.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Stop them (Ctrl-C there), wait until "portage agent list" shows none at work, and repeat.',
  })
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
