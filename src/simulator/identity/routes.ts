import type { Handler, Route } from '../core/http.ts'
import { answerJson, checkTenant, type IdentityDeps } from './identityService.ts'
import { instanceDiscovery, openIdConfiguration } from './metadata.ts'
import { createSignInFlow } from './signInFlow.ts'
import { messagePage } from './signInPages.ts'
import { deviceCode, token } from './tokenEndpoint.ts'

/** The sign-in service at login.microsoftonline.com [A]. */
export function createIdentityRoutes(deps: IdentityDeps): readonly Route[] {
  const flow = createSignInFlow(deps)

  function route(
    name: string,
    method: string,
    path: RegExp,
    handle: (...args: Parameters<Handler>) => ReturnType<Handler>,
  ): Route {
    return {
      name: `identity.${name}`,
      service: 'login',
      methods: [method],
      match: (rawPath) => {
        const found = path.exec(rawPath)
        return found === null ? undefined : { ...found.groups }
      },
      resourceUnits: 0,
      access: 'anonymous',
      handle,
    }
  }

  const tenantPath = (rest: string) => new RegExp(`^/(?<tenant>[^/]+)${rest}/?$`, 'i')
  const segment = (params: Readonly<Record<string, string>>) => params.tenant ?? 'common'

  return [
    route('instance.discovery', 'GET', /^\/common\/discovery\/instance$/i, (request) => {
      const endpoint = request.url.searchParams.get('authorization_endpoint') ?? ''
      const tenant = URL.canParse(endpoint) ? new URL(endpoint).pathname.split('/')[1] : undefined
      return { status: 200, body: instanceDiscovery(tenant || 'common') }
    }),
    route('openid.configuration', 'GET', tenantPath('/v2\\.0/\\.well-known/openid-configuration'), (request, _tenant, params) =>
      answerJson(deps, request, async () => {
        checkTenant(deps, segment(params))
        return openIdConfiguration(segment(params).toLowerCase(), deps.tenantId)
      }),
    ),
    route('keys.list', 'GET', tenantPath('/discovery/(?:v2\\.0/)?keys'), () => ({ status: 200, body: deps.publicKeys() })),
    route('authorize.show', 'GET', tenantPath('/oauth2/v2\\.0/authorize'), (request, _tenant, params) =>
      flow.authorize(request, segment(params)),
    ),
    route('token.issue', 'POST', tenantPath('/oauth2/v2\\.0/token'), (request, _tenant, params) =>
      answerJson(deps, request, () => token(deps, request, segment(params))),
    ),
    route('deviceCode.issue', 'POST', tenantPath('/oauth2/v2\\.0/devicecode'), (request, _tenant, params) =>
      answerJson(deps, request, () => deviceCode(deps, request, segment(params))),
    ),
    route('adminConsent.show', 'GET', tenantPath('(?:/v2\\.0)?/adminconsent'), (request, _tenant, params) =>
      flow.adminConsent(request, segment(params)),
    ),
    route('device.show', 'GET', tenantPath('/oauth2/deviceauth'), (request) => flow.deviceStart(request)),
    route('device.enter', 'POST', tenantPath('/oauth2/deviceauth'), (request) => flow.deviceCode(request)),
    route('login.submit', 'POST', tenantPath('/login'), (request) => flow.login(request)),
    route('consent.decide', 'POST', tenantPath('/Consent/Set'), (request) => flow.decide(request)),
    // Every browser asks; it is no request that the tenant fails to know.
    route('icon.show', 'GET', /^\/favicon\.ico$/i, () => ({ status: 204 })),
    route('session.end', 'GET', tenantPath('/oauth2/v2\\.0/logout'), () =>
      messagePage('You signed out of your account', "It's a good idea to close all browser windows."),
    ),
  ]
}
