import { createHash } from 'node:crypto'
import type http from 'node:http'
import { finished } from 'node:stream/promises'
import type { Route, ServiceReply, ServiceRequest } from '../../core/http.ts'
import { ServiceError } from '../../core/serviceError.ts'
import type { Tenant } from '../../core/tenant.ts'
import { containerNotFound, permissionMismatch, sasRefusal, storageRefusal } from './blobErrors.ts'
import { checkSas } from './sas.ts'

const MIB = 1024 * 1024
/** Request headers that mean something to the storage; everything else stays at the door. */
const PASSED_HEADERS = /^(?:content-(?:type|md5|encoding|language|disposition)|if-.+|range|cache-control|x-ms-.+)$/
const KEPT_HEADERS =
  /^(?:etag|last-modified|content-(?:type|md5|length|range|encoding|language|disposition)|accept-ranges|cache-control|x-ms-.+)$/
/** Options of the SAS, which the storage behind the door does not get to see. */
const SAS_OPTIONS = new Set(['sv', 'sr', 'st', 'se', 'sp', 'spr', 'sip', 'si', 'sig', 'rscc', 'rscd', 'rsce', 'rscl', 'rsct'])
const LARGEST_BLOCK_LIST_BYTES = 8 * MIB

interface Operation {
  readonly name: string
  readonly methods: readonly string[]
  /** Value of `comp`; '' when there must be none. */
  readonly comp: string
  readonly isContainer?: boolean
  /** Letters of the SAS of which one is needed. */
  readonly needs: string
  /** Most bytes of a request body, by service version [D.2]. */
  readonly largestBody?: (version: string) => number
}

/** Versions are dates; as text they sort by time. */
const OPERATIONS: readonly Operation[] = [
  {
    name: 'blob.put',
    methods: ['PUT'],
    comp: '',
    needs: 'cw',
    largestBody: (version) => (version >= '2019-12-12' ? 5000 : 256) * MIB,
  },
  {
    name: 'blob.block.put',
    methods: ['PUT'],
    comp: 'block',
    needs: 'w',
    largestBody: (version) => (version >= '2019-12-12' ? 4000 : 100) * MIB,
  },
  { name: 'blob.blocklist.put', methods: ['PUT'], comp: 'blocklist', needs: 'cw', largestBody: () => LARGEST_BLOCK_LIST_BYTES },
  { name: 'blob.metadata.put', methods: ['PUT'], comp: 'metadata', needs: 'w' },
  { name: 'blob.properties.put', methods: ['PUT'], comp: 'properties', needs: 'w' },
  { name: 'blob.snapshot', methods: ['PUT'], comp: 'snapshot', needs: 'cw' },
  { name: 'blob.get', methods: ['GET'], comp: '', needs: 'r' },
  { name: 'blob.metadata.get', methods: ['GET'], comp: 'metadata', needs: 'r' },
  { name: 'blob.blocklist.get', methods: ['GET'], comp: 'blocklist', needs: 'r' },
  { name: 'blob.delete', methods: ['DELETE'], comp: '', needs: 'd' },
  { name: 'blob.container.list', methods: ['GET'], comp: 'list', isContainer: true, needs: 'l' },
  { name: 'blob.container.get', methods: ['GET'], comp: '', isContainer: true, needs: 'never' },
]

const PATH = /^\/([a-z0-9][a-z0-9-]{2,62})(?:\/(.+))?$/

/** The storage host: SAS checked here, bytes handed through to the storage behind it. Costs no resource units: it is Azure, not SharePoint [D.2]. */
export const blobRoutes: readonly Route[] = OPERATIONS.map((operation) => ({
  name: operation.name,
  service: 'blob',
  methods: operation.methods,
  match(rawPath, query) {
    const found = PATH.exec(rawPath)
    const [, container, blob] = found ?? []
    if (container === undefined || (blob === undefined) !== (operation.isContainer === true)) return undefined
    if ((query.get('comp') ?? '') !== operation.comp) return undefined
    return { container, path: `/${container}${blob === undefined ? '' : `/${blob}`}` }
  },
  resourceUnits: 0,
  access: 'anonymous',
  handle: (request, tenant, params) => carryOut(operation, request, tenant, params),
}))

async function carryOut(
  operation: Operation,
  request: ServiceRequest,
  tenant: Tenant,
  params: Readonly<Record<string, string>>,
): Promise<ServiceReply> {
  const { migration } = tenant
  const { account } = migration.containers
  const query = request.url.searchParams
  const container = params.container ?? ''
  if (request.host !== `${account.name}.blob.core.windows.net`) throw sasRefusal({ isGood: false, reason: 'signature' })
  const verdict = checkSas({ account: account.name, accountKey: account.key, container }, query, tenant.clock.now())
  if (!verdict.isGood) throw sasRefusal(verdict)
  if (![...operation.needs].some((letter) => verdict.permissions.includes(letter))) throw permissionMismatch()
  if (migration.containers.container(container) === undefined) throw containerNotFound()

  const lengthBytes = checkLength(operation, request)
  if (operation.name === 'blob.put' && tenant.faults.isActive('lostWrite', request)) {
    request.body.resume()
    await finished(request.body)
    return { status: 201, headers: { etag: '"0x8DE000000000000"', 'x-ms-request-id': request.id } }
  }
  const options = Object.fromEntries([...query].filter(([name]) => !SAS_OPTIONS.has(name)))
  const answer = await migration.storage.send({
    method: request.method,
    path: params.path ?? '',
    query: options,
    headers: passedHeaders(request),
    ...(operation.comp === 'blocklist' && request.method === 'PUT'
      ? { body: await readBlockList(request) }
      : lengthBytes > 0
        ? { body: request.body, lengthBytes }
        : {}),
  })
  const status = answer.statusCode ?? 500
  if (status >= 400) throw await readRefusal(answer, status)
  // Nothing comes after the head of any other answer; read to its end, the connection can serve again.
  if (request.method !== 'GET') answer.resume()
  return {
    status,
    headers: { ...keptHeaders(answer), server: 'Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0', 'x-ms-request-id': request.id },
    ...(request.method === 'GET' ? { body: answer } : {}),
  }
}

function checkLength(operation: Operation, request: ServiceRequest): number {
  if (request.method !== 'PUT') return 0
  const declared = request.headers['content-length']
  if (declared === undefined)
    throw new ServiceError(
      411,
      'MissingContentLengthHeader',
      'Content-Length HTTP header is missing or not in the correct format.',
    )
  const lengthBytes = Number(declared)
  const version = request.headers['x-ms-version']
  const largest = operation.largestBody?.(typeof version === 'string' ? version : '2018-03-28') ?? 0
  if (lengthBytes > largest)
    throw new ServiceError(413, 'RequestBodyTooLarge', 'The request body is too large and exceeds the maximum permissible limit.')
  return lengthBytes
}

async function readBlockList(request: ServiceRequest): Promise<Buffer> {
  const body = await request.bytes(LARGEST_BLOCK_LIST_BYTES)
  const expected = request.headers['content-md5']
  if (typeof expected === 'string' && createHash('md5').update(body).digest('base64') !== expected)
    throw storageRefusal(400, 'Md5Mismatch', "Provided contentMD5 doesn't match.")
  return body
}

function passedHeaders(request: ServiceRequest): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value !== 'string' || !PASSED_HEADERS.test(name) || name === 'x-ms-date') continue
    passed[name] = value
  }
  return passed
}

function keptHeaders(answer: http.IncomingMessage): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(answer.headers)) {
    if (typeof value === 'string' && KEPT_HEADERS.test(name)) kept[name] = value
  }
  return kept
}

async function readRefusal(answer: http.IncomingMessage, status: number): Promise<ServiceError> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const code = answer.headers['x-ms-error-code'] ?? /<Code>([^<]*)<\/Code>/.exec(text)?.[1]
  const message = /<Message>([^<\n]*)/.exec(text)?.[1] ?? 'The storage refused the request.'
  return storageRefusal(status, typeof code === 'string' ? code : 'InternalError', message)
}
