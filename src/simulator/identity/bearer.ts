import type { Caller } from '../core/caller.ts'
import type { Clock } from '../core/clock.ts'
import type { Route, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { GRAPH_APP_ID, SHAREPOINT_APP_ID } from './resources.ts'
import type { TokenService } from './tokens.ts'

export type BearerProblem =
  | 'missing'
  | 'empty'
  | 'malformed'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'early'
  | 'revoked'

export interface BearerCheck {
  /** Application and user of a token that this tenant signed, whether or not it is good here. */
  identify(request: ServiceRequest): { readonly appId: string; readonly upn?: string; readonly userId?: string } | undefined
  /** The caller of an authenticated route. Throws the 401 or 403 of the host that was asked [A.10]. Without `access` any good token will do. */
  authenticate(request: ServiceRequest, access?: Exclude<Route['access'], 'anonymous'>): Caller
  /** The 401 that a token past its end gets here; fault scripts use it. */
  refusal(request: ServiceRequest, problem: BearerProblem): ServiceError
}

export function createBearerCheck(deps: {
  readonly tokens: TokenService
  readonly clock: Clock
  readonly tenantId: string
}): BearerCheck {
  const { tokens, clock, tenantId } = deps

  function examine(request: ServiceRequest): Caller | BearerProblem {
    if (request.headers.authorization === undefined) return 'missing'
    const token = bearerToken(request)
    if (token === undefined) return 'empty'
    const verified = tokens.verify(token)
    if (verified === 'malformed' || verified === 'signature') return verified
    const { caller } = verified
    if (caller.tenantId !== tenantId) return 'issuer'
    if (!isForHost(caller, request)) return 'audience'
    const nowMs = clock.now()
    if (nowMs >= verified.expiresAtMs) return 'expired'
    if (nowMs < verified.notBeforeMs - 5 * 60_000) return 'early'
    if (verified.issuedAtMs < tokens.cutoffs(caller.objectId).accessBeforeMs) return 'revoked'
    return caller
  }

  return {
    refusal,
    identify(request) {
      const token = bearerToken(request)
      if (token === undefined) return undefined
      const verified = tokens.verify(token)
      if (typeof verified === 'string') return undefined
      const { appId, upn } = verified.caller
      return upn === undefined ? { appId } : { appId, upn }
    },
    authenticate(request, access) {
      const caller = examine(request)
      if (typeof caller === 'string') throw refusal(request, caller)
      if (request.service === 'sharepoint' && caller.kind === 'app' && caller.credential === '1') {
        throw new ServiceError(401, 'invalid_request', 'Unsupported app only token.', {
          rawBody: { contentType: 'text/plain; charset=utf-8', text: 'Unsupported app only token.' },
          headers: sharePointChallenge(tenantId),
        })
      }
      if (access === undefined) return caller
      const wanted = caller.kind === 'user' ? access.delegated : access.application
      const held = caller.kind === 'user' ? caller.scopes : caller.roles
      if (!wanted.some((permission) => held.includes(permission))) throw forbidden(request, wanted, held)
      return caller
    },
  }

  function refusal(request: ServiceRequest, problem: BearerProblem): ServiceError {
    return request.service === 'sharepoint' ? sharePointRefusal(problem, tenantId) : graphRefusal(request, problem, clock.now())
  }
}

function bearerToken(request: ServiceRequest): string | undefined {
  return /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1]
}

function isForHost(caller: Caller, request: ServiceRequest): boolean {
  if (request.service === 'graph') return caller.audience === 'graph'
  if (request.service !== 'sharepoint') return false
  return caller.audienceValue === SHAREPOINT_APP_ID || caller.audienceValue === `https://${request.host}`
}

const GRAPH_MESSAGES: Readonly<Record<BearerProblem, string>> = {
  missing: 'Access token is empty.',
  empty: 'Access token is empty.',
  malformed: 'IDX14100: JWT is not well formed, there are no dots (.).',
  signature: 'Access token validation failure. Invalid signature.',
  issuer: 'Access token validation failure. Invalid issuer.',
  audience: 'Access token validation failure. Invalid audience.',
  expired: 'Lifetime validation failed, the token is expired.',
  early: 'Lifetime validation failed, the token is not yet valid.',
  revoked:
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
}

const AUTHORIZATION_URI = 'https://login.microsoftonline.com/common/oauth2/authorize'

function graphRefusal(request: ServiceRequest, problem: BearerProblem, nowMs: number): ServiceError {
  const realm = `Bearer realm="", authorization_uri="${AUTHORIZATION_URI}", client_id="${GRAPH_APP_ID}"`
  if (problem === 'revoked') {
    return new ServiceError(401, 'InvalidAuthenticationToken', GRAPH_MESSAGES.revoked, {
      headers: { 'www-authenticate': `${realm}, error="insufficient_claims", claims="${claimsChallenge(nowMs)}"` },
    })
  }
  // Drive endpoints word an expired token their own way; rclone looks for `expired_token` [A.10].
  if (problem === 'expired' && /\/drives?(\/|$)/i.test(request.rawPath)) {
    return new ServiceError(401, 'unauthenticated', GRAPH_MESSAGES.expired, {
      headers: {
        'www-authenticate': 'Bearer realm="OneDriveAPI", error="expired_token", error_description="Auth token has expired"',
      },
    })
  }
  const header =
    problem === 'missing' || problem === 'empty'
      ? realm
      : `${realm}, error="invalid_token", error_description="${GRAPH_MESSAGES[problem]}"`
  return new ServiceError(401, 'InvalidAuthenticationToken', GRAPH_MESSAGES[problem], { headers: { 'www-authenticate': header } })
}

/** What the client has to send as `claims` for its next token: one issued after now. */
function claimsChallenge(nowMs: number): string {
  const claims = { access_token: { nbf: { essential: true, value: String(Math.floor(nowMs / 1000)) } } }
  return Buffer.from(JSON.stringify(claims), 'utf8').toString('base64')
}

function sharePointChallenge(tenantId: string): Record<string, string> {
  return {
    'www-authenticate': `Bearer realm="${tenantId}",client_id="${SHAREPOINT_APP_ID}",trusted_issuers="00000001-0000-0000-c000-000000000000@*,https://sts.windows.net/*/,https://login.microsoftonline.com/*/v2.0",authorization_uri="${AUTHORIZATION_URI}"`,
    'x-ms-diagnostics': '3000003;reason="Invalid audience Uri or token.";category="invalid_client"',
  }
}

const SHAREPOINT_MESSAGES: Readonly<Record<Exclude<BearerProblem, 'missing' | 'empty'>, string>> = {
  malformed: 'Unsupported security token.',
  signature: 'Invalid issuer or signature.',
  issuer: 'Invalid issuer or signature.',
  audience: 'Invalid issuer or signature.',
  expired: 'Invalid JWT token. The token is expired.',
  early: 'Invalid JWT token. The token is not yet valid.',
  revoked: 'Invalid JWT token. The token was revoked.',
}

function sharePointRefusal(problem: BearerProblem, tenantId: string): ServiceError {
  const headers = sharePointChallenge(tenantId)
  if (problem === 'missing') {
    return new ServiceError(
      403,
      '-2147024891, System.UnauthorizedAccessException',
      'Access denied. You do not have permission to perform this action or access this resource.',
      {
        headers: {
          'x-forms_based_auth_required': 'https://login.microsoftonline.com/',
          'x-idcrl_auth_params_v1': 'IDCRL Type="BPOSIDCRL"',
        },
      },
    )
  }
  const text = problem === 'empty' ? '401 UNAUTHORIZED' : JSON.stringify({ error_description: SHAREPOINT_MESSAGES[problem] })
  return new ServiceError(401, 'invalid_client', text, {
    headers,
    rawBody: { contentType: problem === 'empty' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8', text },
  })
}

function forbidden(request: ServiceRequest, wanted: readonly string[], held: readonly string[]): ServiceError {
  if (request.service === 'sharepoint') {
    return new ServiceError(
      403,
      '-2147024891, System.UnauthorizedAccessException',
      'Access denied. You do not have permission to perform this action or access this resource.',
    )
  }
  const isDirectory =
    /^\/[^/]+\/(me|users|groups|directory|organization)(\/|$)/i.test(request.rawPath) && !/\/drives?(\/|$)/i.test(request.rawPath)
  if (isDirectory)
    return new ServiceError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
  if (/^\/[^/]+\/teams(\/|$)/i.test(request.rawPath)) {
    return new ServiceError(
      403,
      'Forbidden',
      `Missing role permissions on the request. API requires one of '${wanted.join(', ')}'. Roles on the request '${held.join(', ')}'.`,
    )
  }
  return new ServiceError(403, 'accessDenied', 'Access denied')
}
