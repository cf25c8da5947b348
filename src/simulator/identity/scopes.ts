import type { SharePointHosts } from '../core/services.ts'
import { findResource, knownScope, type Resource } from './resources.ts'
import { SignInError } from './signInError.ts'

const OIDC_SCOPES = new Set(['openid', 'profile', 'offline_access', 'email'])
const GRAPH: Resource = { kind: 'graph', audience: 'https://graph.microsoft.com' }

/** What a client asks of one resource. */
export interface ResourceScopes {
  readonly resource: Resource
  /** As the resource spells them; empty with `isDefault`. */
  readonly scopes: string[]
  /** `…/.default`: everything there is consent for. */
  isDefault: boolean
  /** The words of the request, for the `scope` of the answer. */
  readonly asked: string[]
}

export interface ScopeRequest {
  readonly oidc: ReadonlySet<string>
  /** In the order in which the request first named them. */
  readonly resources: readonly ResourceScopes[]
}

/** Reads a `scope` parameter. Throws AADSTS500011 for a resource and AADSTS650053 or 70011 for a permission that does not exist. */
export function readScopes(text: string, hosts: SharePointHosts, appName: string): ScopeRequest {
  const oidc = new Set<string>()
  const resources = new Map<string, ResourceScopes>()
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (OIDC_SCOPES.has(word.toLowerCase())) {
      oidc.add(word.toLowerCase())
      continue
    }
    const { resource, permission } = splitScope(word, hosts)
    const key = resource.audience
    const entry = resources.get(key) ?? { resource, scopes: [], isDefault: false, asked: [] }
    resources.set(key, entry)
    entry.asked.push(word)
    if (permission === '.default') {
      entry.isDefault = true
      continue
    }
    const known = knownScope(resource.kind, permission)
    if (known === undefined) throw new SignInError(650053, [appName, permission, resource.audience])
    entry.scopes.push(known)
  }
  return { oidc, resources: [...resources.values()] }
}

/** The one resource of a token request; none means Graph's `User.Read`-less identity, which Graph's audience serves. Throws AADSTS28000 for two. */
export function singleResource(request: ScopeRequest, text: string): ResourceScopes {
  if (request.resources.length > 1) throw new SignInError(28000, [text])
  return request.resources[0] ?? { resource: GRAPH, scopes: [], isDefault: false, asked: [] }
}

function splitScope(word: string, hosts: SharePointHosts): { resource: Resource; permission: string } {
  const slash = word.lastIndexOf('/')
  if (slash === -1) {
    if (!/^[\w.-]+$/.test(word)) throw new SignInError(70011, [word])
    return { resource: GRAPH, permission: word }
  }
  const identifier = word.slice(0, slash)
  const resource = findResource(identifier, hosts)
  if (resource === undefined) throw new SignInError(500011, [identifier])
  return { resource, permission: word.slice(slash + 1) }
}
