import { unwrap } from './migrationWire.ts'
import type { ServiceCall, ServiceClient, ServiceReply } from './serviceClient.ts'

const JSON_LIGHT = 'application/json;odata=nometadata'
/** Nobody has published a price for these calls; this is what a write costs. [throttle] */
const CALL_RU = 2

export type RestCall = Pick<ServiceCall, 'what' | 'isRepeatable' | 'signal'> &
  Partial<Pick<ServiceCall, 'accepts' | 'body' | 'method' | 'isForWholeTask' | 'ru'>> & { readonly url: string }

/** One call of SharePoint's own REST interface, in the form that needs no type names. */
export function rest(client: ServiceClient, call: RestCall): Promise<ServiceReply> {
  return client.call({
    method: 'GET',
    ru: CALL_RU,
    ...call,
    headers: { accept: JSON_LIGHT, ...(call.body === undefined ? {} : { 'content-type': JSON_LIGHT }) },
    resource: new URL(call.url).hostname,
    lane: 'bulk',
  })
}

/** Inside a quoted parameter of a REST path: percent and hash are encoded once, quotes doubled. */
export const restPath = (path: string): string => encodeURIComponent(`/${path}`.replaceAll("'", "''")).replaceAll('%2F', '/')

/** The members of an answer, in either form. */
export const plain = (body: unknown): unknown => unwrap(body, 'd')
