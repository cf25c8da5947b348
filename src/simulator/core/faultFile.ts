import { z } from 'zod'
import { FAULT_SWITCHES } from './faultSwitches.ts'

/** `drive.item.*` or `*.sharepoint.com`: `*` stands for anything. */
const pattern = z.string().min(1).max(200)
const count = z.number().int().min(1)
const retryAfter = z.strictObject({
  form: z.enum(['seconds', 'fraction', 'date', 'absent']).default('seconds'),
  ms: z
    .number()
    .min(0)
    .max(24 * 3_600_000)
    .default(5_000),
})

const condition = z.strictObject({
  /** Route name, see the `route` of a journal row. */
  route: pattern.optional(),
  host: pattern.optional(),
  path: pattern.optional(),
  method: z.string().max(20).optional(),
  app: pattern.optional(),
  user: pattern.optional(),
  /** Which of the requests that match the members above, counted from 1. */
  calls: z
    .union([z.array(count).min(1), z.strictObject({ from: count.default(1), to: count.optional(), every: count.default(1) })])
    .optional(),
  /** Of those, this share by chance. */
  probability: z.number().min(0).max(1).optional(),
  /** Milliseconds of tenant time after the rule was added. */
  afterMs: z.number().min(0).optional(),
  untilMs: z.number().min(0).optional(),
  /** At most so many times. */
  times: count.optional(),
})

const action = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('status'),
    status: z.number().int().min(400).max(599),
    /** `after`: the request takes effect and is then answered with this status all the same. */
    moment: z.enum(['before', 'after']).default('before'),
    retryAfter: retryAfter.optional(),
    code: z.string().max(200).optional(),
    message: z.string().max(1_000).optional(),
  }),
  z.strictObject({
    action: z.literal('reset'),
    /** `body`: in the middle of the request body; `reply`: in the middle of the answer; `afterBody`: the request took effect, no answer. */
    moment: z.enum(['beforeBody', 'body', 'afterBody', 'reply']),
    /** For `body` and `reply`: after so many bytes; without it half of them. */
    bytes: z.number().int().min(0).optional(),
  }),
  z.strictObject({ action: z.literal('tlsReset') }),
  z.strictObject({
    action: z.literal('delay'),
    ms: z.number().min(0).max(3_600_000),
    moment: z.enum(['before', 'after']).default('before'),
  }),
  z.strictObject({ action: z.literal('drip'), bytesPerSecond: z.number().min(1) }),
  z.strictObject({ action: z.literal('token'), problem: z.enum(['expired', 'revoked', 'malformed']).default('expired') }),
  z.strictObject({
    action: z.literal('switch'),
    switch: z.enum(FAULT_SWITCHES),
    amount: z.number().optional(),
    /** For switches that strike single files: their web-relative URL, `Shared Documents/Q3/*poison*`. */
    items: pattern.optional(),
  }),
])

const rule = z.strictObject({ name: z.string().min(1).max(100), when: condition.default({}), do: action })

export const faultFileSchema = z.strictObject({
  version: z.literal(1),
  seed: z.union([z.number(), z.string()]).optional(),
  faults: z.array(rule).max(1_000),
})

export type FaultRule = z.infer<typeof rule>
export type FaultAction = z.infer<typeof action>
export type FaultCondition = z.infer<typeof condition>
export type FaultFile = z.infer<typeof faultFileSchema>

/** A fault script as written in a file or sent to the control host. Throws an error that names the member at fault. */
export function parseFaultFile(text: string): FaultFile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error(`The fault script is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  const parsed = faultFileSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Error(`The fault script is not valid:\n${z.prettifyError(parsed.error)}`)
}
