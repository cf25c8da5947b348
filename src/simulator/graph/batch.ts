import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Route, ServiceReply, ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { renderReply } from '../core/serviceReply.ts'
import { ConnectionBrokenError, createServiceRequest } from '../core/serviceRequest.ts'
import type { Tenant } from '../core/tenant.ts'
import { READ_FILES } from '../drive/driveAccess.ts'
import { batchOrder } from './batchOrder.ts'

/** Requests in one batch [B.10, J]. */
const LARGEST_BATCH = 20
const LARGEST_BODY_BYTES = 40 * 1024 * 1024

const part = z.strictObject({
  id: z.string().min(1),
  method: z.string().min(1),
  url: z.string().min(1),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  dependsOn: z.array(z.string()).nullish(),
  /** Accepted and without effect: a batch is never a transaction. */
  atomicityGroup: z.string().nullish(),
})
const batch = z.strictObject({ requests: z.array(part) })

export type BatchPart = z.infer<typeof part>

interface BatchAnswer {
  readonly id: string
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** POST $batch: every part goes through the whole pipeline and is charged by itself; the answer is 200 whatever became of the parts. */
async function runBatch(request: ServiceRequest, tenant: Tenant): Promise<ServiceReply> {
  for (const name of request.url.searchParams.keys()) {
    throw new ServiceError(400, 'BadRequest', `The query parameter '${name}' is not supported.`, { isUnknown: true })
  }
  const parsed = batch.safeParse(await request.json(LARGEST_BODY_BYTES))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    if (issue?.code === 'unrecognized_keys') {
      const keys = issue.keys.join("', '")
      throw new ServiceError(400, 'BadRequest', `Invalid batch payload: unknown property '${keys}'.`, { isUnknown: true })
    }
    throw malformed(`Invalid batch payload: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`)
  }
  const { requests } = parsed.data
  if (requests.length === 0) throw malformed('The batch request must have at least one request.')
  if (requests.length > LARGEST_BATCH) {
    throw malformed(`Number of batch request steps exceeds the maximum value of ${LARGEST_BATCH}.`, 'MaximumValueExceeded')
  }
  for (const one of requests) checkPart(one)
  const order = batchOrder(requests)
  const pending = new Map<string, Promise<BatchAnswer>>()
  for (const one of order) {
    const before = (one.dependsOn ?? []).map((id) => pending.get(id.toLowerCase()))
    pending.set(
      one.id.toLowerCase(),
      after(before, one, () => runPart(request, tenant, one)),
    )
  }
  return { status: 200, body: { responses: await Promise.all(pending.values()) } }
}

/** Runs a part when those that it depends on are done; 424 without trying when one of them failed. */
async function after(
  before: readonly (Promise<BatchAnswer> | undefined)[],
  one: BatchPart,
  run: () => Promise<BatchAnswer>,
): Promise<BatchAnswer> {
  const answers = await Promise.all(before.map(async (one) => one))
  if (answers.every((answer) => answer !== undefined && answer.status < 400)) return run()
  return {
    id: one.id,
    status: 424,
    headers: { 'Content-Type': 'application/json' },
    body: {
      error: { code: 'FailedDependency', message: 'The request was not run because a request that it depends on failed.' },
    },
  }
}

function checkPart(one: BatchPart): void {
  if (/^[a-z][a-z0-9+.-]*:/i.test(one.url)) throw malformed(`The url of request '${one.id}' has to be relative.`)
  if (/^\/?(v1\.0\/)?\$batch/i.test(one.url)) throw malformed('A batch cannot contain a batch.')
  const contentType = headerOf(one, 'content-type')
  if (one.body !== undefined && one.body !== null && contentType === undefined) {
    throw malformed(`Request '${one.id}' has a body but no Content-Type header.`)
  }
}

function headerOf(one: BatchPart, name: string): string | undefined {
  for (const [key, value] of Object.entries(one.headers ?? {})) if (key.toLowerCase() === name) return value
  return undefined
}

async function runPart(request: ServiceRequest, tenant: Tenant, one: BatchPart): Promise<BatchAnswer> {
  const body = bodyOf(one)
  const version = request.rawPath.slice(0, request.rawPath.lastIndexOf('/'))
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(one.headers ?? {})) headers[name.toLowerCase()] = value
  headers.authorization ??= request.headers.authorization ?? ''
  const userAgent = request.headers['user-agent']
  if (userAgent !== undefined) headers['user-agent'] ??= userAgent
  headers['content-length'] = String(body.length)
  const made = createServiceRequest({
    id: tenant.random.guid(),
    method: one.method.toUpperCase(),
    host: request.host,
    service: request.service,
    target: `${version}/${one.url.replace(/^\/+/, '')}`,
    headers,
    receivedAt: tenant.clock.now(),
    remoteAddress: request.remoteAddress,
    body: Readable.from(body.length === 0 ? [] : [body]),
  })
  try {
    const rendered = renderReply(made, await tenant.dispatch(made, request))
    return answerOf(one.id, rendered.status, rendered.headers, await bytesOf(rendered.body))
  } catch (error) {
    if (error instanceof ConnectionBrokenError) return { id: one.id, status: 504 }
    throw error
  }
}

/** JSON bodies come as JSON, everything else as a base64url string (plain base64 is understood as well) [B.10]. */
function bodyOf(one: BatchPart): Buffer {
  if (one.body === undefined || one.body === null) return Buffer.alloc(0)
  const isJson = /^application\/([\w.+-]+\+)?json/i.test(headerOf(one, 'content-type') ?? '')
  if (isJson) return Buffer.from(JSON.stringify(one.body))
  if (typeof one.body !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(one.body)) {
    throw malformed(`The body of request '${one.id}' is neither JSON nor a base64url string.`)
  }
  return Buffer.from(one.body, 'base64url')
}

async function bytesOf(body: Buffer | Readable | undefined): Promise<Buffer> {
  if (body === undefined || Buffer.isBuffer(body)) return body ?? Buffer.alloc(0)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

const HEADER_NAMES: Readonly<Record<string, string>> = {
  'content-type': 'Content-Type',
  'retry-after': 'Retry-After',
  etag: 'ETag',
  location: 'Location',
}

function answerOf(id: string, status: number, headers: Readonly<Record<string, string>>, bytes: Buffer): BatchAnswer {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name !== 'content-length') shown[HEADER_NAMES[name] ?? name] = value
  }
  if (bytes.length === 0) return { id, status, headers: shown }
  const isJson = /json/i.test(headers['content-type'] ?? '')
  const body: unknown = isJson ? JSON.parse(bytes.toString('utf8')) : bytes.toString('base64')
  return { id, status, headers: shown, body }
}

export function malformed(message: string, innerCode?: string): ServiceError {
  return new ServiceError(400, 'BadRequest', message, innerCode === undefined ? {} : { innerCode })
}

/** A batch needs a valid token with something in it; what each part may do is decided at the part. */
const ANY_PERMISSION = [
  ...READ_FILES,
  'User.Read',
  'User.Read.All',
  'User.ReadBasic.All',
  'Group.Read.All',
  'Directory.Read.All',
  'Team.ReadBasic.All',
  'Channel.ReadBasic.All',
]

export const routes: readonly Route[] = [
  {
    name: 'graph.batch',
    service: 'graph',
    methods: ['POST'],
    match: (rawPath) => (/^\/v1\.0\/(?:\$|%24)batch\/?$/i.test(rawPath) ? {} : undefined),
    resourceUnits: 0,
    access: { delegated: ANY_PERMISSION, application: ANY_PERMISSION },
    handle: runBatch,
  },
]
