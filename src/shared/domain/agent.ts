import { z } from 'zod'
import { AGENT_PLACES_MAX } from '../limits.ts'
import { taskIdSchema } from './ids.ts'
import { DEFAULT_GROUP, groupNameSchema } from './taskRank.ts'

const count = z.number().int().nonnegative()

export const agentNameSchema = z
  .string()
  .trim()
  .min(1, 'it takes a name')
  .max(100, 'it takes at most 100 characters')
  .regex(/^[^\p{Cc}]*$/u, 'it takes no control characters')

export const placesSchema = z
  .number()
  .int()
  .min(1, 'it takes at least 1')
  .max(AGENT_PLACES_MAX, `it takes at most ${AGENT_PLACES_MAX}`)

/** What people decide about an agent, from any install. */
export const agentTermsSchema = z.object({
  name: agentNameSchema,
  group: groupNameSchema.default(DEFAULT_GROUP),
  /** A disabled agent ends what it has in work and takes nothing more. */
  isEnabled: z.boolean().default(true),
  /** Tasks and parts that it works on at the same time; absent = as many as its cores and memory allow. */
  places: placesSchema.optional(),
})
export type AgentTerms = z.infer<typeof agentTermsSchema>

/** What an agent says of itself with each heartbeat. */
export const agentBeatSchema = z.object({
  /** Server time of this word. */
  at: z.iso.datetime(),
  /** How often it speaks. */
  intervalMs: count,
  version: z.string(),
  /** System, cores and memory, in words. */
  machine: z.string(),
  freeDiskBytes: count.optional(),
  places: count,
  running: z.array(z.object({ taskId: taskIdSchema, name: z.string() })),
  /** In one day of UTC. */
  spent: z.object({ day: count, units: count, bytes: count }),
  /** The service asked it to wait until then. */
  pausedUntil: z.iso.datetime().optional(),
  sourceProblems: z.array(z.object({ path: z.string(), message: z.string() })).max(20),
  /** End of its audit chain: other chains and every verification hold it to that. */
  auditHead: z.object({ seq: z.number().int().min(1), hash: z.string() }).optional(),
  /** One run of the agent's process; rows that it owns name it. */
  session: z.string().max(64).optional(),
  /** Server time at which that run began. */
  startedAt: z.iso.datetime().optional(),
  /** What it spends at the moment, by its own count. */
  pace: z.object({ unitsPerMinute: z.number().nonnegative(), bytesPerHour: z.number().nonnegative() }).optional(),
  /** Whether it would spend more if it might. */
  wantsMore: z.boolean().optional(),
  /** Resource units a minute that the service has named as the budget of the app. */
  limitUnits: z.number().positive().optional(),
  /** Others gave its tasks away, since it had been silent for its lease. It begins a new session before it works again. */
  isLost: z.boolean().optional(),
  /** It went in order and will not be back by itself. */
  hasLeft: z.boolean().default(false),
})
export type AgentBeat = z.infer<typeof agentBeatSchema>

/** A row of the tenant's list of agents. Two hands write it, each its own half. */
export const agentRowSchema = z.object({ terms: agentTermsSchema, beat: agentBeatSchema.optional() })
export type AgentRow = z.infer<typeof agentRowSchema>

/** Migration Manager's words. */
export const AGENT_STATES = ['enabled', 'inUse', 'disabled', 'disconnected'] as const
export type AgentState = (typeof AGENT_STATES)[number]
