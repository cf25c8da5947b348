import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Tenant } from '../core/tenant.ts'

/** How long a download URL works; the service says only "short-lived" [B.2]. */
export const DOWNLOAD_LIFETIME_MS = 60 * 60_000
/** An upload URL dies a day after its session was created, however busy it is [B.6]. */
export const UPLOAD_LIFETIME_MS = 24 * 60 * 60_000

/** On whose behalf a URL is made: a Caller, or what an upload session remembers of one. */
export interface UrlOwner {
  readonly kind: 'user' | 'app'
  readonly appId: string
  readonly objectId: string
  readonly upn?: string | undefined
}

/** Who a pre-authenticated URL speaks for, and until when. */
export interface PreAuthentication {
  /** Drive for downloads, session for uploads. */
  readonly subject: string
  readonly appId: string
  readonly userId?: string
  readonly upn?: string
  readonly fromMs: number
  readonly untilMs: number
}

const HEADER = Buffer.from('{"typ":"JWT","alg":"HS256"}').toString('base64url')
const keys = new Map<string, Buffer>()

/** The key is made from the tenant's id, so that URLs outlive a restart. */
function sign(tenantId: string, text: string): Buffer {
  let key = keys.get(tenantId)
  if (key === undefined) {
    key = createHash('sha256').update(`tempauth ${tenantId}`).digest()
    keys.set(tenantId, key)
  }
  return createHmac('sha256', key).update(text).digest()
}

/** The `tempauth` of a URL: a token that no Authorization header may accompany. */
export function mintPreAuthentication(tenant: Tenant, owner: UrlOwner, subject: string, lifetimeMs: number): string {
  const nowMs = tenant.clock.now()
  const claims = {
    sub: subject,
    appid: owner.appId,
    ...(owner.kind === 'user' ? { oid: owner.objectId, upn: owner.upn } : {}),
    nbf: nowMs,
    exp: nowMs + lifetimeMs,
  }
  const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${signed}.${sign(tenant.tenantId, signed).toString('base64url')}`
}

/** What a `tempauth` says, expired or not; undefined when this tenant did not make it. */
export function readPreAuthentication(tenant: Tenant, token: string | null): PreAuthentication | undefined {
  const [header = '', body = '', signature = ''] = (token ?? '').split('.')
  const expected = sign(tenant.tenantId, `${header}.${body}`)
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
  if (typeof claims !== 'object' || claims === null) return undefined
  const { sub, appid, oid, upn, nbf, exp }: Record<string, unknown> = { ...claims }
  if (typeof sub !== 'string' || typeof appid !== 'string' || typeof nbf !== 'number' || typeof exp !== 'number') return undefined
  return {
    subject: sub,
    appId: appid,
    ...(typeof oid === 'string' ? { userId: oid } : {}),
    ...(typeof upn === 'string' ? { upn } : {}),
    fromMs: nbf,
    untilMs: exp,
  }
}
