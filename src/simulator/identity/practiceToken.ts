import { z } from 'zod'
import { ServiceError } from '../core/serviceError.ts'
import type { IdentityDeps } from './identityService.ts'
import { findResource } from './resources.ts'
import { PRACTICE_APP } from './seed.ts'

export const practiceTokenSchema = z.strictObject({
  /** Whom the token speaks for; absent: the application itself. */
  upn: z.string().optional(),
  /** Application id or display name; absent: the practice application. */
  app: z.string().optional(),
  resource: z.string().default('https://graph.microsoft.com'),
  scopes: z.array(z.string()).optional(),
  lifetimeMs: z.number().min(1_000).optional(),
})

/** A token set without signing in, in the members that OAuth clients keep. Throws 404 for what the tenant does not have. */
export interface PracticeToken {
  readonly token_type: 'Bearer'
  readonly access_token: string
  /** Delegated tokens only. */
  readonly refresh_token?: string
  readonly expires_in: number
  /** Seconds since the epoch. */
  readonly expires_on: number
  /** RFC 3339, as Go's clients keep it. */
  readonly expiry: string
  readonly scope: string
  readonly resource: string
  readonly client_id: string
  readonly tenant_id: string
  readonly upn?: string
}

export function mintPracticeToken(deps: IdentityDeps, asked: z.output<typeof practiceTokenSchema>): PracticeToken {
  const { directory, tokens, grants } = deps
  const wanted = asked.app ?? PRACTICE_APP
  const app = directory.app(wanted) ?? directory.apps().find((candidate) => candidate.displayName === wanted)
  if (app === undefined) throw new ServiceError(404, 'notFound', `There is no application ${wanted}.`)
  const resource = findResource(asked.resource, deps.hosts)
  if (resource === undefined) throw new ServiceError(404, 'notFound', `There is no resource ${asked.resource}.`)
  const user = asked.upn === undefined ? undefined : directory.user(asked.upn)
  if (asked.upn !== undefined && user === undefined) throw new ServiceError(404, 'notFound', `There is no user ${asked.upn}.`)
  const granted = user === undefined ? app.application[resource.kind] : grants.consented(app, user, resource.kind)
  const scopes = asked.scopes ?? granted
  const minted = tokens.mint({
    app,
    resource,
    credential: user === undefined ? (app.certificates.length > 0 ? '2' : '1') : '0',
    subject: user === undefined ? { kind: 'app', roles: scopes } : { kind: 'user', user, scopes },
    ...(asked.lifetimeMs === undefined ? {} : { lifetimeMs: asked.lifetimeMs }),
  })
  const scope = [...scopes.map((name) => `${resource.audience}/${name}`), ...(user === undefined ? [] : ['offline_access'])].join(
    ' ',
  )
  return {
    token_type: 'Bearer',
    access_token: minted.token,
    ...(user === undefined ? {} : { refresh_token: grants.issueRefresh({ appId: app.appId, userId: user.objectId, scope }) }),
    expires_in: Math.floor(minted.expiresInMs / 1000),
    expires_on: Math.floor(minted.expiresAtMs / 1000),
    expiry: new Date(minted.expiresAtMs).toISOString(),
    scope,
    resource: resource.audience,
    client_id: app.appId,
    tenant_id: deps.tenantId,
    ...(user === undefined ? {} : { upn: user.upn }),
  }
}
