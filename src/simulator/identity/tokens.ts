import { createSign, createVerify } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { HOUR_MS, MINUTE_MS } from '../../shared/units.ts'
import type { Caller } from '../core/caller.ts'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { AppRecord, UserRecord } from './directory.ts'
import type { Resource } from './resources.ts'
import type { SigningKey } from './signingKeys.ts'

export type TokenSubject =
  | { readonly kind: 'user'; readonly user: UserRecord; readonly scopes: readonly string[] }
  | { readonly kind: 'app'; readonly roles: readonly string[] }

export interface TokenRequest {
  readonly app: AppRecord
  readonly resource: Resource
  readonly subject: TokenSubject
  readonly credential: Caller['credential']
  /** The client said that it handles claims challenges (`xms_cc: cp1`). */
  readonly isChallengeAware?: boolean
  /** For tests; without it 60 to 90 minutes at random, as the service does. */
  readonly lifetimeMs?: number
}

export interface MintedToken {
  readonly token: string
  readonly expiresInMs: number
  readonly expiresAtMs: number
}

/** A token that this tenant signed. Whether it is still good is asked with every request. */
export interface VerifiedToken {
  readonly caller: Caller
  readonly issuedAtMs: number
  readonly notBeforeMs: number
  readonly expiresAtMs: number
}

export interface TokenService {
  mint(request: TokenRequest): MintedToken
  /** Any other claims, signed with the tenant's key: id tokens. */
  sign(claims: object): string
  /** `malformed`: not a token; `signature`: not signed by this tenant. Remembers what it has verified. */
  verify(token: string): VerifiedToken | 'malformed' | 'signature'
  /** Access tokens of the subject issued before now are refused from now on. */
  revokeAccess(subjectId: string): void
  /** Refresh tokens of the subject issued before now are refused from now on. */
  revokeRefresh(subjectId: string): void
  cutoffs(subjectId: string): { readonly refreshBeforeMs: number; readonly accessBeforeMs: number }
}

export interface TokenServiceOptions {
  readonly tenantId: string
  readonly key: SigningKey
  readonly clock: Clock
  readonly random: Random
  readonly db: DatabaseSync
}

const KEPT_TOKENS = 2_000

export function createTokenService(options: TokenServiceOptions): TokenService {
  const { tenantId, key, clock, random, db } = options
  const header = encode({ typ: 'JWT', alg: 'RS256', x5t: key.keyId, kid: key.keyId })
  const verified = new Map<string, VerifiedToken>()
  const writeCutoff = db.prepare(
    'INSERT OR REPLACE INTO token_cutoffs (subject_id, refresh_before_ms, access_before_ms) VALUES (?, ?, ?)',
  )
  const cutoffs = new Map<string, { refreshBeforeMs: number; accessBeforeMs: number }>()
  for (const row of db.prepare('SELECT * FROM token_cutoffs').all()) {
    cutoffs.set(String(row.subject_id), {
      refreshBeforeMs: Number(row.refresh_before_ms),
      accessBeforeMs: Number(row.access_before_ms),
    })
  }
  const noCutoff = { refreshBeforeMs: 0, accessBeforeMs: 0 }

  function cut(subjectId: string, change: Partial<typeof noCutoff>): void {
    const next = { ...(cutoffs.get(subjectId) ?? noCutoff), ...change }
    cutoffs.set(subjectId, next)
    writeCutoff.run(subjectId, next.refreshBeforeMs, next.accessBeforeMs)
  }

  function sign(claims: object): string {
    const unsigned = `${header}.${encode(claims)}`
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(key.privateKey, 'base64url')}`
  }

  return {
    sign,
    mint(request) {
      const nowMs = clock.now()
      const expiresInMs = request.lifetimeMs ?? HOUR_MS + random.integer(30 * MINUTE_MS)
      const subjectId = request.subject.kind === 'user' ? request.subject.user.objectId : request.app.servicePrincipalId
      const issued = Math.floor(nowMs / 1000)
      const expires = Math.floor((nowMs + expiresInMs) / 1000)
      const token = sign({
        ...accessClaims(request, tenantId),
        iat: issued,
        nbf: issued,
        exp: expires,
        uti: random.bytes(16).toString('base64url'),
        // Milliseconds, so that a revocation knows what came before it.
        xms_portage_iat_ms: Math.max(nowMs, (cutoffs.get(subjectId) ?? noCutoff).accessBeforeMs),
      })
      return { token, expiresInMs: expires * 1000 - nowMs, expiresAtMs: expires * 1000 }
    },
    verify(token) {
      const known = verified.get(token)
      if (known !== undefined) return known
      const parsed = parse(token)
      if (parsed === undefined) return 'malformed'
      const isSigned =
        parsed.header.alg === 'RS256' &&
        createVerify('RSA-SHA256').update(parsed.signedText).verify(key.publicKey, parsed.signature, 'base64url')
      if (!isSigned) return 'signature'
      const result = readAccessToken(parsed.claims)
      if (result === undefined) return 'malformed'
      if (verified.size >= KEPT_TOKENS) verified.delete(verified.keys().next().value ?? '')
      verified.set(token, result)
      return result
    },
    // One later than now: what is issued from here on counts as issued then, even while tenant time stands still.
    revokeAccess: (subjectId) => cut(subjectId, { accessBeforeMs: clock.now() + 1 }),
    revokeRefresh: (subjectId) => cut(subjectId, { refreshBeforeMs: clock.now() + 1 }),
    cutoffs: (subjectId) => cutoffs.get(subjectId) ?? noCutoff,
  }
}

/** Claims of a v1 access token, which is what Graph and SharePoint get [A.7]. */
function accessClaims(request: TokenRequest, tenantId: string): object {
  const { app, resource, subject, credential } = request
  const common = {
    aud: resource.audience,
    iss: `https://sts.windows.net/${tenantId}/`,
    app_displayname: app.displayName,
    appid: app.appId,
    appidacr: credential,
    idp: `https://sts.windows.net/${tenantId}/`,
    tid: tenantId,
    ver: '1.0',
    ...(request.isChallengeAware ? { xms_cc: ['CP1'] } : {}),
  }
  if (subject.kind === 'app') {
    return {
      ...common,
      idtyp: 'app',
      oid: app.servicePrincipalId,
      sub: app.servicePrincipalId,
      roles: subject.roles,
    }
  }
  const { user } = subject
  return {
    ...common,
    amr: ['pwd'],
    idtyp: 'user',
    ipaddr: '127.0.0.1',
    name: user.displayName,
    oid: user.objectId,
    ...(user.onPremisesSid === undefined ? {} : { onprem_sid: user.onPremisesSid }),
    puid: user.objectId.replaceAll('-', '').slice(0, 16).toUpperCase(),
    scp: subject.scopes.join(' '),
    sub: user.objectId,
    unique_name: user.upn,
    upn: user.upn,
    wids: user.roleTemplateIds,
  }
}

function readAccessToken(claims: Readonly<Record<string, unknown>>): VerifiedToken | undefined {
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : '')
  const list = (name: string) => (Array.isArray(claims[name]) ? claims[name].map(String) : [])
  const audience = text('aud')
  const credential = text('appidacr')
  if (credential !== '0' && credential !== '1' && credential !== '2') return undefined
  const isApp = text('idtyp') === 'app'
  const isGraph = audience === 'https://graph.microsoft.com' || audience === '00000003-0000-0000-c000-000000000000'
  const caller: Caller = {
    kind: isApp ? 'app' : 'user',
    audience: isGraph ? 'graph' : 'sharepoint',
    tenantId: text('tid'),
    appId: text('appid'),
    appDisplayName: text('app_displayname'),
    credential,
    objectId: text('oid'),
    ...(isApp ? {} : { upn: text('upn') }),
    displayName: isApp ? text('app_displayname') : text('name'),
    scopes: text('scp').split(' ').filter(Boolean),
    roles: list('roles'),
    roleTemplateIds: list('wids'),
    audienceValue: audience,
  }
  return {
    caller,
    issuedAtMs: Number(claims.xms_portage_iat_ms ?? Number(claims.iat) * 1000),
    notBeforeMs: Number(claims.nbf) * 1000,
    expiresAtMs: Number(claims.exp) * 1000,
  }
}

export interface ParsedJwt {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly signedText: string
  /** base64url */
  readonly signature: string
}

/** Takes a JWT apart without believing a word of it. Undefined when it is none. */
export function parse(token: string): ParsedJwt | undefined {
  const [header, claims, signature, ...rest] = token.split('.')
  if (!header || !claims || !signature || rest.length > 0) return undefined
  const decodedHeader = decode(header)
  const decodedClaims = decode(claims)
  if (decodedHeader === undefined || decodedClaims === undefined) return undefined
  return { header: decodedHeader, claims: decodedClaims, signedText: `${header}.${claims}`, signature }
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined
  } catch {
    return undefined
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url')
}
