import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { DAY_MS, MINUTE_MS } from '../../shared/units.ts'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { AppRecord, UserRecord } from './directory.ts'
import type { ResourceKind } from './resources.ts'
import { SignInError } from './signInError.ts'
import type { TokenService } from './tokens.ts'

const CODE_LIFE_MS = 10 * MINUTE_MS
const DEVICE_CODE_LIFE_MS = 15 * MINUTE_MS
const REFRESH_IDLE_MS = 90 * DAY_MS
/** Without letters and digits that look like one another, and without vowels. */
const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ23456789'
const USER_CODE_LENGTH = 9

/** Somebody's permission to fetch tokens once. */
export interface CodeGrant {
  readonly appId: string
  readonly userId: string
  readonly scope: string
  readonly redirectUri: string
  readonly challenge: { readonly method: 'S256' | 'plain'; readonly value: string } | undefined
  readonly nonce: string | undefined
  readonly expiresMs: number
  isRedeemed: boolean
}

export interface DeviceGrant {
  readonly deviceCode: string
  readonly userCode: string
  readonly appId: string
  readonly scope: string
  readonly expiresMs: number
  state: 'pending' | 'approved' | 'declined' | 'redeemed'
  userId: string | undefined
}

export interface RefreshGrant {
  readonly appId: string
  readonly userId: string
  readonly scope: string
}

/** What sign-in has handed out: codes and device codes in memory, refresh tokens and consents in the database. */
export interface Grants {
  issueCode(grant: Omit<CodeGrant, 'expiresMs' | 'isRedeemed'>): string
  /** Takes a code once. Throws AADSTS54005, 70008 or 70000. */
  redeemCode(code: string): CodeGrant
  issueDeviceCode(appId: string, scope: string): DeviceGrant
  deviceByCode(deviceCode: string): DeviceGrant | undefined
  deviceByUserCode(userCode: string): DeviceGrant | undefined
  issueRefresh(grant: RefreshGrant): string
  /** Checks and touches a refresh token; it stays good. Throws AADSTS70000, 700082 or 50173. */
  redeemRefresh(token: string): RefreshGrant
  /** Permissions that this user, or an administrator for everybody, has consented to. */
  consented(app: AppRecord, user: UserRecord, resource: ResourceKind): readonly string[]
  consent(appId: string, userId: string | '*', resource: ResourceKind, scopes: readonly string[]): void
}

export function createGrants(deps: {
  readonly db: DatabaseSync
  readonly clock: Clock
  readonly random: Random
  readonly tokens: TokenService
}): Grants {
  const { db, clock, random, tokens } = deps
  const codes = new Map<string, CodeGrant>()
  const devices = new Map<string, DeviceGrant>()
  const insertRefresh = db.prepare(
    'INSERT INTO refresh_tokens (token_hash, app_id, user_id, scope, issued_ms, last_used_ms) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const selectRefresh = db.prepare('SELECT * FROM refresh_tokens WHERE token_hash = ?')
  const touchRefresh = db.prepare('UPDATE refresh_tokens SET last_used_ms = ? WHERE token_hash = ?')
  const insertConsent = db.prepare('INSERT OR IGNORE INTO consents (app_id, user_id, resource, scope) VALUES (?, ?, ?, ?)')
  const selectConsents = db.prepare("SELECT scope FROM consents WHERE app_id = ? AND resource = ? AND user_id IN (?, '*')")

  function forgetOld(): void {
    const nowMs = clock.now()
    for (const [code, grant] of codes) if (grant.expiresMs + DEVICE_CODE_LIFE_MS < nowMs) codes.delete(code)
    for (const [code, grant] of devices) if (grant.expiresMs + DEVICE_CODE_LIFE_MS < nowMs) devices.delete(code)
  }

  return {
    issueCode(grant) {
      forgetOld()
      const code = `0.${random.bytes(60).toString('base64url')}`
      codes.set(code, { ...grant, expiresMs: clock.now() + CODE_LIFE_MS, isRedeemed: false })
      return code
    },
    redeemCode(code) {
      const grant = codes.get(code)
      if (grant === undefined) throw new SignInError(70000)
      if (grant.isRedeemed) throw new SignInError(54005)
      if (clock.now() >= grant.expiresMs) throw new SignInError(70008)
      grant.isRedeemed = true
      return grant
    },
    issueDeviceCode(appId, scope) {
      forgetOld()
      const letters = Array.from({ length: USER_CODE_LENGTH }, () => USER_CODE_LETTERS[random.integer(USER_CODE_LETTERS.length)])
      const grant: DeviceGrant = {
        deviceCode: random.bytes(96).toString('base64url'),
        userCode: letters.join(''),
        appId,
        scope,
        expiresMs: clock.now() + DEVICE_CODE_LIFE_MS,
        state: 'pending',
        userId: undefined,
      }
      devices.set(grant.deviceCode, grant)
      return grant
    },
    deviceByCode: (deviceCode) => devices.get(deviceCode),
    deviceByUserCode: (userCode) => {
      const wanted = userCode.toUpperCase().replace(/[^A-Z0-9]/g, '')
      return [...devices.values()].find((grant) => grant.userCode === wanted)
    },
    issueRefresh(grant) {
      const token = `0.A${random.bytes(90).toString('base64url')}`
      const nowMs = Math.max(clock.now(), tokens.cutoffs(grant.userId).refreshBeforeMs)
      insertRefresh.run(hashOf(token), grant.appId, grant.userId, grant.scope, nowMs, nowMs)
      return token
    },
    redeemRefresh(token) {
      const row = selectRefresh.get(hashOf(token))
      if (row === undefined) throw new SignInError(70000)
      const nowMs = clock.now()
      if (nowMs - Number(row.last_used_ms) >= REFRESH_IDLE_MS) {
        throw new SignInError(700082, [new Date(Number(row.issued_ms)).toISOString()])
      }
      const userId = String(row.user_id)
      if (Number(row.issued_ms) < tokens.cutoffs(userId).refreshBeforeMs) throw new SignInError(50173)
      touchRefresh.run(nowMs, hashOf(token))
      return { appId: String(row.app_id), userId, scope: String(row.scope) }
    },
    consented(app, user, resource) {
      const own = selectConsents.all(app.appId, resource, user.objectId).map((row) => String(row.scope))
      return [...new Set([...app.delegated[resource], ...own])]
    },
    consent(appId, userId, resource, scopes) {
      for (const scope of scopes) insertConsent.run(appId, userId, resource, scope)
    },
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
