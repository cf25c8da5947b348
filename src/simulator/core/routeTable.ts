import type { Route, Service } from './http.ts'

export interface MatchedRoute {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

export interface RouteTable {
  /** The first route of the service that owns method and path; or the methods which the path knows, when only the method is wrong. */
  find(
    service: Service,
    method: string,
    rawPath: string,
    query: () => URLSearchParams,
  ): MatchedRoute | { readonly allowed: readonly string[] }
}

const NO_QUERY = new URLSearchParams()

/** Order within a service is the order of `routes`. */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const seen = new Set<string>()
  const byService = new Map<Service, Route[]>()
  for (const route of routes) {
    if (seen.has(route.name)) throw new Error(`Two routes are named ${route.name}.`)
    seen.add(route.name)
    byService.set(route.service, [...(byService.get(route.service) ?? []), route])
  }
  return {
    find(service, method, rawPath, query) {
      const allowed: string[] = []
      const lookup = method === 'HEAD' ? 'GET' : method
      const search = rawPath === '' ? NO_QUERY : query()
      for (const route of byService.get(service) ?? []) {
        const isMethod = route.methods.includes(method) || route.methods.includes(lookup)
        if (!isMethod && allowed.length > 0) continue
        const params = route.match(rawPath, search)
        if (params === undefined) continue
        if (isMethod) return { route, params }
        allowed.push(...route.methods)
      }
      return { allowed }
    },
  }
}
