import { z } from 'zod'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/**
 * One line of the audit. Each install writes a chain of its own, in which every entry holds the hash of the one before; and it names the
 * newest entry of another chain that its writer knew, so that chains hold each other too.
 */
export const auditEntrySchema = z.object({
  /** Whose chain: the agent id of the install. */
  chain: z.string().min(1).max(128),
  /** 1, 2, 3… without a gap. */
  seq: z.number().int().min(1),
  /** Server time. */
  at: z.iso.datetime(),
  /** Account and computer. */
  who: z.string().max(300),
  /** `task.paused`, `settings.changed`… */
  action: z.string().max(64),
  taskId: z.string().max(64).optional(),
  /** What it was done to, in words: the name of the task or agent. */
  subject: z.string().max(300).optional(),
  detail: z.string().max(8000).optional(),
  /** Hash of entry seq-1 of this chain; 64 zeros for the first. */
  previous: hash,
  /** The newest entry of another chain that the writer had seen. */
  seen: z.object({ chain: z.string(), seq: z.number().int().min(1), hash }).optional(),
  /** Of all the members above. */
  hash,
})
export type AuditEntry = z.infer<typeof auditEntrySchema>
