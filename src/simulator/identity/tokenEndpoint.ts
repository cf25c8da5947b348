import { createHash } from 'node:crypto'
import type { ServiceRequest } from '../core/http.ts'
import { LOGIN_HOST } from '../core/services.ts'
import { authenticateClient, type ClientProof, findApp } from './clientAuthentication.ts'
import type { UserRecord } from './directory.ts'
import type { CodeGrant } from './grants.ts'
import { checkTenant, type IdentityDeps, readForm, takeOrderedRefusal, userTokenResponse } from './identityService.ts'
import { readScopes, singleResource } from './scopes.ts'
import { SignInError } from './signInError.ts'

const DEVICE_GRANTS = new Set(['device_code', 'urn:ietf:params:oauth:grant-type:device_code'])

/** POST `/{tenant}/oauth2/v2.0/token` [A.3 to A.7]. */
export async function token(deps: IdentityDeps, request: ServiceRequest, tenantSegment: string): Promise<object> {
  checkTenant(deps, tenantSegment)
  const form = await readForm(request)
  const grantType = form.get('grant_type')
  if (!grantType) throw new SignInError(900144, ['grant_type'])
  const proof = authenticateClient(form, deps.directory, { audiences: audiences(deps, tenantSegment), nowMs: deps.clock.now() })
  switch (grantType) {
    case 'authorization_code':
      return redeemCode(deps, form, proof)
    case 'refresh_token':
      return refresh(deps, form, proof)
    case 'client_credentials':
      return clientCredentials(deps, form, proof)
    default:
      if (DEVICE_GRANTS.has(grantType)) return redeemDeviceCode(deps, form, proof)
      throw new SignInError(70003, [grantType])
  }
}

/** POST `/{tenant}/oauth2/v2.0/devicecode` [A.4]. */
export async function deviceCode(deps: IdentityDeps, request: ServiceRequest, tenantSegment: string): Promise<object> {
  checkTenant(deps, tenantSegment)
  const form = await readForm(request)
  const app = findApp(deps.directory, form.get('client_id'))
  const scope = required(form, 'scope')
  readScopes(scope, deps.hosts, app.displayName)
  const grant = deps.grants.issueDeviceCode(app.appId, scope)
  const verificationUri = `https://${LOGIN_HOST}/common/oauth2/deviceauth`
  return {
    user_code: grant.userCode,
    device_code: grant.deviceCode,
    verification_uri: verificationUri,
    expires_in: Math.floor((grant.expiresMs - deps.clock.now()) / 1000),
    interval: 5,
    message: `To sign in, use a web browser to open the page ${verificationUri} and enter the code ${grant.userCode} to authenticate.`,
  }
}

function redeemCode(deps: IdentityDeps, form: URLSearchParams, proof: ClientProof): object {
  const grant = deps.grants.redeemCode(required(form, 'code'))
  if (grant.appId !== proof.app.appId) throw new SignInError(70000)
  if (grant.redirectUri !== required(form, 'redirect_uri'))
    throw new SignInError(50011, [form.get('redirect_uri') ?? '', grant.appId])
  checkVerifier(grant, form.get('code_verifier'))
  return respond(deps, form, proof, {
    userId: grant.userId,
    scope: grant.scope,
    grantType: 'authorization_code',
    nonce: grant.nonce,
  })
}

function checkVerifier(grant: CodeGrant, verifier: string | null): void {
  if (grant.challenge === undefined) return
  if (!verifier) throw new SignInError(501481)
  const value = grant.challenge.method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url')
  if (value !== grant.challenge.value) throw new SignInError(501481)
}

function refresh(deps: IdentityDeps, form: URLSearchParams, proof: ClientProof): object {
  const grant = deps.grants.redeemRefresh(required(form, 'refresh_token'))
  if (grant.appId !== proof.app.appId) throw new SignInError(70000)
  return respond(deps, form, proof, { userId: grant.userId, scope: grant.scope, grantType: 'refresh_token', nonce: undefined })
}

function redeemDeviceCode(deps: IdentityDeps, form: URLSearchParams, proof: ClientProof): object {
  const grant = deps.grants.deviceByCode(required(form, 'device_code'))
  if (grant === undefined || grant.appId !== proof.app.appId) throw new SignInError(70018)
  if (grant.state === 'redeemed') throw new SignInError(54005)
  if (grant.state === 'declined') throw new SignInError(65004, [], { error: 'authorization_declined' })
  if (deps.clock.now() >= grant.expiresMs) throw new SignInError(70020)
  const ordered = takeOrderedRefusal(deps, { appId: grant.appId, grantType: 'device_code' })
  if (ordered !== undefined) throw ordered
  if (grant.state === 'pending' || grant.userId === undefined) throw new SignInError(70016)
  const response = respond(deps, form, proof, {
    userId: grant.userId,
    scope: grant.scope,
    grantType: 'device_code',
    nonce: undefined,
  })
  grant.state = 'redeemed'
  return response
}

function clientCredentials(deps: IdentityDeps, form: URLSearchParams, proof: ClientProof): object {
  const { app, credential } = proof
  if (credential === '0') throw new SignInError(7000218)
  const ordered = takeOrderedRefusal(deps, { appId: app.appId, grantType: 'client_credentials' })
  if (ordered !== undefined) throw ordered
  const scope = required(form, 'scope')
  if (!/^\S+\/\.default$/.test(scope.trim())) throw new SignInError(1002012, [scope])
  const { resource } = singleResource(readScopes(scope, deps.hosts, app.displayName), scope)
  const minted = deps.tokens.mint({ app, resource, credential, subject: { kind: 'app', roles: app.application[resource.kind] } })
  const expiresIn = Math.floor(minted.expiresInMs / 1000)
  return { token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: minted.token }
}

function respond(
  deps: IdentityDeps,
  form: URLSearchParams,
  proof: ClientProof,
  grant: { readonly userId: string; readonly scope: string; readonly grantType: string; readonly nonce: string | undefined },
): object {
  const user = existingUser(deps, grant.userId)
  const ordered = takeOrderedRefusal(deps, { upn: user.upn, appId: proof.app.appId, grantType: grant.grantType })
  if (ordered !== undefined) throw ordered
  return userTokenResponse(deps, {
    app: proof.app,
    user,
    credential: proof.credential,
    scopeText: form.get('scope') || firstResource(deps, grant.scope, proof),
    wantsClientInfo: form.get('client_info') === '1',
    nonce: grant.nonce,
    claims: form.get('claims'),
  })
}

/** Sign-in may name several resources to gather consent; without a scope of its own a token request gets the first. */
function firstResource(deps: IdentityDeps, scope: string, proof: ClientProof): string {
  const { oidc, resources } = readScopes(scope, deps.hosts, proof.app.displayName)
  return [...oidc, ...(resources[0]?.asked ?? [])].join(' ')
}

function existingUser(deps: IdentityDeps, userId: string): UserRecord {
  const user = deps.directory.user(userId)
  if (user === undefined) throw new SignInError(50034, [userId, deps.domain])
  return user
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (!value) throw new SignInError(900144, [name])
  return value
}

/** Assertions may be addressed to the token endpoint or the issuer, with the tenant in any of its spellings. */
function audiences(deps: IdentityDeps, tenantSegment: string): readonly string[] {
  const names = new Set([tenantSegment.toLowerCase(), deps.tenantId, deps.domain, 'common', 'organizations'])
  return [...names].flatMap((name) => [
    `https://${LOGIN_HOST}/${name}/oauth2/v2.0/token`,
    `https://${LOGIN_HOST}/${name}/oauth2/token`,
    `https://${LOGIN_HOST}/${name}/v2.0`,
    `https://${LOGIN_HOST}/${name}/`,
  ])
}
