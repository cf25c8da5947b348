import { findApp } from './clientAuthentication.ts'
import type { AppRecord } from './directory.ts'
import type { CodeGrant } from './grants.ts'
import type { IdentityDeps } from './identityService.ts'
import { readScopes, type ScopeRequest } from './scopes.ts'
import { SignInError } from './signInError.ts'

export type ResponseMode = 'query' | 'fragment' | 'form_post'

/** An authorize request whose redirect can be trusted. */
export interface AuthorizeRequest {
  readonly app: AppRecord
  readonly redirectUri: string
  readonly responseMode: ResponseMode
  readonly state: string | undefined
  readonly scopeText: string
  readonly scopes: ScopeRequest
  readonly prompt: string | undefined
  readonly loginHint: string | undefined
  readonly nonce: string | undefined
  readonly challenge: CodeGrant['challenge']
  readonly wantsClientInfo: boolean
}

/** Where a refusal goes back to when the request itself was wrong but its redirect was right. */
export class RedirectableError extends Error {
  readonly refusal: SignInError
  readonly target: Pick<AuthorizeRequest, 'redirectUri' | 'responseMode' | 'state'>

  constructor(refusal: SignInError, target: Pick<AuthorizeRequest, 'redirectUri' | 'responseMode' | 'state'>) {
    super(refusal.message)
    this.name = 'RedirectableError'
    this.refusal = refusal
    this.target = target
  }
}

/** Reads an authorize request [A.3]. Throws SignInError for the page (client or redirect not to be trusted), RedirectableError for the application. */
export function readAuthorizeRequest(query: URLSearchParams, deps: IdentityDeps): AuthorizeRequest {
  const app = findApp(deps.directory, query.get('client_id'))
  const redirectUri = query.get('redirect_uri')
  if (!redirectUri) throw new SignInError(900971)
  if (!app.redirectUris.some((registered) => isRedirectAllowed(registered, redirectUri))) {
    throw new SignInError(50011, [redirectUri, app.appId])
  }
  const mode = query.get('response_mode') ?? 'query'
  if (mode !== 'query' && mode !== 'fragment' && mode !== 'form_post') throw new SignInError(9002313)
  const state = query.get('state') ?? undefined
  const target = { redirectUri, responseMode: mode, state } as const
  const refuse = (refusal: SignInError) => new RedirectableError(refusal, target)

  const responseType = query.get('response_type')
  if (responseType === null) throw refuse(new SignInError(900144, ['response_type']))
  if (responseType !== 'code') throw refuse(new SignInError(700054, [responseType]))
  const scopeText = query.get('scope')
  if (!scopeText) throw refuse(new SignInError(900144, ['scope']))
  const prompt = query.get('prompt') ?? undefined
  if (prompt !== undefined && !['none', 'login', 'select_account', 'consent', 'create'].includes(prompt))
    throw refuse(new SignInError(9002313))
  const value = query.get('code_challenge')
  const method = query.get('code_challenge_method') ?? 'plain'
  if (value !== null && method !== 'S256' && method !== 'plain') throw refuse(new SignInError(9002313))
  let scopes: ScopeRequest
  try {
    scopes = readScopes(scopeText, deps.hosts, app.displayName)
  } catch (error) {
    throw error instanceof SignInError ? refuse(error) : error
  }
  return {
    ...target,
    app,
    scopeText,
    scopes,
    prompt,
    loginHint: query.get('login_hint') ?? undefined,
    nonce: query.get('nonce') ?? undefined,
    challenge: value === null ? undefined : { method: method === 'S256' ? 'S256' : 'plain', value },
    wantsClientInfo: query.get('client_info') === '1',
  }
}

/** Registered `http://localhost` allows any port, for desktop applications; everything else has to be the same. */
export function isRedirectAllowed(registered: string, asked: string): boolean {
  if (registered === asked) return true
  if (!URL.canParse(registered) || !URL.canParse(asked)) return false
  const known = new URL(registered)
  const wanted = new URL(asked)
  const isLoopback = known.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(known.hostname)
  if (!isLoopback || wanted.username !== '' || wanted.password !== '' || wanted.hash !== '') return false
  return wanted.protocol === known.protocol && wanted.hostname === known.hostname && wanted.pathname === known.pathname
}
