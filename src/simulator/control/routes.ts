import { z } from 'zod'
import { faultFileSchema } from '../core/faultFile.ts'
import type { FaultEngine } from '../core/faults.ts'
import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import type { Random } from '../core/random.ts'
import type { RequestJournal } from '../core/requestJournal.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { TenantClock } from '../core/tenantClock.ts'
import type { ThrottleEngine } from '../core/throttle.ts'
import type { IdentityDeps } from '../identity/identityService.ts'
import { mintPracticeToken, practiceTokenSchema } from '../identity/practiceToken.ts'
import { isControlToken } from './controlToken.ts'
import { groupSchema, personSchema, writeGroup, writePerson } from './directoryChanges.ts'

export interface ControlDeps {
  readonly token: string
  readonly clock: TenantClock
  readonly random: Random
  readonly journal: RequestJournal
  readonly faults: FaultEngine
  readonly throttle: ThrottleEngine
  readonly identity: IdentityDeps
  readonly describe: () => object
  readonly stop: () => void
}

const LARGEST_BODY_BYTES = 4 * 1024 * 1024
const LARGEST_PAGE = 10_000

const advanceSchema = z.strictObject({
  ms: z
    .number()
    .min(0)
    .max(400 * 24 * 3_600_000),
})
const revokeSchema = z.strictObject({ upn: z.string(), access: z.boolean().default(true), refresh: z.boolean().default(true) })
const refusalSchema = z.strictObject({
  number: z.number().int().min(1),
  error: z.string().optional(),
  suberror: z.string().optional(),
  upn: z.string().optional(),
  appId: z.string().optional(),
  grantType: z.string().optional(),
  times: z.number().int().min(1).default(1),
})
const deviceSchema = z.strictObject({ userCode: z.string(), upn: z.string().optional(), outcome: z.enum(['approve', 'decline']) })
const blockSchema = z.strictObject({ appId: z.string(), isBlocked: z.boolean() })

/** Operations of the control host, which steers the tenant itself. Every one needs the control token. */
export function createControlRoutes(deps: ControlDeps): readonly Route[] {
  const { clock, faults, identity, journal, random, throttle } = deps

  function route(
    name: string,
    method: string,
    path: string,
    handle: (request: ServiceRequest) => Promise<ServiceReply> | ServiceReply,
  ): Route {
    return {
      name: `control.${name}`,
      service: 'control',
      methods: [method],
      match: (rawPath) => (rawPath === path ? {} : undefined),
      resourceUnits: 0,
      access: 'anonymous',
      handle(request) {
        if (!isControlToken(deps.token, request.headers.authorization)) {
          throw new ServiceError(401, 'unauthorized', 'The control token of the data folder is needed.')
        }
        return handle(request)
      },
    }
  }

  function userOf(upn: string) {
    const user = identity.directory.user(upn)
    if (user === undefined) throw new ServiceError(404, 'notFound', `There is no user ${upn}.`)
    return user
  }

  const ok = (body: object): ServiceReply => ({ status: 200, body })

  return [
    route('tenant.show', 'GET', '/', () => ok(deps.describe())),
    route('tenant.stop', 'POST', '/stop', () => {
      setImmediate(deps.stop)
      return { status: 202, body: { stopping: true } }
    }),
    route('journal.list', 'GET', '/journal', async ({ url }) => {
      const after = Number(url.searchParams.get('after') ?? 0) || 0
      const limit = Math.min(LARGEST_PAGE, Number(url.searchParams.get('limit') ?? 1_000) || 1_000)
      return ok({ rows: await journal.page({ after, limit }) })
    }),
    route('journal.summary', 'GET', '/journal/summary', () => ok(journal.summary())),
    route('clock.show', 'GET', '/clock', () => ok({ nowMs: clock.now(), offsetMs: clock.offsetMs() })),
    route('clock.advance', 'POST', '/clock/advance', async (request) => {
      clock.advance((await read(request, advanceSchema)).ms)
      return ok({ nowMs: clock.now(), offsetMs: clock.offsetMs() })
    }),
    route('faults.list', 'GET', '/faults', () => ok({ faults: faults.report() })),
    route('faults.add', 'POST', '/faults', async (request) => {
      faults.add(await read(request, faultFileSchema))
      return ok({ faults: faults.report() })
    }),
    route('faults.clear', 'DELETE', '/faults', () => {
      const report = faults.report()
      faults.clear()
      return ok({ faults: report })
    }),
    route('throttle.show', 'GET', '/throttle', () => ok({ windows: throttle.usage() })),
    route('throttle.block', 'POST', '/throttle/block', async (request) => {
      const { appId, isBlocked } = await read(request, blockSchema)
      throttle.setBlocked(appId, isBlocked)
      return ok({ appId, isBlocked })
    }),
    route('identity.token', 'POST', '/identity/token', async (request) => {
      return ok(mintPracticeToken(identity, await read(request, practiceTokenSchema)))
    }),
    route('identity.revoke', 'POST', '/identity/revoke', async (request) => {
      const { upn, access, refresh } = await read(request, revokeSchema)
      // An application id in place of a user name stands for its service principal.
      const subjectId = identity.directory.app(upn)?.servicePrincipalId ?? userOf(upn).objectId
      if (access) identity.tokens.revokeAccess(subjectId)
      if (refresh) identity.tokens.revokeRefresh(subjectId)
      return ok({ upn, access, refresh })
    }),
    route('identity.user', 'POST', '/identity/user', async (request) =>
      ok(writePerson({ directory: identity.directory, random, clock }, await read(request, personSchema))),
    ),
    route('identity.group', 'POST', '/identity/group', async (request) =>
      ok(writeGroup(identity.directory, random, await read(request, groupSchema))),
    ),
    route('identity.refuse', 'POST', '/identity/refuse', async (request) => {
      const { number, times, ...given } = await read(request, refusalSchema)
      identity.orderedRefusals.push({ number, times, ...withoutUndefined(given) })
      return ok({ ordered: identity.orderedRefusals.length })
    }),
    route('identity.device', 'POST', '/identity/device', async (request) => {
      const { userCode, upn, outcome } = await read(request, deviceSchema)
      const grant = identity.grants.deviceByUserCode(userCode)
      if (grant === undefined || grant.state !== 'pending')
        throw new ServiceError(404, 'notFound', 'No device waits with this code.')
      if (outcome === 'approve') grant.userId = userOf(upn ?? '').objectId
      grant.state = outcome === 'approve' ? 'approved' : 'declined'
      return ok({ userCode, state: grant.state })
    }),
  ]
}

async function read<Schema extends z.ZodType>(request: ServiceRequest, schema: Schema): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(await request.json(LARGEST_BODY_BYTES))
  if (!parsed.success) throw new ServiceError(400, 'invalidRequest', z.prettifyError(parsed.error))
  return parsed.data
}

function withoutUndefined<Given extends object>(given: Given): { [Key in keyof Given]?: Exclude<Given[Key], undefined> } {
  const kept: { [Key in keyof Given]?: Exclude<Given[Key], undefined> } = {}
  for (const [name, value] of Object.entries(given)) if (value !== undefined) Reflect.set(kept, name, value)
  return kept
}
