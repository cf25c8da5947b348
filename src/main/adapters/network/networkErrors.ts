import { MigrationError, type Remedy } from '../../../shared/errors.ts'

const TLS_CODES = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
])
const TIMEOUT_CODES = new Set([
  'ETIMEDOUT',
  'ECONNABORTED',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])

/**
 * A failure below HTTP in one clear sentence. `wasSent` false means that the service cannot have seen the request. The cause is not kept:
 * libraries hang requests, and with them tokens, on their errors.
 */
export function networkError(
  thrown: unknown,
  options: { readonly host: string; readonly wasSent: boolean; readonly isRepeatable: boolean },
): MigrationError {
  const { host } = options
  const code = deepestCode(thrown)
  const again: Remedy = options.isRepeatable || !options.wasSent ? { kind: 'retry' } : { kind: 'lookFirst' }
  if (TLS_CODES.has(code)) {
    return new MigrationError('NET_TLS_UNTRUSTED', `The certificate that ${host} shows is not trusted (${code}).`, {
      remedy: { kind: 'stopTask' },
      fix: "If a company proxy inspects traffic, put its certificate authority into the connection's network.caFile; otherwise do not go on.",
    })
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA') {
    return new MigrationError('NET_UNREACHABLE', `The name ${host} cannot be resolved (${code}).`, {
      remedy: { kind: 'retry' },
      fix: 'Check the network connection and the DNS settings of this computer.',
    })
  }
  if (code === 'EPROXY') {
    const why = thrown instanceof Error ? thrown.message : 'The proxy refused.'
    return new MigrationError('NET_UNREACHABLE', why, {
      remedy: { kind: 'retry' },
      fix: 'Allow this host on the proxy, or correct HTTPS_PROXY and NO_PROXY.',
    })
  }
  if (!options.wasSent) {
    const why =
      code === 'ECONNREFUSED' ? 'refuses connections' : TIMEOUT_CODES.has(code) ? 'does not answer' : 'cannot be reached'
    return new MigrationError('NET_UNREACHABLE', `${host} ${why} (${code}).`, {
      remedy: { kind: 'retry' },
      fix: 'Check the network connection and that a firewall or proxy lets this computer reach the host on port 443.',
    })
  }
  if (TIMEOUT_CODES.has(code)) {
    return new MigrationError('NET_TIMEOUT', `${host} did not answer in time (${code}).`, { remedy: again })
  }
  return new MigrationError('NET_INTERRUPTED', `The connection to ${host} broke before the answer (${code}).`, { remedy: again })
}

/** The code nearest to the cause: wrappers carry codes of their own. */
function deepestCode(thrown: unknown): string {
  let found = ''
  let current: unknown = thrown
  for (let depth = 0; depth < 8 && typeof current === 'object' && current !== null; depth++) {
    if ('code' in current && typeof current.code === 'string' && (found === '' || !current.code.startsWith('ERR_BAD')))
      found = current.code
    if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0]
    else current = 'cause' in current ? current.cause : undefined
  }
  return found === '' ? (thrown instanceof Error ? thrown.name : 'unknown') : found
}
