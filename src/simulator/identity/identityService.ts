import type { Clock } from '../core/clock.ts'
import type { ServiceReply, ServiceRequest } from '../core/http.ts'
import type { Random } from '../core/random.ts'
import { LOGIN_HOST, type SharePointHosts } from '../core/services.ts'
import type { AppRecord, Directory, UserRecord } from './directory.ts'
import type { Grants } from './grants.ts'
import { needsAdministrator, type ResourceKind } from './resources.ts'
import { type ResourceScopes, readScopes, type ScopeRequest, singleResource } from './scopes.ts'
import { GLOBAL_ADMINISTRATOR } from './seed.ts'
import { SignInError } from './signInError.ts'
import type { TokenService } from './tokens.ts'

/** A refusal that a test has ordered for the next token requests. */
export interface OrderedRefusal {
  readonly number: number
  readonly error?: string
  readonly suberror?: string
  /** Empty or absent: any. */
  readonly upn?: string
  readonly appId?: string
  readonly grantType?: string
  times: number
}

/** What every part of sign-in stands on. */
export interface IdentityDeps {
  readonly tenantId: string
  readonly domain: string
  readonly hosts: SharePointHosts
  readonly directory: Directory
  readonly clock: Clock
  readonly random: Random
  readonly tokens: TokenService
  readonly grants: Grants
  readonly publicKeys: () => object
  readonly orderedRefusals: OrderedRefusal[]
}

export interface MissingConsent {
  readonly resource: ResourceKind
  readonly scopes: readonly string[]
}

/** Throws AADSTS90002 unless the path's tenant is this one or stands for any. */
export function checkTenant(deps: IdentityDeps, segment: string): void {
  const name = decodeURIComponent(segment).toLowerCase()
  const known = [deps.tenantId, deps.domain, deps.domain.replace(/\.com$/, '.onmicrosoft.com'), 'common', 'organizations']
  if (!known.includes(name)) throw new SignInError(90002, [name])
}

/** Which of the asked permissions nobody has consented to yet. */
export function missingConsents(
  deps: IdentityDeps,
  app: AppRecord,
  user: UserRecord,
  request: ScopeRequest,
): readonly MissingConsent[] {
  const missing: MissingConsent[] = []
  for (const { resource, scopes } of request.resources) {
    const consented = deps.grants.consented(app, user, resource.kind)
    const absent = scopes.filter((scope) => !consented.includes(scope))
    if (absent.length > 0) missing.push({ resource: resource.kind, scopes: absent })
  }
  return missing
}

export function isAdministrator(user: UserRecord): boolean {
  return user.roleTemplateIds.includes(GLOBAL_ADMINISTRATOR)
}

/** Whether this user may consent to these permissions. */
export function mayConsent(user: UserRecord, missing: readonly MissingConsent[]): boolean {
  return isAdministrator(user) || missing.every(({ scopes }) => !scopes.some(needsAdministrator))
}

/** The `{uid, utid}` that MSAL's account cache lives on. */
export function clientInfo(deps: IdentityDeps, user: UserRecord): string {
  return Buffer.from(JSON.stringify({ uid: user.objectId, utid: deps.tenantId }), 'utf8').toString('base64url')
}

export interface UserTokenRequest {
  readonly app: AppRecord
  readonly user: UserRecord
  readonly credential: '0' | '1' | '2'
  /** What the token request itself asked for, or what sign-in was granted. */
  readonly scopeText: string
  readonly wantsClientInfo: boolean
  readonly nonce?: string | undefined
  readonly claims?: string | null
}

/** A delegated token response [A.7]. Throws AADSTS65001 where consent is missing, 28000 for two resources, 50057 for a disabled user. */
export function userTokenResponse(deps: IdentityDeps, request: UserTokenRequest): object {
  const { app, user, credential, scopeText } = request
  if (!user.isEnabled) throw new SignInError(50057)
  const asked = readScopes(scopeText, deps.hosts, app.displayName)
  const { resource, scopes, isDefault, asked: words } = singleResource(asked, scopeText)
  const consented = deps.grants.consented(app, user, resource.kind)
  const isMissing = scopes.some((scope) => !consented.includes(scope)) || (isDefault && consented.length === 0)
  if (isMissing) throw new SignInError(65001, [app.appId, app.displayName])
  const minted = deps.tokens.mint({
    app,
    resource,
    credential,
    subject: { kind: 'user', user, scopes: [...consented, ...[...asked.oidc].filter((scope) => scope !== 'offline_access')] },
    isChallengeAware: isChallengeAware(request.claims),
  })
  const expiresIn = Math.floor(minted.expiresInMs / 1000)
  return {
    token_type: 'Bearer',
    scope: grantedScope({ resource, scopes, isDefault, asked: words }, consented, asked.oidc),
    expires_in: expiresIn,
    ext_expires_in: expiresIn,
    refresh_in: Math.floor(expiresIn / 2),
    access_token: minted.token,
    ...(asked.oidc.has('offline_access')
      ? { refresh_token: deps.grants.issueRefresh({ appId: app.appId, userId: user.objectId, scope: scopeText }) }
      : {}),
    ...(asked.oidc.has('openid') ? { id_token: idToken(deps, app, user, request.nonce) } : {}),
    ...(request.wantsClientInfo ? { client_info: clientInfo(deps, user) } : {}),
  }
}

/** Clients look tokens up by the words they asked with, so these come back; for `.default` all that it stands for as well. */
function grantedScope(asked: ResourceScopes, consented: readonly string[], oidc: ReadonlySet<string>): string {
  const prefix = `${asked.resource.audience}/`
  const words = new Set(asked.asked)
  if (asked.isDefault) for (const scope of consented) words.add(`${prefix}${scope}`)
  for (const scope of oidc) if (scope !== 'offline_access') words.add(scope)
  return [...words].join(' ')
}

function idToken(deps: IdentityDeps, app: AppRecord, user: UserRecord, nonce: string | undefined): string {
  const nowS = Math.floor(deps.clock.now() / 1000)
  return deps.tokens.sign({
    aud: app.appId,
    iss: `https://${LOGIN_HOST}/${deps.tenantId}/v2.0`,
    iat: nowS,
    nbf: nowS,
    exp: nowS + 3600,
    name: user.displayName,
    ...(nonce === undefined ? {} : { nonce }),
    oid: user.objectId,
    preferred_username: user.upn,
    sub: user.objectId,
    tid: deps.tenantId,
    wids: user.roleTemplateIds,
    ver: '2.0',
  })
}

function isChallengeAware(claims: string | null | undefined): boolean {
  return typeof claims === 'string' && /"xms_cc"/.test(claims) && /cp1/i.test(claims)
}

/** The first refusal that a test has ordered and that fits. */
export function takeOrderedRefusal(
  deps: IdentityDeps,
  subject: { readonly upn?: string; readonly appId?: string; readonly grantType: string },
): SignInError | undefined {
  const fits = (wanted: string | undefined, actual: string | undefined) =>
    wanted === undefined || wanted.toLowerCase() === actual?.toLowerCase()
  const index = deps.orderedRefusals.findIndex(
    (refusal) =>
      fits(refusal.upn, subject.upn) && fits(refusal.appId, subject.appId) && fits(refusal.grantType, subject.grantType),
  )
  const refusal = deps.orderedRefusals[index]
  if (refusal === undefined) return undefined
  refusal.times--
  if (refusal.times <= 0) deps.orderedRefusals.splice(index, 1)
  const change = {
    ...(refusal.error === undefined ? {} : { error: refusal.error }),
    ...(refusal.suberror === undefined ? {} : { suberror: refusal.suberror }),
  }
  return new SignInError(refusal.number, [subject.appId ?? ''], change)
}

const LARGEST_FORM_BYTES = 64 * 1024

export async function readForm(request: ServiceRequest): Promise<URLSearchParams> {
  return new URLSearchParams((await request.bytes(LARGEST_FORM_BYTES)).toString('utf8'))
}

/** Runs an endpoint that answers in JSON. */
export async function answerJson(
  deps: IdentityDeps,
  request: ServiceRequest,
  work: () => Promise<object>,
): Promise<ServiceReply> {
  try {
    return { status: 200, headers: { pragma: 'no-cache' }, body: await work() }
  } catch (error) {
    throw error instanceof SignInError ? error.asServiceError(request, deps.clock.now()) : error
  }
}
