import { type AgentRow, agentRowSchema } from '../../../shared/domain/agent.ts'
import { type AuditEntry, auditEntrySchema } from '../../../shared/domain/audit.ts'
import { type IdentityPart, identityPartSchema } from '../../../shared/domain/identity.ts'
import { type FleetSettings, fleetSettingsSchema } from '../../../shared/domain/schedule.ts'
import { type Wave, waveSchema } from '../../../shared/domain/wave.ts'
import { MigrationError } from '../../../shared/errors.ts'
import type { Coordination } from '../../engine/ports/coordination.ts'
import type { Destinations } from '../../engine/ports/destination.ts'
import type { Directory } from '../../engine/ports/directory.ts'
import type { KeyedList } from '../../engine/ports/keyedList.ts'
import type { ProjectFiles } from '../../engine/ports/projectFiles.ts'
import type { Clock, Logger, Random } from '../../engine/ports/runtime.ts'
import { createPacer, type PacerShare, type PacerState } from '../../engine/throttle/pacer.ts'
import { createMsalNetwork } from '../auth/msalNetwork.ts'
import { createTokenProvider, type DeviceCodePrompt, type SecretStore, type TokenProvider } from '../auth/tokenProvider.ts'
import { CipherThreads } from '../blob/cipherThreads.ts'
import { CLOUDS, graphBase } from '../network/clouds.ts'
import { type Connection, readConnectionPart } from '../network/connectionFile.ts'
import { createPools } from '../network/pools.ts'
import { proxyFromEnvironment } from '../network/proxy.ts'
import { createSocketMap } from '../network/socketMap.ts'
import { createDestinationBrowser, type DestinationBrowser } from './browse.ts'
import { LISTS } from './coordinationList.ts'
import { prepareSite, versionSchema } from './coordinationSite.ts'
import { createDirectory } from './directory.ts'
import { createDestinations } from './driveDestination.ts'
import { createServiceClient } from './httpPipeline.ts'
import { createKeyedList } from './keyedList.ts'
import { createListCoordination } from './listCoordination.ts'
import { ownedClient } from './ownedClient.ts'
import type { PauseMemory } from './pauseFile.ts'
import { createProjectFiles } from './projectFiles.ts'
import { type AccessCheck, checkAccess } from './roles.ts'

export interface ServiceOptions {
  readonly connection: Connection
  readonly secrets: SecretStore
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Keeps waits that the service asked for across processes; absent, a new process begins without any. */
  readonly pauses?: PauseMemory
  /** Of Portage; names the traffic. */
  readonly version?: string
  /** Environment of the process, for HTTPS_PROXY and NO_PROXY. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly openUrl?: (url: string) => Promise<void>
  readonly showDeviceCode?: (prompt: DeviceCodePrompt) => void
}

/** One tenant, connected: everything that speaks to it shares its sockets, its sign-in and its budget. */
export interface Service {
  readonly tokens: TokenProvider
  readonly destinations: Destinations
  /** For one round of an agent: nothing of it leaves any more when `whyNot` gives an error. */
  destinationsOf(whyNot: () => MigrationError | undefined): Destinations
  readonly coordination: Coordination
  /** Parts of large tasks: rows of the same rules, whose task names what it is a part of. */
  readonly shards: Coordination
  /** By agent id. */
  readonly agents: KeyedList<AgentRow>
  readonly settings: KeyedList<FleetSettings>
  readonly audit: KeyedList<AuditEntry>
  /** Whom accounts of the sources are, for the whole project; rows of the settings list. */
  readonly identities: KeyedList<IdentityPart>
  readonly waves: KeyedList<Wave>
  /** The library of the project. */
  readonly files: ProjectFiles
  /**
   * Creates or adopts the lists of the coordination site, upgrades those of earlier versions in place, and with `repairs` mends damaged ones
   * (no agent may work meanwhile). Returns what was mended, in words. Errors: CRD_SITE_NOT_FOUND, CRD_LISTS_MISSING, CRD_LISTS_NEWER.
   */
  prepareSite(options: { readonly repairs: boolean; readonly signal: AbortSignal }): Promise<readonly string[]>
  /** Who is who in the tenant. */
  readonly directory: Directory
  /** What people choose destinations from. */
  readonly browser: DestinationBrowser
  /** What this sign-in is and may do, with a fix for whatever is missing. Never throws for a failed check. */
  checks(signal: AbortSignal): Promise<readonly AccessCheck[]>
  throttleSnapshot(): PacerState
  /** Nothing is sent before `delayMs` has passed: the service asked that of another agent of the fleet. */
  holdBack(delayMs: number): void
  /** What this install may take of the budget that it shares with other agents. */
  shareBudget(share: PacerShare): void
  /** Resource units of all requests so far, at the published prices. */
  spentUnits(): number
  close(): Promise<void>
}

/** Touches the network only when used. Errors: INPUT_CONNECTION_FILE. */
export async function createService(options: ServiceOptions): Promise<Service> {
  const { connection, secrets, clock, random, logger, pauses } = options
  const { caFile } = connection.network
  const sockets = createSocketMap({
    network: connection.network,
    proxies: readProxies(options.env ?? process.env),
    ...(caFile === undefined ? {} : { extraCa: await readConnectionPart('network.caFile', caFile) }),
  })
  const pools = createPools(sockets)
  const ciphers = new CipherThreads()
  const tokens = await createTokenProvider({
    connection,
    network: createMsalNetwork({ pools, sockets, now: () => clock.now() }),
    secrets,
    clock,
    logger,
    ...(options.openUrl === undefined ? {} : { openUrl: options.openUrl }),
    ...(options.showDeviceCode === undefined ? {} : { showDeviceCode: options.showDeviceCode }),
  })
  const pacer = createPacer({
    clock,
    random,
    pausedUntilMs: pauses?.untilMs(),
    onPause: (untilMs) => pauses?.remember(untilMs),
    ...(connection.network.requestsMax === undefined ? {} : { maxConcurrency: connection.network.requestsMax }),
  })
  const client = createServiceClient({
    graphBase: graphBase(connection.cloud),
    version: options.version ?? '0.1.0',
    tokens,
    pacer,
    sockets,
    pools,
    clock,
    random,
    logger,
  })
  const lists = { client, siteUrl: connection.coordinationSite, random }
  const coordination = createListCoordination(lists)
  const shards = createListCoordination({ ...lists, definition: LISTS.shards })
  const agents = createKeyedList({ ...lists, definition: LISTS.agents, schema: agentRowSchema })
  const audit = createKeyedList({ ...lists, definition: LISTS.audit, schema: auditEntrySchema })
  const files = createProjectFiles(lists)
  const places = {
    tenantId: connection.tenantId,
    store: CLOUDS[connection.cloud].hasMigrationApi
      ? {
          pools,
          sockets,
          ciphers,
          retry: <T>(operation: () => Promise<T>, signal: AbortSignal) => client.retry(operation, signal),
        }
      : undefined,
  }
  const versions = createKeyedList({ ...lists, definition: LISTS.settings, schema: versionSchema })
  return {
    tokens,
    destinations: createDestinations(client, places),
    destinationsOf: (whyNot) => createDestinations(ownedClient(client, whyNot), places),
    coordination,
    shards,
    agents,
    settings: createKeyedList({ ...lists, definition: LISTS.settings, schema: fleetSettingsSchema }),
    audit,
    waves: createKeyedList({ ...lists, definition: LISTS.settings, schema: waveSchema }),
    identities: createKeyedList({ ...lists, definition: LISTS.settings, schema: identityPartSchema }),
    files,
    prepareSite: (how) => prepareSite({ ...lists, coordination, shards, others: [agents, audit, files], versions }, how),
    directory: createDirectory(client),
    browser: createDestinationBrowser(client),
    checks: (signal) => checkAccess({ client, tokens, connection }, signal),
    throttleSnapshot: () => pacer.state(),
    holdBack: (delayMs) => pacer.report({ kind: 'throttled', delayMs }),
    shareBudget: (share) => pacer.share(share),
    spentUnits: () => client.spentUnits(),
    async close() {
      await Promise.all([pools.close(), ciphers.close()])
      sockets.close()
    },
  }
}

function readProxies(env: Readonly<Record<string, string | undefined>>) {
  try {
    return proxyFromEnvironment(env)
  } catch {
    throw new MigrationError('INPUT_SETTINGS', 'HTTPS_PROXY is not an address.', {
      remedy: { kind: 'stopTask' },
      fix: 'Set HTTPS_PROXY to an address like http://proxy.contoso.com:3128, or remove it.',
    })
  }
}
