import type { Destination } from '../../engine/ports/destination.ts'
import { createDestinations } from '../sharepoint/driveDestination.ts'
import { type ClientFixture, createClientFixture } from './clientFixture.ts'
import { type Answer, type Exchange, type ServiceFixture, startService } from './serviceFixture.ts'

export const never = new AbortController().signal
/** Path of the Graph base. */
export const G = '/v1.0'
export const site = {
  id: 'contoso.sharepoint.com,1,2',
  webUrl: 'https://contoso.sharepoint.com/sites/finance',
  displayName: 'Finance',
}
export const library = (name: string, urlName: string) => ({
  id: `b!${urlName}`,
  name,
  driveType: 'documentLibrary',
  webUrl: `${site.webUrl}/${encodeURIComponent(urlName)}`,
  quota: { total: 100, remaining: 40 },
})
export const notFound: Answer = { status: 404, json: { error: { code: 'itemNotFound', message: 'x' } } }
export const ok = (json: object, status = 200): Answer => ({ status, json })
export const folder = (id: string, name: string) => ({
  id,
  name,
  folder: { childCount: 0 },
  webUrl: `${site.webUrl}/Shared%20Documents/${name}`,
})
export const file = (id: string, name: string, extra: object = {}) => ({
  id,
  name,
  size: 3,
  eTag: `"{${id}},1"`,
  file: { hashes: { quickXorHash: 'abc=' } },
  fileSystemInfo: { createdDateTime: '2019-02-01T08:00:00Z', lastModifiedDateTime: '2021-11-08T03:57:05Z' },
  ...extra,
})

/** Route → answer, or answers in order of which the last stays. */
export type Routes = Record<string, Answer | ((exchange: Exchange) => Answer) | readonly Answer[]>

/** A scripted site with three libraries whose titles and addresses cross. An unplanned request fails with 418. */
export interface DriveFixture {
  /** New for every test, see `reset`. */
  client: ClientFixture
  routes: Routes
  /** `METHOD path`, as they came. */
  seen: string[]
  reset(): void
  open(change?: object, createMissing?: boolean): Promise<Destination>
  close(): Promise<void>
}

export async function startDriveFixture(): Promise<DriveFixture> {
  const service: ServiceFixture = await startService(() => ({ status: 500 }))
  const fixture: DriveFixture = {
    client: createClientFixture(service),
    routes: {},
    seen: [],
    reset() {
      const counts = new Map<string, number>()
      fixture.client = createClientFixture(service)
      fixture.seen = []
      fixture.routes = siteRoutes()
      service.answer = (exchange) => {
        const line = `${exchange.method} ${exchange.path.split('?')[0]}`
        fixture.seen.push(line)
        const planned = fixture.routes[line]
        if (planned === undefined) return { status: 418, text: `unplanned: ${line}` }
        if (typeof planned === 'function') return planned(exchange)
        if (!isList(planned)) return planned
        const count = counts.get(line) ?? 0
        counts.set(line, count + 1)
        return planned[Math.min(count, planned.length - 1)] ?? { status: 500 }
      }
    },
    open: (change = {}, createMissing = false) =>
      createDestinations(fixture.client.client, { tenantId: 'contoso.onmicrosoft.com' }).open(
        { kind: 'library', siteUrl: `${site.webUrl}/`, library: 'Documents', folder: '', ...change },
        { createMissing, signal: never },
      ),
    close: () => service.close(),
  }
  return fixture
}

const isList = (planned: Answer | readonly Answer[]): planned is readonly Answer[] => Array.isArray(planned)

function siteRoutes(): Routes {
  return {
    [`GET ${G}/sites/contoso.sharepoint.com:/sites/finance`]: ok(site),
    [`GET ${G}/sites/contoso.sharepoint.com,1,2/drives`]: [
      ok({
        value: [library('Archiv', 'Documents')],
        '@odata.nextLink': `https://graph.microsoft.com${G}/sites/contoso.sharepoint.com,1,2/drives?$skiptoken=1`,
      }),
      ok({ value: [library('Dokumente', 'Freigegebene Dokumente'), library('Documents', 'Docs2')] }),
    ],
    'GET /sites/finance/_api/web': ok({ EffectiveBasePermissions: { High: '2147483647', Low: '4294705151' } }),
    [`GET ${G}/drives/b!Docs2/root`]: ok({ id: 'ROOT', name: 'root', root: {}, folder: {}, webUrl: `${site.webUrl}/Docs2` }),
    [`GET ${G}/drives/b!Documents/root`]: ok({
      id: 'ROOTA',
      name: 'root',
      root: {},
      folder: {},
      webUrl: `${site.webUrl}/Documents`,
    }),
  }
}
