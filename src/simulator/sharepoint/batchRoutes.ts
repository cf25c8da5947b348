import { STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { renderReply } from '../core/serviceReply.ts'
import { createServiceRequest } from '../core/serviceRequest.ts'
import type { Tenant } from '../core/tenant.ts'
import { BatchFormatError, type BatchPart, parseBatch } from './batchParts.ts'
import { invalidQuery, restRefusal } from './restErrors.ts'
import { SCOPES } from './restRoute.ts'

const MAX_REQUESTS = 100
const MAX_BATCH_BYTES = 16 * 1024 * 1024

/** Parts run one after the other; a failed one rolls nothing back and stops nothing [C.2]. */
async function batch(request: ServiceRequest, tenant: Tenant): Promise<ServiceReply> {
  const [unknown] = request.url.searchParams.keys()
  if (unknown !== undefined) throw invalidQuery(`The query parameter '${unknown}' is not supported.`, true)
  const text = (await request.bytes(MAX_BATCH_BYTES)).toString('utf8')
  const parts = readParts(request, text)
  const boundary = `batchresponse_${tenant.random.guid()}`
  const answers: string[] = []
  for (const part of parts) answers.push(await runPart(request, tenant, part))
  const body = answers
    .map((answer) => `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${answer}\r\n`)
    .join('')
  return { status: 200, headers: { 'content-type': `multipart/mixed; boundary=${boundary}` }, body: `${body}--${boundary}--\r\n` }
}

function readParts(request: ServiceRequest, text: string): readonly BatchPart[] {
  try {
    const parts = parseBatch(request.headers['content-type'] ?? '', text)
    if (parts.length > MAX_REQUESTS) throw new BatchFormatError(`A batch takes at most ${MAX_REQUESTS} requests.`)
    for (const part of parts) {
      if (new URL(part.url, request.url).host !== request.url.host) throw new BatchFormatError('A batch part names another host.')
      if (/\/_api\/\$batch/i.test(part.url)) throw new BatchFormatError('A batch cannot contain a batch.')
    }
    return parts
  } catch (error) {
    if (error instanceof BatchFormatError || error instanceof TypeError) throw invalidQuery(error.message)
    throw error
  }
}

async function runPart(outer: ServiceRequest, tenant: Tenant, part: BatchPart): Promise<string> {
  const url = new URL(part.url, outer.url)
  const bytes = Buffer.from(part.body, 'utf8')
  const inner = createServiceRequest({
    id: tenant.random.guid(),
    method: part.method,
    host: outer.host,
    service: 'sharepoint',
    target: url.pathname + url.search,
    headers: {
      ...part.headers,
      authorization: outer.headers.authorization,
      'user-agent': outer.headers['user-agent'],
      'content-length': String(bytes.length),
    },
    receivedAt: outer.receivedAt,
    remoteAddress: outer.remoteAddress,
    body: Readable.from(bytes.length === 0 ? [] : [bytes]),
  })
  const rendered = renderReply(inner, await tenant.dispatch(inner, outer))
  const text = await bodyText(rendered.body)
  const { 'content-length': _length, ...headers } = rendered.headers
  const lines = Object.entries(headers).map(([name, value]) => `${name.toUpperCase()}: ${value}`)
  return [`HTTP/1.1 ${rendered.status} ${STATUS_CODES[rendered.status] ?? ''}`, ...lines, '', text].join('\r\n')
}

async function bodyText(body: Buffer | Readable | undefined): Promise<string> {
  if (body === undefined) return ''
  if (Buffer.isBuffer(body)) return body.toString('utf8')
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** The parts are charged one by one. */
export const batchRoutes: readonly Route[] = [
  {
    name: 'sharepoint.batch',
    service: 'sharepoint',
    methods: ['POST'],
    match: (rawPath) => (/^.*\/_api\/(\$|%24)batch$/i.test(rawPath) ? {} : undefined),
    resourceUnits: 0,
    access: SCOPES.read,
    async handle(request, tenant) {
      try {
        return await batch(request, tenant)
      } catch (error) {
        throw restRefusal(error, tenant, request)
      }
    },
  },
]
