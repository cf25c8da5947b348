import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import { BATCH_REQUESTS_MAX } from '../../../shared/limits.ts'
import type { Outcome } from '../../engine/ports/destination.ts'
import { graphCall, type ServiceClient, type ServiceReply } from './serviceClient.ts'
import { type CallContext, namedWaitMs, serviceError } from './serviceErrors.ts'
import { readAnswer } from './wire.ts'

/** One request inside a batch. */
export interface BatchPart extends CallContext {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the Graph base. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** Statuses besides 2xx that are an answer and no error. */
  readonly accepts?: readonly number[]
}

const batchSchema = z.object({
  responses: z.array(
    z.object({
      id: z.coerce.string(),
      status: z.number().int(),
      headers: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
      body: z.unknown().optional(),
    }),
  ),
})

type PartOutcome = Outcome<ServiceReply>

/**
 * Sends any number of parts, at most 20 a request; outcomes in the order of the parts, each mapped for itself. Parts that were throttled, or
 * failed harmlessly, are sent again after the wait; the service charges and throttles parts one by one and rolls nothing back. [B.10]
 */
export async function sendBatch(
  client: ServiceClient,
  parts: readonly BatchPart[],
  signal: AbortSignal,
): Promise<readonly PartOutcome[]> {
  const outcomes: PartOutcome[] = []
  for (let start = 0; start < parts.length; start += BATCH_REQUESTS_MAX) {
    outcomes.push(...(await sendOne(client, parts.slice(start, start + BATCH_REQUESTS_MAX), signal)))
  }
  return outcomes
}

async function sendOne(client: ServiceClient, parts: readonly BatchPart[], signal: AbortSignal): Promise<readonly PartOutcome[]> {
  const outcomes = new Map<number, PartOutcome>()
  const isOpen = (index: number) => {
    const outcome = outcomes.get(index)
    return outcome === undefined || (!outcome.ok && isWorthAnotherTry(outcome.error))
  }
  let isAnswered = false
  const round = async () => {
    const open = parts.map((_, index) => index).filter(isOpen)
    for (const [index, outcome] of await exchange(client, parts, open, signal)) outcomes.set(index, outcome)
    isAnswered = true
    const errors = open.filter(isOpen).flatMap((index) => errorOf(outcomes.get(index)) ?? [])
    const [first] = errors
    if (first) throw errors.reduce((worst, error) => (waitOf(error) > waitOf(worst) ? error : worst), first)
  }
  try {
    await client.retry(round, signal)
  } catch (thrown) {
    signal.throwIfAborted()
    if (!isAnswered || !(thrown instanceof MigrationError)) throw thrown
    for (let index = 0; index < parts.length; index++) {
      if (!outcomes.has(index)) outcomes.set(index, { ok: false, error: thrown })
    }
  }
  return parts.map((part, index) => outcomes.get(index) ?? { ok: false, error: unanswered(part) })
}

/** One request; the indexes are those of `parts`. */
async function exchange(
  client: ServiceClient,
  parts: readonly BatchPart[],
  indexes: readonly number[],
  signal: AbortSignal,
): Promise<Map<number, PartOutcome>> {
  const requests = indexes.flatMap((index) => {
    const part = parts[index]
    if (!part) return []
    const headers = { ...part.headers, ...(part.json === undefined ? {} : { 'Content-Type': 'application/json' }) }
    return {
      id: String(index),
      method: part.method,
      url: part.path,
      headers,
      ...(part.json === undefined ? {} : { body: part.json }),
    }
  })
  const what = `A batch of ${requests.length} requests`
  const reply = await graphCall(client, {
    method: 'POST',
    path: '/$batch',
    body: { kind: 'json', value: { requests } },
    what,
    isRepeatable: parts.every((part) => part.isRepeatable),
    lane: 'bulk',
    ru: 2 * requests.length,
    // Documented for batches whose parts were throttled; the parts still say what happened. [B.10]
    accepts: [424],
    signal,
  })
  const outcomes = new Map<number, PartOutcome>()
  for (const response of readAnswer(batchSchema, reply.body, what).responses) {
    const index = Number(response.id)
    const part = parts[index]
    if (!part || !indexes.includes(index)) continue
    outcomes.set(index, judge(client, part, response, reply.headers.date))
  }
  for (const index of indexes) {
    const part = parts[index]
    if (part && !outcomes.has(index)) outcomes.set(index, { ok: false, error: unanswered(part) })
  }
  return outcomes
}

function judge(
  client: ServiceClient,
  part: BatchPart,
  response: z.infer<typeof batchSchema>['responses'][number],
  date: string | undefined,
): PartOutcome {
  const headers: Record<string, string | undefined> = { date }
  for (const [name, value] of Object.entries(response.headers ?? {})) headers[name.toLowerCase()] = String(value)
  const answer = { status: response.status, headers, body: response.body }
  if ((response.status >= 200 && response.status < 300) || part.accepts?.includes(response.status))
    return { ok: true, value: answer }
  if (response.status === 429 || response.status === 503) client.pause(namedWaitMs(answer, client.now()))
  return { ok: false, error: serviceError(answer, part, client.now()) }
}

const isWorthAnotherTry = (error: MigrationError): boolean => error.remedy.kind === 'retry' || error.remedy.kind === 'waitUntil'
const waitOf = (error: MigrationError): number => (error.remedy.kind === 'waitUntil' ? error.remedy.delayMs : 0)
const errorOf = (outcome: PartOutcome | undefined): MigrationError | undefined =>
  outcome === undefined || outcome.ok ? undefined : outcome.error

function unanswered(part: BatchPart): MigrationError {
  return new MigrationError('NET_INTERRUPTED', `${part.what}: the batch was answered without it.`, {
    remedy: { kind: part.isRepeatable ? 'retry' : 'lookFirst' },
  })
}
