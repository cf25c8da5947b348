import { HOUR_MS } from '../../shared/units.ts'
import type { ServiceReply, ServiceRequest } from '../core/http.ts'
import { type AuthorizeRequest, isRedirectAllowed, RedirectableError, readAuthorizeRequest } from './authorizeRequest.ts'
import { findApp } from './clientAuthentication.ts'
import type { AppRecord, UserRecord } from './directory.ts'
import type { DeviceGrant } from './grants.ts'
import {
  checkTenant,
  clientInfo,
  type IdentityDeps,
  isAdministrator,
  type MissingConsent,
  mayConsent,
  missingConsents,
  readForm,
} from './identityService.ts'
import { readScopes, type ScopeRequest } from './scopes.ts'
import { SignInError } from './signInError.ts'
import {
  accountPage,
  approvalPage,
  consentPage,
  deviceCodePage,
  deviceConfirmPage,
  messagePage,
  passwordPage,
  returnToApp,
} from './signInPages.ts'

/** What somebody signs in for. */
type Purpose =
  | { readonly kind: 'authorize'; readonly app: AppRecord; readonly scopes: ScopeRequest; readonly request: AuthorizeRequest }
  | { readonly kind: 'device'; readonly app: AppRecord; readonly scopes: ScopeRequest; readonly grant: DeviceGrant }
  | {
      readonly kind: 'adminConsent'
      readonly app: AppRecord
      readonly scopes: ScopeRequest
      readonly redirectUri: string
      readonly state: string | undefined
    }

interface Attempt {
  readonly flowToken: string
  readonly purpose: Purpose
  readonly startedMs: number
  user: UserRecord | undefined
}

/** The pages on which people sign in, consent and let devices in. */
export interface SignInFlow {
  authorize(request: ServiceRequest, tenantSegment: string): ServiceReply
  adminConsent(request: ServiceRequest, tenantSegment: string): ServiceReply
  deviceStart(request: ServiceRequest): ServiceReply
  deviceCode(request: ServiceRequest): Promise<ServiceReply>
  login(request: ServiceRequest): Promise<ServiceReply>
  decide(request: ServiceRequest): Promise<ServiceReply>
}

const LOGIN_ACTION = '/common/login'
const DECIDE_ACTION = '/common/Consent/Set'
const DEVICE_ACTION = '/common/oauth2/deviceauth'
const SESSION_COOKIE = 'ESTSAUTHPERSISTENT'
const ATTEMPT_LIFE_MS = HOUR_MS

export function createSignInFlow(deps: IdentityDeps): SignInFlow {
  const { directory, grants, random, clock } = deps
  const attempts = new Map<string, Attempt>()
  const sessions = new Map<string, string>()

  function begin(purpose: Purpose): Attempt {
    const nowMs = clock.now()
    for (const [flowToken, old] of attempts) if (nowMs - old.startedMs > ATTEMPT_LIFE_MS) attempts.delete(flowToken)
    const attempt: Attempt = { flowToken: random.bytes(24).toString('base64url'), purpose, startedMs: nowMs, user: undefined }
    attempts.set(attempt.flowToken, attempt)
    return attempt
  }

  function signedIn(request: ServiceRequest): UserRecord | undefined {
    const id = new RegExp(`(?:^|; )${SESSION_COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1]
    const userId = id === undefined ? undefined : sessions.get(id)
    return userId === undefined ? undefined : directory.user(userId)
  }

  function askAccount(attempt: Attempt, error?: string): ServiceReply {
    const title =
      attempt.purpose.kind === 'authorize' && attempt.purpose.request.prompt === 'select_account' ? 'Pick an account' : 'Sign in'
    return accountPage({ flowToken: attempt.flowToken, action: LOGIN_ACTION, users: directory.users(), title, error })
  }

  function askPassword(attempt: Attempt, upn: string, error?: string): ServiceReply {
    const practicePassword = directory.user(upn)?.password
    return passwordPage({ flowToken: attempt.flowToken, action: LOGIN_ACTION, upn, practicePassword, error })
  }

  /** The password was right: consent, confirmation, or straight back. */
  function proceed(attempt: Attempt, user: UserRecord): ServiceReply {
    attempt.user = user
    const { purpose, flowToken } = attempt
    const shared = { flowToken, action: DECIDE_ACTION, app: purpose.app, user }
    if (purpose.kind === 'adminConsent') {
      if (!isAdministrator(user)) return approvalPage(shared)
      return consentPage({ ...shared, permissions: adminPermissions(purpose), isForAll: true })
    }
    const missing = missingConsents(deps, purpose.app, user, purpose.scopes)
    if (missing.length > 0 && !mayConsent(user, missing)) return approvalPage(shared)
    const mustAsk = purpose.kind === 'authorize' && purpose.request.prompt === 'consent'
    if (missing.length > 0 || mustAsk) {
      return consentPage({
        ...shared,
        permissions: missing.length > 0 ? namesOf(missing) : askedNames(purpose.scopes),
        isForAll: false,
      })
    }
    return purpose.kind === 'device' ? deviceConfirmPage(shared) : finish(attempt, user)
  }

  function finish(attempt: Attempt, user: UserRecord): ServiceReply {
    attempts.delete(attempt.flowToken)
    const { purpose } = attempt
    if (purpose.kind === 'device') {
      purpose.grant.state = 'approved'
      purpose.grant.userId = user.objectId
      return messagePage(
        purpose.app.displayName,
        `You have signed in to the ${purpose.app.displayName} application on your device. You may now close this window.`,
      )
    }
    if (purpose.kind === 'adminConsent') {
      return returnToApp(purpose.redirectUri, 'query', {
        tenant: deps.tenantId,
        ...stateOf(purpose.state),
        admin_consent: 'True',
      })
    }
    const { request } = purpose
    const { redirectUri, challenge, nonce, scopeText } = request
    const code = grants.issueCode({
      appId: purpose.app.appId,
      userId: user.objectId,
      scope: scopeText,
      redirectUri,
      challenge,
      nonce,
    })
    return returnToApp(redirectUri, request.responseMode, {
      code,
      ...(request.wantsClientInfo ? { client_info: clientInfo(deps, user) } : {}),
      ...stateOf(request.state),
      session_state: random.guid(),
    })
  }

  function cancel(attempt: Attempt, request: ServiceRequest): ServiceReply {
    attempts.delete(attempt.flowToken)
    const { purpose } = attempt
    if (purpose.kind === 'device') {
      purpose.grant.state = 'declined'
      return messagePage('Cancelled', 'The sign-in was cancelled. You may now close this window.')
    }
    const answer = errorAnswer(new SignInError(65004), request)
    if (purpose.kind === 'adminConsent')
      return returnToApp(purpose.redirectUri, 'query', { ...answer, error_subcode: 'cancel', ...stateOf(purpose.state) })
    return returnToApp(purpose.request.redirectUri, purpose.request.responseMode, {
      ...answer,
      error_subcode: 'cancel',
      ...stateOf(purpose.request.state),
    })
  }

  function errorAnswer(refusal: SignInError, request: ServiceRequest): Record<string, string> {
    return {
      error: refusal.error,
      error_description: refusal.describe(request, clock.now()),
      error_uri: `https://login.microsoftonline.com/error?code=${refusal.number}`,
    }
  }

  /** Pages for refusals that must not be sent to a redirect nobody has vouched for. */
  function guarded(request: ServiceRequest, work: () => ServiceReply): ServiceReply {
    try {
      return work()
    } catch (error) {
      if (error instanceof RedirectableError) {
        const { redirectUri, responseMode, state } = error.target
        return returnToApp(redirectUri, responseMode, { ...errorAnswer(error.refusal, request), ...stateOf(state) })
      }
      if (error instanceof SignInError) {
        return messagePage("Sorry, but we're having trouble signing you in.", error.describe(request, clock.now()), {
          status: error.status,
        })
      }
      throw error
    }
  }

  async function withAttempt(
    request: ServiceRequest,
    work: (attempt: Attempt, form: URLSearchParams) => ServiceReply,
  ): Promise<ServiceReply> {
    const form = await readForm(request)
    const attempt = attempts.get(form.get('flowToken') ?? '')
    if (attempt === undefined)
      return messagePage('Sign-in has timed out', 'Go back to the application and sign in again.', { status: 400 })
    if (form.get('action') === 'cancel') return cancel(attempt, request)
    return work(attempt, form)
  }

  return {
    authorize: (request, tenantSegment) =>
      guarded(request, () => {
        checkTenant(deps, tenantSegment)
        const asked = readAuthorizeRequest(request.url.searchParams, deps)
        const attempt = begin({ kind: 'authorize', app: asked.app, scopes: asked.scopes, request: asked })
        const known = signedIn(request)
        if (asked.prompt === 'none') {
          if (known === undefined || !known.isEnabled) throw new RedirectableError(new SignInError(50058), asked)
          const missing = missingConsents(deps, asked.app, known, asked.scopes)
          if (missing.length > 0) {
            const refusal = new SignInError(65001, [asked.app.appId, asked.app.displayName], { error: 'interaction_required' })
            throw new RedirectableError(refusal, asked)
          }
          return finish(attempt, known)
        }
        const isHinted = asked.loginHint === undefined || asked.loginHint.toLowerCase() === known?.upn.toLowerCase()
        if (known?.isEnabled && isHinted && (asked.prompt === undefined || asked.prompt === 'consent'))
          return proceed(attempt, known)
        return asked.loginHint !== undefined && asked.prompt !== 'select_account'
          ? askPassword(attempt, asked.loginHint)
          : askAccount(attempt)
      }),

    adminConsent: (request, tenantSegment) =>
      guarded(request, () => {
        checkTenant(deps, tenantSegment)
        const query = request.url.searchParams
        const app = findApp(directory, query.get('client_id'))
        const redirectUri = query.get('redirect_uri')
        if (!redirectUri) throw new SignInError(900971)
        if (!app.redirectUris.some((registered) => isRedirectAllowed(registered, redirectUri)))
          throw new SignInError(50011, [redirectUri, app.appId])
        const scopes = readScopes(query.get('scope') ?? '', deps.hosts, app.displayName)
        return askAccount(begin({ kind: 'adminConsent', app, scopes, redirectUri, state: query.get('state') ?? undefined }))
      }),

    deviceStart: (request) => deviceCodePage({ action: DEVICE_ACTION, userCode: request.url.searchParams.get('otc') ?? '' }),

    async deviceCode(request) {
      const userCode = (await readForm(request)).get('otc') ?? ''
      const grant = grants.deviceByUserCode(userCode)
      if (grant === undefined || grant.state !== 'pending') {
        return deviceCodePage({ action: DEVICE_ACTION, userCode, error: "That code didn't work. Check the code and try again." })
      }
      if (clock.now() >= grant.expiresMs)
        return deviceCodePage({
          action: DEVICE_ACTION,
          userCode,
          error: 'The code has expired. Return to your app for a new one.',
        })
      const app = findApp(directory, grant.appId)
      return askAccount(begin({ kind: 'device', app, scopes: readScopes(grant.scope, deps.hosts, app.displayName), grant }))
    },

    login: (request) =>
      withAttempt(request, (attempt, form) => {
        const upn = (form.get('account') ?? form.get('loginfmt') ?? '').trim()
        const user = directory.user(upn)
        if (upn === '' || user === undefined) {
          return askAccount(
            attempt,
            'This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin.',
          )
        }
        const password = form.get('passwd')
        if (password === null) return askPassword(attempt, user.upn)
        if (password !== user.password)
          return askPassword(attempt, user.upn, 'Your account or password is incorrect. (AADSTS50126)')
        if (!user.isEnabled)
          return askPassword(attempt, user.upn, 'Your account has been disabled. Contact your administrator. (AADSTS50057)')
        const session = random.bytes(24).toString('base64url')
        sessions.set(session, user.objectId)
        const reply = proceed(attempt, user)
        return {
          ...reply,
          headers: { ...reply.headers, 'set-cookie': `${SESSION_COOKIE}=${session}; Path=/; Secure; HttpOnly; SameSite=None` },
        }
      }),

    decide: (request) =>
      withAttempt(request, (attempt, form) => {
        const { user, purpose } = attempt
        if (user === undefined || form.get('action') !== 'accept') return askAccount(attempt)
        if (purpose.kind === 'adminConsent') {
          if (!isAdministrator(user)) return cancel(attempt, request)
          for (const { resource, scopes } of purpose.scopes.resources)
            grants.consent(purpose.app.appId, '*', resource.kind, scopes)
          return finish(attempt, user)
        }
        const missing = missingConsents(deps, purpose.app, user, purpose.scopes)
        if (!mayConsent(user, missing)) return cancel(attempt, request)
        for (const { resource, scopes } of missing) grants.consent(purpose.app.appId, user.objectId, resource, scopes)
        if (purpose.kind === 'device' && missing.length > 0) return proceed(attempt, user)
        return finish(attempt, user)
      }),
  }
}

const stateOf = (state: string | undefined): Record<string, string> => (state === undefined ? {} : { state })

function namesOf(missing: readonly MissingConsent[]): readonly string[] {
  return missing.flatMap(({ resource, scopes }) =>
    scopes.map((scope) => `${resource === 'graph' ? 'Microsoft Graph' : 'SharePoint'}: ${scope}`),
  )
}

function askedNames(request: ScopeRequest): readonly string[] {
  return request.resources.flatMap(({ asked }) => asked)
}

/** With a scope parameter those permissions; without one everything that the registration holds. */
function adminPermissions(purpose: Extract<Purpose, { kind: 'adminConsent' }>): readonly string[] {
  if (purpose.scopes.resources.length > 0) return askedNames(purpose.scopes)
  const { delegated, application } = purpose.app
  return [...new Set([...application.graph, ...application.sharepoint, ...delegated.graph, ...delegated.sharepoint])]
}
