import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { prepareControlToken } from './control/controlToken.ts'
import { createControlRoutes } from './control/routes.ts'
import { createDispatcher } from './core/dispatch.ts'
import { parseFaultFile } from './core/faultFile.ts'
import { createFaultEngine, type FaultEngine } from './core/faults.ts'
import { createRequestJournal, type RequestJournal } from './core/requestJournal.ts'
import { routes } from './core/routes.ts'
import { createRouteTable } from './core/routeTable.ts'
import { IncomingRequest } from './core/serviceRequest.ts'
import { createServiceMap, sharePointHosts } from './core/services.ts'
import type { Tenant } from './core/tenant.ts'
import type { TenantOptions } from './core/tenantOptions.ts'
import { createThrottleEngine, type ThrottleEngine } from './core/throttle.ts'
import { createWire } from './core/wire.ts'
import { resumeOfficeRewrites } from './drive/officeRewrite.ts'
import { createBearerCheck } from './identity/bearer.ts'
import { createGrants } from './identity/grants.ts'
import type { IdentityDeps } from './identity/identityService.ts'
import { keySet } from './identity/metadata.ts'
import { createIdentityRoutes } from './identity/routes.ts'
import { createTokenService, type TokenService } from './identity/tokens.ts'
import { createMigrationService } from './migration/migrationService.ts'
import { TENANT_NAME } from './store/siteSeed.ts'
import { openTenantState, type TenantState } from './tenantState.ts'
import { createFrontDoor } from './tls/frontDoor.ts'

const LONGEST_GOODBYE_MS = 1_000

/** A practice tenant with everything inside it, for tests that look behind the wire. */
export interface TenantServer {
  readonly port: number
  readonly state: TenantState
  readonly tenant: Tenant
  readonly tokens: TokenService
  readonly journal: RequestJournal
  readonly throttle: ThrottleEngine
  readonly faults: FaultEngine
  readonly identity: IdentityDeps
  readonly controlToken: string
  close(): Promise<void>
}

/** What the control host asks of whoever started the tenant. */
export interface TenantOwner {
  readonly describe: () => object
  readonly stop: () => void
}

/** Starts a tenant on loopback. Rejects when the port is taken or the fault script is not valid; nothing is left running then. */
export async function startTenantServer(
  options: TenantOptions = {},
  owner: TenantOwner = { describe: () => ({}), stop: () => {} },
): Promise<TenantServer> {
  const script = options.faultsFile === undefined ? undefined : parseFaultFile(fs.readFileSync(options.faultsFile, 'utf8'))
  const state = await openTenantState(options)
  const { clock, behaviour, tenantId, db, directory, sites, items, content, random } = state
  const tokens = createTokenService({ tenantId, key: state.signingKey, clock, random: state.chance('tokens'), db })
  const bearer = createBearerCheck({ tokens, clock, tenantId })
  const journal = createRequestJournal(path.join(state.dataDir, 'requests.jsonl'))
  const throttle = createThrottleEngine({ behaviour, clock, random: state.chance('throttle') })
  const faults = createFaultEngine({ clock, seed: state.seed, bearer })
  if (script !== undefined) faults.add(script)

  const tenant: Tenant = {
    tenantId,
    name: TENANT_NAME,
    clock,
    random,
    db,
    content,
    directory,
    sites,
    items,
    behaviour,
    faults: faults.switches,
    get migration() {
      return migration
    },
    async dispatch(part, batch) {
      const answer = await dispatcher.answer(
        part instanceof IncomingRequest ? part : adopt(part),
        batch === undefined ? {} : { batch },
      )
      // The bytes of a part are counted with the batch that carries it.
      if (batch === undefined) answer.settle({ bytesOut: 0, isWhole: true })
      return answer.reply
    },
    later: (atMs, work) => void clock.schedule(atMs, work),
  }
  resumeOfficeRewrites(tenant)
  const migration = createMigrationService({ tenant, dataDir: state.dataDir, random: state.chance('migration') })
  const controlToken = prepareControlToken(state.dataDir)
  const identity = createIdentity(state, tokens)
  const table = createRouteTable([
    ...createIdentityRoutes(identity),
    ...createControlRoutes({
      token: controlToken,
      clock,
      random: state.chance('control'),
      journal,
      faults,
      throttle,
      identity,
      ...owner,
    }),
    ...routes,
  ])
  const dispatcher = createDispatcher({ tenant, routes: table, bearer, journal, throttle, faults })
  const serviceOf = createServiceMap(TENANT_NAME)
  const serve = createWire({ serviceOf, dispatcher, clock, requestIds: state.chance('requests'), latencyMs: behaviour.latencyMs })
  const inFlight = new Set<Promise<void>>()
  let isClosing = false
  const door = createFrontDoor({
    certificate: state.hostCertificate,
    serves: (host) => serviceOf(host) !== undefined,
    breaksHandshake: faults.breaksHandshake,
    onRequest: (request, response, cut) => {
      const served = serve(request, response, cut).catch((error: unknown) => {
        response.destroy()
        if (!isClosing) console.error('practice tenant:', error)
      })
      inFlight.add(served)
      void served.finally(() => inFlight.delete(served))
    },
  })

  async function close(): Promise<void> {
    isClosing = true
    await door.close()
    // Handlers still at work need the database; a scripted delay is not waited for.
    await Promise.race([Promise.allSettled(inFlight), sleep(LONGEST_GOODBYE_MS, undefined, { ref: false })])
    await migration.close()
    journal.close()
    state.close()
  }

  try {
    const port = await door.listen(options.port ?? 0)
    migration.resume()
    return { port, state, tenant, tokens, journal, throttle, faults, identity, controlToken, close }
  } catch (error) {
    journal.close()
    state.close()
    throw error
  }
}

function createIdentity(state: TenantState, tokens: TokenService): IdentityDeps {
  const { clock, db, directory, tenantId } = state
  return {
    tenantId,
    domain: `${TENANT_NAME}.com`,
    hosts: sharePointHosts(TENANT_NAME),
    directory,
    clock,
    random: state.chance('sign-in'),
    tokens,
    grants: createGrants({ db, clock, random: state.chance('grants'), tokens }),
    publicKeys: () => keySet(state.signingKey, tenantId),
    orderedRefusals: [],
  }
}

/** A `$batch` part that a handler made as a plain object. */
function adopt(part: Parameters<Tenant['dispatch']>[0]): IncomingRequest {
  const { id, method, host, service, headers, receivedAt, remoteAddress, body, url } = part
  const target = `${part.rawPath}${url.search}`
  return new IncomingRequest({ id, method, host, service, target, headers, receivedAt, remoteAddress, body })
}
