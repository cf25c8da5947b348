import type { Service } from './http.ts'

/** The host on which the practice tenant itself is steered; no real service has it. */
export const CONTROL_HOST = 'practice.portage.test'
export const LOGIN_HOST = 'login.microsoftonline.com'
export const GRAPH_HOST = 'graph.microsoft.com'

export interface SharePointHosts {
  readonly root: string
  readonly personal: string
  readonly admin: string
}

/** SharePoint's three hosts of a tenant called `name`. */
export function sharePointHosts(name: string): SharePointHosts {
  return {
    root: `${name}.sharepoint.com`,
    personal: `${name}-my.sharepoint.com`,
    admin: `${name}-admin.sharepoint.com`,
  }
}

/** All host names and wildcards the tenant answers for; they are the names in its certificate. */
export function servedHosts(name: string): readonly string[] {
  const sharePoint = sharePointHosts(name)
  return [
    LOGIN_HOST,
    GRAPH_HOST,
    sharePoint.root,
    sharePoint.personal,
    sharePoint.admin,
    '*.blob.core.windows.net',
    '*.queue.core.windows.net',
    CONTROL_HOST,
  ]
}

/** The service behind each host; undefined for a host that this tenant does not have. `host` in lower case, without port. */
export function createServiceMap(name: string): (host: string) => Service | undefined {
  const sharePoint = sharePointHosts(name)
  const exact = new Map<string, Service>([
    [LOGIN_HOST, 'login'],
    [GRAPH_HOST, 'graph'],
    [sharePoint.root, 'sharepoint'],
    [sharePoint.personal, 'sharepoint'],
    [sharePoint.admin, 'sharepoint'],
    [CONTROL_HOST, 'control'],
  ])
  return (host) => exact.get(host) ?? (/^[a-z0-9]{3,24}\.(blob|queue)\.core\.windows\.net$/.test(host) ? 'blob' : undefined)
}
