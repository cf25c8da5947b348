import { createPrivateKey, X509Certificate } from 'node:crypto'
import {
  type AuthenticationResult,
  ConfidentialClientApplication,
  type Configuration,
  type ICachePlugin,
  LogLevel,
  PublicClientApplication,
} from '@azure/msal-node'
import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import { TOKEN_RENEWAL_MARGIN_MS } from '../../../shared/limits.ts'
import type { Clock, Logger } from '../../engine/ports/runtime.ts'
import { authorityOf, CLOUDS } from '../network/clouds.ts'
import { type Connection, readConnectionPart } from '../network/connectionFile.ts'
import { authError } from './authErrors.ts'
import type { MsalNetwork } from './msalNetwork.ts'

/** Where sign-ins survive a restart; the values are secrets. */
export interface SecretStore {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  delete(name: string): Promise<void>
}

/** What a person needs to finish a device code sign-in. */
export interface DeviceCodePrompt {
  readonly userCode: string
  readonly verificationUri: string
  readonly message: string
  readonly expiresInMs: number
}

export interface SignedIn {
  /** User principal name, or the client id of an app. */
  readonly name: string
  readonly isApp: boolean
}

/** `graph`, or the SharePoint host that the token is for: every host has its own token. [A.8] */
export type TokenResource = string

export interface TokenProvider {
  readonly isApp: boolean
  /**
   * A valid token. Any number of callers share one request per resource. `refused` is the token that the service has just answered 401 to:
   * it is replaced unless that already happened. `claims` answers a claims challenge. Never opens a browser: AUTH_SIGN_IN_NEEDED instead.
   */
  getToken(
    resource: TokenResource,
    options: { readonly refused?: string; readonly claims?: string; readonly signal: AbortSignal },
  ): Promise<string>
  /** Signs in afresh: certificate at once, otherwise with browser or device code. */
  signIn(signal: AbortSignal): Promise<SignedIn>
  signOut(): Promise<void>
}

export interface TokenProviderDeps {
  readonly connection: Connection
  readonly network: MsalNetwork
  readonly secrets: SecretStore
  readonly clock: Clock
  readonly logger: Logger
  /** Opens the sign-in page in a browser. */
  readonly openUrl?: (url: string) => Promise<void>
  readonly showDeviceCode?: (prompt: DeviceCodePrompt) => void
}

interface Grant {
  readonly token: string
  readonly renewAtMs: number
}

/** Acquires once; the flows differ only here. */
interface Flow {
  silent(
    scopes: string[],
    options: { readonly isForced: boolean; readonly claims?: string },
  ): Promise<AuthenticationResult | null>
  signIn(scopes: string[], signal: AbortSignal): Promise<AuthenticationResult | null>
  signOut(): Promise<void>
}

/** Errors: INPUT_CONNECTION_FILE when certificate or key cannot be used. */
export async function createTokenProvider(deps: TokenProviderDeps): Promise<TokenProvider> {
  const { connection, clock } = deps
  const isApp = connection.auth.kind === 'certificate'
  const flow = connection.auth.kind === 'certificate' ? await appFlow(deps, connection.auth) : userFlow(deps)
  const grants = new Map<TokenResource, Grant>()
  const underWay = new Map<string, Promise<Grant>>()

  const scopesOf = (resource: TokenResource) => [
    `https://${resource === 'graph' ? CLOUDS[connection.cloud].graphHost : resource}/.default`,
  ]
  const failure = (thrown: unknown, resource: TokenResource) => {
    const error = authError(thrown, { resource, network: deps.network })
    deps.logger.log('warn', 'auth.failed', { resource, code: error.code })
    return error
  }

  function acquire(resource: TokenResource, options: { readonly isForced: boolean; readonly claims?: string }): Promise<Grant> {
    const key = `${resource} ${options.claims ?? ''}`
    const running = underWay.get(key)
    if (running) return running
    const started = flow
      .silent(scopesOf(resource), options)
      .then((result) => {
        const grant = grantOf(result, clock)
        grants.set(resource, grant)
        deps.logger.log('debug', 'auth.tokenAcquired', { resource, renewAtMs: grant.renewAtMs })
        return grant
      })
      .catch((thrown: unknown) => {
        throw failure(thrown, resource)
      })
      .finally(() => underWay.delete(key))
    underWay.set(key, started)
    return started
  }

  return {
    isApp,
    async getToken(resource, options) {
      options.signal.throwIfAborted()
      const known = grants.get(resource)
      const isUsable = known !== undefined && known.token !== options.refused && clock.now() < known.renewAtMs
      if (isUsable && options.claims === undefined) return known.token
      // What was held before is used up, whatever the library's own cache thinks of it.
      const acquired = acquire(resource, {
        isForced: known !== undefined && !isUsable,
        ...(options.claims === undefined ? {} : { claims: options.claims }),
      })
      return (await untilAborted(acquired, options.signal)).token
    },
    async signIn(signal) {
      grants.clear()
      try {
        const result = await flow.signIn(scopesOf('graph'), signal)
        grants.set('graph', grantOf(result, clock))
        return { name: isApp ? connection.clientId : (result?.account?.username ?? 'unknown'), isApp }
      } catch (thrown) {
        signal.throwIfAborted()
        throw failure(thrown, 'graph')
      }
    },
    async signOut() {
      grants.clear()
      await flow.signOut()
    },
  }
}

function grantOf(result: AuthenticationResult | null, clock: Clock): Grant {
  if (!result || result.accessToken === '') {
    throw new MigrationError('AUTH_REFUSED', 'The sign-in service answered without a token.', {
      remedy: { kind: 'stopTask' },
      fix: 'Sign in again with "portage connect", or in the app.',
    })
  }
  return { token: result.accessToken, renewAtMs: (result.expiresOn?.getTime() ?? clock.now()) - TOKEN_RENEWAL_MARGIN_MS }
}

async function appFlow(
  deps: TokenProviderDeps,
  auth: { readonly certificateFile: string; readonly privateKeyFile: string },
): Promise<Flow> {
  const certificatePem = await readConnectionPart('certificateFile', auth.certificateFile)
  const privateKey = await readConnectionPart('privateKeyFile', auth.privateKeyFile)
  const client = new ConfidentialClientApplication({
    ...configuration(deps),
    auth: {
      ...configuration(deps).auth,
      clientCertificate: { thumbprintSha256: thumbprintOf(certificatePem, privateKey), privateKey },
    },
  })
  const acquire = (scopes: string[], options: { readonly isForced: boolean; readonly claims?: string }) =>
    client.acquireTokenByClientCredential({
      scopes,
      skipCache: options.isForced,
      ...(options.claims === undefined ? {} : { claims: options.claims }),
    })
  return {
    silent: acquire,
    signIn: (scopes) => acquire(scopes, { isForced: true }),
    signOut: async () => client.clearCache(),
  }
}

/** SHA-256 of the certificate, hex. Errors: INPUT_CONNECTION_FILE when it is no certificate or the key is not its own. */
function thumbprintOf(certificatePem: string, privateKeyPem: string): string {
  const refuse = (message: string) =>
    new MigrationError('INPUT_CONNECTION_FILE', message, {
      remedy: { kind: 'stopTask' },
      fix: 'Give the PEM certificate that is registered for the app, and the PEM private key that belongs to it.',
    })
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(certificatePem)
  } catch {
    throw refuse("The connection's certificateFile is not a certificate.")
  }
  let belongs: boolean
  try {
    belongs = certificate.checkPrivateKey(createPrivateKey(privateKeyPem))
  } catch {
    throw refuse("The connection's privateKeyFile is not a private key in PEM form without a password.")
  }
  if (!belongs) throw refuse("The connection's private key does not belong to its certificate.")
  return certificate.fingerprint256.replaceAll(':', '')
}

function userFlow(deps: TokenProviderDeps): Flow {
  const { connection, secrets } = deps
  const secretName = `sign-in:${connection.tenantId}:${connection.clientId}`
  const client = new PublicClientApplication({ ...configuration(deps), cache: { cachePlugin: cacheIn(deps, secretName) } })
  const accounts = () => client.getAllAccounts()
  const forgetOthers = async (keep: string | undefined) => {
    for (const account of await accounts()) {
      if (account.homeAccountId !== keep) await client.getTokenCache().removeAccount(account)
    }
  }
  return {
    async silent(scopes, options) {
      const [account] = await accounts()
      if (!account) {
        throw new MigrationError('AUTH_SIGN_IN_NEEDED', 'Nobody is signed in to the tenant.', {
          remedy: { kind: 'stopTask' },
          fix: 'Sign in with "portage connect".',
        })
      }
      return client.acquireTokenSilent({
        account,
        scopes,
        forceRefresh: options.isForced,
        ...(options.claims === undefined ? {} : { claims: options.claims }),
      })
    },
    async signIn(scopes, signal) {
      const result =
        connection.auth.kind === 'deviceCode'
          ? await byDeviceCode(client, deps, scopes, signal)
          : await byBrowser(client, deps, scopes, signal)
      await forgetOthers(result?.account?.homeAccountId)
      return result
    },
    async signOut() {
      await forgetOthers(undefined)
      await secrets.delete(secretName)
    },
  }
}

function byDeviceCode(
  client: PublicClientApplication,
  deps: TokenProviderDeps,
  scopes: string[],
  signal: AbortSignal,
): Promise<AuthenticationResult | null> {
  const show = deps.showDeviceCode
  if (!show) throw cannotShow('a device code')
  const request = {
    scopes,
    cancel: false,
    deviceCodeCallback: (code: { userCode: string; verificationUri: string; message: string; expiresIn: number }) =>
      show({
        userCode: code.userCode,
        verificationUri: code.verificationUri,
        message: code.message,
        expiresInMs: code.expiresIn * 1000,
      }),
  }
  signal.addEventListener(
    'abort',
    () => {
      request.cancel = true
    },
    { once: true },
  )
  return untilAborted(client.acquireTokenByDeviceCode(request), signal)
}

function byBrowser(
  client: PublicClientApplication,
  deps: TokenProviderDeps,
  scopes: string[],
  signal: AbortSignal,
): Promise<AuthenticationResult | null> {
  const { openUrl } = deps
  if (!openUrl) throw cannotShow('a browser')
  const acquired = client.acquireTokenInteractive({
    scopes,
    prompt: 'select_account',
    openBrowser: openUrl,
    successTemplate: '<!doctype html><title>Portage</title><p>You are signed in. You can close this page and go back to Portage.',
    errorTemplate: '<!doctype html><title>Portage</title><p>The sign-in did not succeed. Portage shows the reason.',
  })
  return untilAborted(acquired, signal)
}

function cannotShow(what: string): MigrationError {
  return new MigrationError('AUTH_SIGN_IN_NEEDED', `This connection signs in with ${what}, which cannot be shown here.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Run "portage connect" in a terminal or in the app, or use a certificate.',
  })
}

function configuration(deps: TokenProviderDeps): Configuration {
  const { connection, network, logger } = deps
  return {
    auth: {
      clientId: connection.clientId,
      authority: authorityOf(connection.cloud, connection.tenantId),
      // Tells the service that claims challenges are understood; it then issues revocable tokens. [A.10]
      clientCapabilities: ['cp1'],
    },
    system: {
      networkClient: network,
      disableInternalRetries: true,
      loggerOptions: {
        piiLoggingEnabled: false,
        logLevel: LogLevel.Error,
        loggerCallback: (_level, message, containsPii) => {
          if (!containsPii) logger.log('debug', 'auth.library', { message: message.slice(0, 200) })
        },
      },
    },
  }
}

/** A sign-in that cannot be kept, on a full disk, is still a sign-in: it lasts as long as this process. */
function cacheIn({ secrets, logger }: TokenProviderDeps, name: string): ICachePlugin {
  return {
    async beforeCacheAccess(context) {
      const stored = await secrets.get(name)
      if (stored !== undefined) context.tokenCache.deserialize(stored)
    },
    async afterCacheAccess(context) {
      if (!context.cacheHasChanged) return
      await secrets
        .set(name, context.tokenCache.serialize())
        .catch((thrown: unknown) => logger.log('warn', 'auth.notKept', { message: asMigrationError(thrown).message }))
    },
  }
}

/** A caller may leave; what it waited for goes on for the others. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
