import { MigrationError } from '../../../shared/errors.ts'
import { graphCall, type ServiceCall, type ServiceClient } from './serviceClient.ts'
import { pageSchema, readAnswer } from './wire.ts'

export interface Page {
  readonly values: readonly unknown[]
  readonly next: string | undefined
}

type PageCall = Pick<ServiceCall, 'what' | 'headers' | 'signal' | 'notFound' | 'isForWholeTask' | 'accepts'>

/**
 * One page of a Graph collection. `place` is a path below the Graph base, or the link of the page before, which is followed only to Graph:
 * links to SharePoint hosts have leaked out and do not take a Graph token. [B.7]
 */
export async function readPage(client: ServiceClient, place: string, call: PageCall): Promise<Page> {
  const path = place.startsWith('https:') ? belowGraph(client, place, call.what) : place
  const reply = await graphCall(client, { ...call, method: 'GET', path, lane: 'bulk', ru: 2, isRepeatable: true })
  const page = readAnswer(pageSchema, reply.body, call.what)
  return { values: page.value, next: page['@odata.nextLink'] }
}

/** All pages in order. An empty page may have a successor; a link that repeats ends in an error, not in a loop. */
export async function* readPages(client: ServiceClient, path: string, call: PageCall): AsyncGenerator<readonly unknown[]> {
  let place: string | undefined = path
  while (place !== undefined) {
    const page: Page = await readPage(client, place, call)
    yield page.values
    if (page.next === place) throw strangeLink(call.what, 'points at itself')
    place = page.next
  }
}

function belowGraph(client: ServiceClient, link: string, what: string): string {
  const base = new URL(client.graphBase)
  const target = new URL(link)
  if (target.origin !== base.origin || !target.pathname.startsWith(`${base.pathname}/`))
    throw strangeLink(what, `points at ${target.hostname}`)
  return target.pathname.slice(base.pathname.length) + target.search
}

function strangeLink(what: string, why: string): MigrationError {
  return new MigrationError('DST_UNAVAILABLE', `${what}: the link to the next page ${why}.`, { remedy: { kind: 'retry' } })
}
