import { AuthError } from '@azure/msal-node'
import { type ErrorCode, MigrationError } from '../../../shared/errors.ts'
import type { MsalNetwork } from './msalNetwork.ts'

interface Meaning {
  readonly code: ErrorCode
  /** Completes "Sign-in failed: …". */
  readonly what: string
  readonly fix: string
}

const SIGN_IN_AGAIN = 'Sign in again with "portage connect", or in the app.'
const ADMIN_CONSENT =
  'A tenant administrator must grant admin consent to the app registration (Entra admin center, API permissions).'
const TRANSIENT_NUMBERS = new Set(['90006', '90012', '90024', '90033', '50196'])

const meaning = (code: ErrorCode, what: string, fix: string): Meaning => ({ code, what, fix })
const signIn = (what: string): Meaning => meaning('AUTH_SIGN_IN_NEEDED', what, SIGN_IN_AGAIN)
const consent = (what: string): Meaning => meaning('AUTH_CONSENT_NEEDED', what, ADMIN_CONSENT)
const refused = (what: string, fix: string): Meaning => meaning('AUTH_REFUSED', what, fix)

const MULTI_FACTOR = signIn('the account needs multi-factor authentication')
const EXPIRED = signIn('the sign-in has expired')
const WRONG_CERTIFICATE = refused(
  'the certificate of this connection is not registered for the app',
  'Upload the certificate to the app registration (Certificates & secrets), or correct certificateFile and privateKeyFile in the connection.',
)
const CONDITIONAL_ACCESS = refused(
  'a Conditional Access policy of the tenant does not allow it from here',
  'Use a device and a network that the policy allows, or ask an administrator for an exception for this app.',
)
const UNKNOWN_TENANT = refused('the tenant does not exist in this cloud', 'Correct tenantId and cloud in the connection.')
const CODE_EXPIRED = signIn('the code was not entered in time')

/** By AADSTS number. [A.10] */
const BY_NUMBER: Readonly<Record<string, Meaning>> = {
  50072: MULTI_FACTOR,
  50074: MULTI_FACTOR,
  50076: MULTI_FACTOR,
  50078: MULTI_FACTOR,
  50079: signIn('the account must set up multi-factor authentication first'),
  50097: signIn('the device must authenticate'),
  50058: signIn('nobody is signed in'),
  50133: EXPIRED,
  50173: signIn('the password was changed or the sign-in was revoked'),
  70008: EXPIRED,
  700082: signIn('the sign-in was not used for too long and has expired'),
  700084: EXPIRED,
  65004: consent('the permissions were declined'),
  65001: consent('the app has no consent in this tenant'),
  90093: consent('only an administrator can consent to what the app asks for'),
  90094: consent('only an administrator can consent to what the app asks for'),
  65005: refused(
    'the app cannot be used in this tenant',
    'Check the app registration: the tenant must be managed and know the resources that the app asks for.',
  ),
  70018: signIn('the code was not right'),
  70020: CODE_EXPIRED,
  53000: CONDITIONAL_ACCESS,
  53001: CONDITIONAL_ACCESS,
  53003: CONDITIONAL_ACCESS,
  50011: refused(
    'the app registration has no matching redirect address',
    'Add http://localhost as a "Mobile and desktop applications" redirect URI to the app registration.',
  ),
  7000218: refused(
    'the app registration does not allow public clients',
    'Turn on "Allow public client flows" in the app registration (Authentication), or connect with a certificate.',
  ),
  50034: refused(
    'the account does not exist in this tenant',
    'Use an account of this tenant, or correct tenantId in the connection.',
  ),
  50053: refused('the account is locked', 'Wait, or ask an administrator to unlock the account.'),
  50055: signIn('the password has expired'),
  50057: refused('the account is disabled', 'Ask an administrator to enable the account, or use another one.'),
  50105: refused(
    'the account is not assigned to the app',
    'An administrator must assign the account to the enterprise application, or turn off "Assignment required".',
  ),
  700016: refused('the app is not known in this tenant', 'Correct clientId and tenantId in the connection.'),
  700024: refused('the clock of this computer is wrong', 'Set the clock of this computer (time synchronisation) and try again.'),
  700027: WRONG_CERTIFICATE,
  7000215: WRONG_CERTIFICATE,
  7000222: WRONG_CERTIFICATE,
  50013: WRONG_CERTIFICATE,
  90002: UNKNOWN_TENANT,
  900021: UNKNOWN_TENANT,
  900023: UNKNOWN_TENANT,
  500011: refused(
    'the tenant does not know the service that a token was asked for',
    'Correct tenantName, rootSite and cloud in the connection.',
  ),
}

/** By the OAuth error, when no number is known. A bare invalid_grant means: sign in again. [A.10] */
const BY_ERROR: Readonly<Record<string, Meaning>> = {
  invalid_grant: EXPIRED,
  interaction_required: signIn('the tenant asks for an interactive sign-in'),
  login_required: EXPIRED,
  bad_token: EXPIRED,
  no_tokens_found: signIn('nobody is signed in'),
  refresh_token_expired: EXPIRED,
  no_account_found: signIn('nobody is signed in'),
  consent_required: consent('the app has no consent in this tenant'),
  invalid_client: WRONG_CERTIFICATE,
  unauthorized_client: refused(
    'the app may not sign in this way',
    'Check clientId, and the authentication settings of the app registration.',
  ),
  invalid_resource: refused(
    'the tenant does not know the service that a token was asked for',
    'Correct tenantName, rootSite and cloud in the connection.',
  ),
  access_denied: refused('it was declined', SIGN_IN_AGAIN),
  authorization_declined: refused('it was declined', SIGN_IN_AGAIN),
  user_canceled: refused('it was cancelled', SIGN_IN_AGAIN),
  expired_token: CODE_EXPIRED,
  device_code_expired: CODE_EXPIRED,
  bad_verification_code: signIn('the code was not right'),
  slow_down: signIn('the sign-in service was asked too often'),
  loopback_server_query_response_not_supported: refused(
    'the browser came back in a way that is not accepted',
    'Start the sign-in again from here and do not reload the page in between.',
  ),
}

/** Every failure of the sign-in library as ours: what happened, what to do; nothing of its text that could hold a secret. */
export function authError(
  thrown: unknown,
  options: { readonly resource: string; readonly network: Pick<MsalNetwork, 'takeFailure'> },
): MigrationError {
  if (thrown instanceof MigrationError) return thrown
  if (!(thrown instanceof AuthError)) {
    return new MigrationError(
      'INTERNAL',
      `Sign-in failed: ${thrown instanceof Error ? harmless(thrown.message) : 'unknown reason'}`,
      {
        remedy: { kind: 'stopTask' },
      },
    )
  }
  const failure = options.network.takeFailure(thrown.correlationId)
  if (failure) return failure
  const number = /AADSTS(\d{4,8})/.exec(thrown.errorMessage)?.[1]
  if ((number !== undefined && TRANSIENT_NUMBERS.has(number)) || thrown.errorCode === 'temporarily_unavailable') {
    return new MigrationError('DST_UNAVAILABLE', 'The sign-in service is busy.', { remedy: { kind: 'retry' } })
  }
  const found =
    (number === undefined ? undefined : BY_NUMBER[number]) ??
    BY_ERROR[thrown.subError] ??
    BY_ERROR[thrown.errorCode] ??
    BY_ERROR[oauthWord(thrown)]
  const label = number === undefined ? thrown.errorCode : `AADSTS${number}`
  if (found) {
    return new MigrationError(found.code, `Sign-in to ${options.resource} failed: ${found.what} (${harmless(label)}).`, {
      remedy: { kind: 'stopTask' },
      fix: found.fix,
    })
  }
  return new MigrationError(
    'AUTH_REFUSED',
    `Sign-in to ${options.resource} failed (${harmless(label)}): ${harmless(thrown.errorMessage)}`,
    {
      remedy: { kind: 'stopTask' },
      fix: 'Look the code up at https://login.microsoftonline.com/error, or show this line to the administrator of the tenant.',
    },
  )
}

/** The device code flow hides the OAuth word in the text of a general error. */
const oauthWord = (error: AuthError): string => /\b[a-z]+(?:_[a-z]+)+\b/.exec(error.errorMessage)?.[0] ?? ''

/** Cuts trace ids, and anything that looks like a token. */
function harmless(text: string): string {
  return text
    .replace(/\s*Trace ID:.*$/s, '')
    .replace(/[A-Za-z0-9_-]{40,}(\.[A-Za-z0-9_-]+)*/g, '…')
    .slice(0, 300)
}
