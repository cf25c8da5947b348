import type { Handler, Route } from '../core/http.ts'

/** `/users/{user}/x` after the version; a template segment in braces becomes a parameter. */
function match(template: string): Route['match'] {
  const wanted = template.split('/')
  return (rawPath) => {
    const parts = rawPath.replace(/\/$/, '').split('/').slice(1)
    if (parts[0]?.toLowerCase() !== 'v1.0' || parts.length !== wanted.length + 1) return undefined
    const params: Record<string, string> = {}
    for (const [index, part] of wanted.entries()) {
      const segment = parts[index + 1] ?? ''
      if (part.startsWith('{')) params[part.slice(1, -1)] = decoded(segment)
      else if (segment.toLowerCase() !== part.toLowerCase()) return undefined
    }
    return params
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Directory and Teams requests do not count against SharePoint's resource units; the directory has units of its own. */
function route(method: string, name: string, template: string, scopes: readonly string[], handle: Handler): Route {
  return {
    name: `directory.${name}`,
    service: 'graph',
    methods: [method],
    match: match(template),
    resourceUnits: 0,
    access: { delegated: scopes, application: scopes.filter((scope) => scope !== 'User.Read' && scope !== 'User.ReadWrite') },
    handle,
  }
}

export function get(name: string, template: string, scopes: readonly string[], handle: Handler): Route {
  return route('GET', name, template, scopes, handle)
}

export function post(name: string, template: string, scopes: readonly string[], handle: Handler): Route {
  return route('POST', name, template, scopes, handle)
}

/** The route with its price in the directory's own units [Graph: identity and access service limits]. */
export function priced(directoryUnits: number, unpriced: Route): Route {
  return { ...unpriced, directoryUnits }
}
