import fs from 'node:fs'
import path from 'node:path'
import { GRAPH_HOST, LOGIN_HOST, sharePointHosts } from './core/services.ts'
import { TENANT_NAME } from './store/siteSeed.ts'

export interface ConnectionFacts {
  readonly dataDir: string
  readonly port: number
  readonly tenantId: string
  readonly clientId: string
  readonly caFile: string
  readonly certificateFile: string
  readonly privateKeyFile: string
}

/** Writes what a client needs to reach the tenant under the real host names; returns the path. Every path in it is absolute. */
export function writeConnectionFile(facts: ConnectionFacts): string {
  const { root } = sharePointHosts(TENANT_NAME)
  const hosts = [LOGIN_HOST, GRAPH_HOST, '*.sharepoint.com', '*.blob.core.windows.net', '*.queue.core.windows.net']
  const connection = {
    kind: 'portage-connection',
    version: 1,
    cloud: 'global',
    tenantId: facts.tenantId,
    clientId: facts.clientId,
    tenantName: TENANT_NAME,
    rootSite: `https://${root}`,
    coordinationSite: `https://${root}/sites/migration`,
    auth: { kind: 'certificate', certificateFile: facts.certificateFile, privateKeyFile: facts.privateKeyFile },
    network: {
      map: hosts.map((host) => ({ host, address: '127.0.0.1', port: facts.port })),
      caFile: facts.caFile,
    },
  }
  const file = path.join(facts.dataDir, 'connection.json')
  fs.writeFileSync(file, `${JSON.stringify(connection, undefined, 2)}\n`)
  return file
}
