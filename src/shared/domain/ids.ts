import { z } from 'zod'

export const taskIdSchema = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  .brand<'TaskId'>()
export type TaskId = z.infer<typeof taskIdSchema>

export const agentIdSchema = z.string().min(1).max(128).brand<'AgentId'>()
export type AgentId = z.infer<typeof agentIdSchema>

/** Row number of an item in the journal of its task, shard and round. */
export type ItemId = number & { readonly __brand: 'ItemId' }

/** R0 is the first run of a task, R1… its incremental reruns. */
export type RoundNumber = number
