import path from 'node:path'
import { writeConnectionFile } from './connectionFile.ts'
import { type ControlRequest, callControl, findRunning, forgetRunning, noteRunning } from './control/controlClient.ts'
import { servedHosts } from './core/services.ts'
import type { TenantOptions } from './core/tenantOptions.ts'
import type { PracticeToken } from './identity/practiceToken.ts'
import { GLOBAL_ADMINISTRATOR, SHAREPOINT_ADMINISTRATOR } from './identity/seed.ts'
import { TENANT_NAME } from './store/siteSeed.ts'
import { startTenantServer, type TenantServer } from './tenantServer.ts'
import { seededApps } from './tenantState.ts'

export type { ServiceBehaviour } from './core/behaviour.ts'
export type { JournalRow, JournalSummary } from './core/requestJournal.ts'
export type { TenantOptions } from './core/tenantOptions.ts'
export type { PracticeToken } from './identity/practiceToken.ts'

export interface TenantUser {
  readonly upn: string
  readonly displayName: string
  readonly password: string
  readonly roles: readonly string[]
}

export interface TenantSite {
  readonly url: string
  readonly title: string
  readonly libraries: readonly string[]
}

/** What `portage tenant start --json` prints. */
export interface TenantDescription {
  readonly connectionFile: string
  readonly port: number
  readonly caFile: string
  readonly dataDir: string
  readonly hosts: readonly string[]
  readonly tenantId: string
  readonly clientId: string
  readonly users: readonly TenantUser[]
  readonly sites: readonly TenantSite[]
}

export interface RunningTenant extends TenantDescription {
  /** Secret of the control host; also in the data folder, readable by its owner only. */
  readonly controlToken: string
  /** One call of the control host: `control('/journal/summary')`, `control('/clock/advance', { body: { ms: 60_000 } })`. */
  control(target: string, init?: ControlRequest): Promise<unknown>
  /** Ends connections, writes what has to survive; with a temporary data folder everything is gone afterwards. May be called twice. */
  close(): Promise<void>
  /** Resolves when the tenant has closed, also when the control host was told to stop it. */
  readonly stopped: Promise<void>
}

/** Starts a practice tenant on loopback. Rejects when the port is taken, the data folder is in use or the fault script is not valid. */
export async function startTenant(options: TenantOptions = {}): Promise<RunningTenant> {
  const ended = Promise.withResolvers<void>()
  let closing: Promise<void> | undefined
  const server = await startTenantServer(options, { describe: () => description, stop: () => void close() })
  const { state, port, controlToken } = server
  const caFile = state.authority.certificateFile
  const clientId = seededApps(state.directory).practice.appId
  const connectionFile = writeConnectionFile({
    dataDir: state.dataDir,
    port,
    tenantId: state.tenantId,
    clientId,
    caFile,
    certificateFile: state.appCertificate.certificateFile,
    privateKeyFile: state.appCertificate.privateKeyFile,
  })
  noteRunning(state.dataDir, { port, caFile })
  const description: TenantDescription = { ...describeServer(server), connectionFile, clientId }

  function close(): Promise<void> {
    closing ??= server.close().then(() => {
      if (!state.isTemporary) forgetRunning(state.dataDir)
      ended.resolve()
    })
    return closing
  }

  return {
    ...description,
    controlToken,
    control: (target, init) => callControl({ port, ca: state.authority.certificate, token: controlToken }, target, init),
    close,
    stopped: ended.promise,
  }
}

/** The public facts of a running tenant, without its secrets except the made-up passwords. */
export function describeTenant(tenant: TenantDescription): TenantDescription {
  const { connectionFile, port, caFile, dataDir, hosts, tenantId, clientId, users, sites } = tenant
  return { connectionFile, port, caFile, dataDir, hosts, tenantId, clientId, users, sites }
}

export interface PracticeTokenRequest {
  readonly dataDir: string
  /** Whom the token speaks for; absent: the application itself. */
  readonly upn?: string
  /** Application id or display name; absent: the practice application. */
  readonly app?: string
  /** `https://graph.microsoft.com` (default) or `https://contoso.sharepoint.com`. */
  readonly resource?: string
}

/** A token set without signing in, for other clients (rclone, scripts). The tenant of `dataDir` has to be running. */
export async function practiceToken(request: PracticeTokenRequest): Promise<PracticeToken> {
  const { dataDir, ...body } = request
  const answer = await callTenant(dataDir, '/identity/token', { body })
  // The control host of this very module answers.
  return answer as PracticeToken
}

/** One call of the control host of the tenant that runs in a data folder: `/stop`, `/journal/summary`… Rejects when none runs there. */
export function callTenant(dataDir: string, target: string, init?: ControlRequest): Promise<unknown> {
  const running = findRunning(path.resolve(dataDir))
  if (running === undefined) return Promise.reject(new Error(`No practice tenant runs in ${dataDir}.`))
  return callControl(running, target, init)
}

const ROLE_NAMES: Readonly<Record<string, string>> = {
  [GLOBAL_ADMINISTRATOR]: 'Global Administrator',
  [SHAREPOINT_ADMINISTRATOR]: 'SharePoint Administrator',
}

function describeServer({ port, state }: TenantServer): Omit<TenantDescription, 'connectionFile' | 'clientId'> {
  return {
    port,
    caFile: state.authority.certificateFile,
    dataDir: state.dataDir,
    hosts: servedHosts(TENANT_NAME),
    tenantId: state.tenantId,
    users: state.directory.users().map(({ upn, displayName, password, roleTemplateIds }) => ({
      upn,
      displayName,
      password,
      roles: roleTemplateIds.map((id) => ROLE_NAMES[id] ?? id),
    })),
    sites: state.sites.sites().map(({ hostname, path: sitePath, title, siteId }) => ({
      url: `https://${hostname}${sitePath}`,
      title,
      libraries: state.sites.libraries(siteId).map((library) => library.title),
    })),
  }
}
