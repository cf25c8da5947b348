import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'

interface CatalogueEntry {
  readonly error: string
  readonly status?: number
  readonly suberror?: string
  readonly message: string
}

/** What Microsoft's sign-in service says, by its AADSTS number [A.10]. `{0}`, `{1}` are filled in. */
const CATALOGUE: Readonly<Record<number, CatalogueEntry>> = {
  16000: {
    error: 'interaction_required',
    message:
      'Either multiple user identities are available for the current request or selected account is not supported for the scenario.',
  },
  28000: {
    error: 'invalid_request',
    message:
      'Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {0} is not valid.',
  },
  50011: {
    error: 'invalid_request',
    message:
      "The redirect URI '{0}' specified in the request does not match the redirect URIs configured for the application '{1}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
  },
  50034: {
    error: 'invalid_grant',
    message:
      'The user account {0} does not exist in the {1} directory. To sign into this application, the account must be added to the directory.',
  },
  50053: {
    error: 'invalid_grant',
    message: "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
  },
  50055: { error: 'invalid_grant', suberror: 'user_password_expired', message: 'The password is expired.' },
  50057: { error: 'invalid_grant', message: 'The user account is disabled.' },
  50058: {
    error: 'login_required',
    message:
      "A silent sign-in request was sent but no user is signed in. The cookies used to represent the user's session were not sent in the request to Azure AD.",
  },
  50076: {
    error: 'invalid_grant',
    suberror: 'basic_action',
    message:
      "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{0}'.",
  },
  50078: {
    error: 'invalid_grant',
    suberror: 'basic_action',
    message:
      "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '{0}'.",
  },
  50079: {
    error: 'invalid_grant',
    suberror: 'basic_action',
    message:
      "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{0}'.",
  },
  50097: { error: 'interaction_required', message: 'Device authentication is required.' },
  50105: {
    error: 'interaction_required',
    message:
      "Your administrator has configured the application {0} to block users unless they are specifically granted ('assigned') access to the application.",
  },
  50126: { error: 'invalid_grant', message: 'Error validating credentials due to invalid username or password.' },
  50173: {
    error: 'invalid_grant',
    message:
      'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.',
  },
  53000: {
    error: 'interaction_required',
    suberror: 'message_only',
    message:
      'Device is not in required device state: {0}. Conditional Access policy requires a compliant device, and the device is not compliant.',
  },
  53003: {
    error: 'interaction_required',
    suberror: 'message_only',
    message: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
  },
  54005: {
    error: 'invalid_grant',
    message:
      'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  65001: {
    error: 'invalid_grant',
    suberror: 'consent_required',
    message:
      "The user or administrator has not consented to use the application with ID '{0}' named '{1}'. Send an interactive authorization request for this user and resource.",
  },
  65004: { error: 'access_denied', message: 'User declined to consent to access the app.' },
  65005: { error: 'access_denied', message: "The application '{0}' asked for scope that is not usable in this tenant." },
  70000: { error: 'invalid_grant', message: 'Provided grant is invalid or malformed.' },
  70003: { error: 'unsupported_grant_type', message: "The app requested an unsupported grant type '{0}'." },
  70008: {
    error: 'invalid_grant',
    message:
      'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  70011: {
    error: 'invalid_scope',
    message:
      "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {0} is not valid.",
  },
  70016: { error: 'authorization_pending', message: 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.' },
  70018: { error: 'bad_verification_code', message: 'Bad verification code. User entered wrong user code for device code flow.' },
  70020: {
    error: 'expired_token',
    message: 'The provided value for the input parameter device_code is not valid. This device code has expired.',
  },
  90002: {
    error: 'invalid_request',
    message:
      "Tenant '{0}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
  },
  90014: {
    error: 'invalid_request',
    message:
      "The required field '{0}' is missing from the credential. Ensure that you have all the necessary parameters for the login request.",
  },
  90093: {
    error: 'access_denied',
    message: 'The user needs to be an administrator to consent to the permissions that the application asks for.',
  },
  90094: {
    error: 'access_denied',
    message: 'An administrator of {0} has set a policy that prevents you from granting {1} the permissions it is requesting.',
  },
  500011: {
    error: 'invalid_resource',
    message:
      'The resource principal named {0} was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.',
  },
  501481: {
    error: 'invalid_grant',
    message: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  },
  650053: {
    error: 'invalid_client',
    message: "The application '{0}' asked for scope '{1}' that doesn't exist on the resource '{2}'. Contact the app vendor.",
  },
  700016: {
    error: 'unauthorized_client',
    message:
      "Application with identifier '{0}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
  },
  700023: { error: 'invalid_client', status: 401, message: 'Client assertion audience claim does not match Realm issuer.' },
  700024: { error: 'invalid_client', status: 401, message: 'Client assertion is not within its valid time range.' },
  700027: {
    error: 'invalid_client',
    status: 401,
    message: 'The certificate with identifier used to sign the client assertion is not registered on application. [Reason - {0}]',
  },
  700054: { error: 'unsupported_response_type', message: "response_type '{0}' is not enabled for the application." },
  700082: {
    error: 'invalid_grant',
    message: 'The refresh token has expired due to inactivity. The token was issued on {0} and was inactive for 90.00:00:00.',
  },
  900144: { error: 'invalid_request', message: "The request body must contain the following parameter: '{0}'." },
  900971: { error: 'invalid_request', message: 'No reply address provided.' },
  1002012: {
    error: 'invalid_scope',
    message:
      'The provided value for scope {0} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).',
  },
  7000215: {
    error: 'invalid_client',
    status: 401,
    message:
      "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{0}'.",
  },
  7000218: {
    error: 'invalid_client',
    status: 401,
    message: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  9002313: { error: 'invalid_request', message: 'Invalid request. Request is malformed or invalid.' },
}

/** A refusal of the sign-in service, known by its AADSTS number. Rendered as JSON at the token endpoint, as a redirect or a page elsewhere. */
export class SignInError extends Error {
  readonly number: number
  readonly error: string
  readonly status: number
  readonly suberror: string | undefined

  constructor(
    number: number,
    details: readonly string[] = [],
    change: { readonly error?: string; readonly suberror?: string } = {},
  ) {
    const entry = CATALOGUE[number] ?? { error: 'invalid_grant', message: 'The request was refused.' }
    super(`AADSTS${number}: ${entry.message.replace(/\{(\d)\}/g, (_all, index) => details[Number(index)] ?? '')}`)
    this.name = 'SignInError'
    this.number = number
    this.error = change.error ?? entry.error
    this.status = entry.status ?? 400
    // An empty string takes the suberror away: the bare `invalid_grant` that MSAL does not take for a call to sign in again.
    this.suberror = change.suberror === undefined ? entry.suberror : change.suberror || undefined
  }

  /** With the ids and the time that the real service appends. */
  describe(request: ServiceRequest, nowMs: number): string {
    const { traceId, correlationId, timestamp } = traceOf(request, nowMs)
    return `${this.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`
  }

  /** The answer of the token and device-code endpoints. */
  asServiceError(request: ServiceRequest, nowMs: number): ServiceError {
    const { traceId, correlationId, timestamp } = traceOf(request, nowMs)
    return new ServiceError(this.status, this.error, this.describe(request, nowMs), {
      extra: {
        error_codes: [this.number],
        timestamp,
        trace_id: traceId,
        correlation_id: correlationId,
        error_uri: `https://login.microsoftonline.com/error?code=${this.number}`,
        ...(this.suberror === undefined ? {} : { suberror: this.suberror }),
      },
    })
  }
}

function traceOf(request: ServiceRequest, nowMs: number) {
  const sent = request.headers['client-request-id'] ?? request.url.searchParams.get('client-request-id')
  return {
    traceId: request.id,
    correlationId: typeof sent === 'string' && /^[\w-]{1,64}$/.test(sent) ? sent : request.id,
    timestamp: `${new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')}Z`,
  }
}
