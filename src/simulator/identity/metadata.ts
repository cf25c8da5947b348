import { LOGIN_HOST } from '../core/services.ts'
import type { SigningKey } from './signingKeys.ts'

/** `/{tenant}/v2.0/.well-known/openid-configuration` [A.2]. For `common` the issuer is a template, as in the real service. */
export function openIdConfiguration(tenantSegment: string, tenantId: string): object {
  const authority = `https://${LOGIN_HOST}/${tenantSegment}`
  const isShared = tenantSegment === 'common' || tenantSegment === 'organizations'
  return {
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `https://${LOGIN_HOST}/${isShared ? '{tenantid}' : tenantId}/v2.0`,
    request_uri_parameter_supported: false,
    userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${authority}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${authority}/oauth2/v2.0/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'preferred_username', 'name', 'tid', 'ver'],
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
  }
}

/** `/common/discovery/instance` [A.2]. */
export function instanceDiscovery(tenantSegment: string): object {
  return {
    tenant_discovery_endpoint: `https://${LOGIN_HOST}/${tenantSegment}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [
      {
        preferred_network: LOGIN_HOST,
        preferred_cache: 'login.windows.net',
        aliases: [LOGIN_HOST, 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
      },
    ],
  }
}

/** The public half of the signing key, as a JSON web key set. */
export function keySet(key: SigningKey, tenantId: string): object {
  const jwk = key.publicKey.export({ format: 'jwk' })
  return {
    keys: [
      { ...jwk, use: 'sig', alg: 'RS256', kid: key.keyId, x5t: key.keyId, issuer: `https://${LOGIN_HOST}/${tenantId}/v2.0` },
    ],
  }
}
