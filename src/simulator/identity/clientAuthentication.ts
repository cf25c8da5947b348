import { constants, createHash, createVerify, timingSafeEqual, X509Certificate } from 'node:crypto'
import type { Caller } from '../core/caller.ts'
import type { AppRecord, Directory } from './directory.ts'
import { SignInError } from './signInError.ts'
import { parse } from './tokens.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const CLOCK_TOLERANCE_S = 300

export interface ClientProof {
  readonly app: AppRecord
  readonly credential: Caller['credential']
}

/** The registered application of a request, with nothing proven. Throws AADSTS900144 or 700016. */
export function findApp(directory: Directory, clientId: string | null): AppRecord {
  if (!clientId) throw new SignInError(900144, ['client_id'])
  const app = directory.app(clientId)
  if (app === undefined) throw new SignInError(700016, [clientId])
  return app
}

/** The application and how it proved itself: by certificate (RS256 or PS256 assertion), by secret, or not at all [A.6]. */
export function authenticateClient(
  form: URLSearchParams,
  directory: Directory,
  options: { readonly audiences: readonly string[]; readonly nowMs: number },
): ClientProof {
  const assertion = form.get('client_assertion')
  if (assertion !== null) {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE) throw new SignInError(900144, ['client_assertion_type'])
    const app = findApp(directory, form.get('client_id') ?? assertionIssuer(assertion))
    checkAssertion(assertion, app, options)
    return { app, credential: '2' }
  }
  const app = findApp(directory, form.get('client_id'))
  const secret = form.get('client_secret')
  if (secret === null || secret === '') return { app, credential: '0' }
  if (!app.secrets.some((known) => isSame(known, secret))) throw new SignInError(7000215, [app.appId])
  return { app, credential: '1' }
}

function assertionIssuer(assertion: string): string | null {
  const issuer = parse(assertion)?.claims.iss
  return typeof issuer === 'string' ? issuer : null
}

function checkAssertion(
  assertion: string,
  app: AppRecord,
  options: { readonly audiences: readonly string[]; readonly nowMs: number },
): void {
  const parsed = parse(assertion)
  if (parsed === undefined) throw new SignInError(9002313)
  const { header, claims } = parsed
  const certificate = app.certificates.map((pem) => new X509Certificate(pem)).find((known) => isNamedBy(header, known))
  if (certificate === undefined) throw new SignInError(700027, ['The key was not found.'])
  const verifier = createVerify('RSA-SHA256').update(parsed.signedText)
  const key =
    header.alg === 'PS256'
      ? { key: certificate.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { key: certificate.publicKey, padding: constants.RSA_PKCS1_PADDING }
  const isSigned = (header.alg === 'PS256' || header.alg === 'RS256') && verifier.verify(key, parsed.signature, 'base64url')
  if (!isSigned) throw new SignInError(700027, ['The signature is not valid.'])
  const nowS = options.nowMs / 1000
  const { aud, exp, nbf, iss, sub, jti } = claims
  if (typeof exp !== 'number' || exp < nowS - CLOCK_TOLERANCE_S) throw new SignInError(700024)
  if (typeof nbf === 'number' && nbf > nowS + CLOCK_TOLERANCE_S) throw new SignInError(700024)
  if (typeof aud !== 'string' || !options.audiences.includes(aud.toLowerCase())) throw new SignInError(700023)
  if (iss !== app.appId || sub !== app.appId) throw new SignInError(700027, ['The issuer is not the application.'])
  if (typeof jti !== 'string' || jti === '') throw new SignInError(9002313)
}

function isNamedBy(header: Readonly<Record<string, unknown>>, certificate: X509Certificate): boolean {
  const digest = (algorithm: string) => createHash(algorithm).update(certificate.raw)
  if (typeof header['x5t#S256'] === 'string') return header['x5t#S256'] === digest('sha256').digest('base64url')
  if (typeof header.x5t === 'string') return header.x5t === digest('sha1').digest('base64url')
  if (typeof header.kid === 'string') return header.kid.toUpperCase() === digest('sha1').digest('hex').toUpperCase()
  return false
}

function isSame(known: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(known), digest(given))
}
