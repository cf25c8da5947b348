import { z } from 'zod'
import { AGENT_STATES, agentBeatSchema, agentTermsSchema } from '../domain/agent.ts'
import { fleetSummarySchema } from '../domain/fleet.ts'
import { agentIdSchema, taskIdSchema } from '../domain/ids.ts'
import { taskProgressSchema } from '../domain/progress.ts'
import { taskScheduleSchema } from '../domain/schedule.ts'
import { destinationSpecSchema, sourceSpecSchema, taskSchema, taskStatusSchema } from '../domain/task.ts'
import { groupNameSchema, prioritySchema } from '../domain/taskRank.ts'
import { wireErrorSchema } from '../errors.ts'
import { chosenSettingsSchema } from './chosenSettings.ts'

/** A task as screens see it: the row of the shared list without what only agents need. */
export const taskViewSchema = z.object({
  task: taskSchema,
  status: taskStatusSchema,
  round: z.number().int().nonnegative(),
  owner: agentIdSchema.optional(),
  heartbeatAt: z.string().optional(),
  progress: taskProgressSchema.optional(),
  /** Why it does not move, or how it ended, in words; filled whenever nobody works on a task that is to run. */
  reason: z.string().optional(),
  /** What it waits for: `text` is part of the reason, `untilMs` is when it ends by itself. */
  waiting: z.object({ code: z.string(), text: z.string(), untilMs: z.number().optional() }).optional(),
  /** ISO; no agent begins before. */
  dueAt: z.string().optional(),
  /** Asked by a person, not yet heard by the agent. */
  request: z.enum(['pause', 'cancel']).optional(),
  modifiedAt: z.string(),
})
export type TaskView = z.infer<typeof taskViewSchema>

/** What a person says when creating a task. */
export const taskDraftSchema = z.object({
  name: z.string().trim().min(1, 'must not be empty').max(255).optional(),
  source: sourceSpecSchema,
  destination: destinationSpecSchema,
  settings: chosenSettingsSchema.optional(),
  tags: z.array(z.string().min(1).max(255)).optional(),
  group: groupNameSchema.optional(),
  priority: prioritySchema.optional(),
  schedule: taskScheduleSchema.optional(),
})

export const accessCheckSchema = z.object({
  check: z.string(),
  ok: z.boolean(),
  found: z.string(),
  fix: z.string().optional(),
})

export const connectionViewSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none'), error: wireErrorSchema.optional() }),
  /** `message`: what a person must do meanwhile, such as typing a device code. */
  z.object({ state: z.literal('connecting'), message: z.string().optional() }),
  z.object({
    state: z.literal('connected'),
    tenantName: z.string(),
    tenantId: z.string(),
    coordinationSite: z.string(),
    /** How secrets are kept on this machine, in words. */
    secretProtection: z.string(),
    /** Why the task list could not be read the last time. The rows shown may be old. */
    error: wireErrorSchema.optional(),
  }),
])
export type ConnectionView = z.infer<typeof connectionViewSchema>

export const agentViewSchema = z.object({
  id: agentIdSchema,
  name: z.string(),
  state: z.enum(['stopped', 'running', 'stopping']),
  taskId: taskIdSchema.optional(),
  /** Why it stopped by itself. */
  error: wireErrorSchema.optional(),
})
export type AgentView = z.infer<typeof agentViewSchema>

/** An agent of the project, this install's own among them. */
export const fleetAgentViewSchema = z.object({
  id: agentIdSchema,
  terms: agentTermsSchema,
  state: z.enum(AGENT_STATES),
  isAlive: z.boolean(),
  /** Why it takes no work, in words. */
  reason: z.string().optional(),
  /** Its last word; absent when it has not spoken yet. */
  beat: agentBeatSchema.optional(),
})
export type FleetAgentView = z.infer<typeof fleetAgentViewSchema>

/** Who works on the project, and how it will go on. */
export const fleetViewSchema = z.object({
  agents: z.array(fleetAgentViewSchema),
  eta: fleetSummarySchema.shape.eta,
  bottleneck: fleetSummarySchema.shape.bottleneck,
})
export type FleetView = z.infer<typeof fleetViewSchema>

/** A row of a task file that cannot be taken as it is. */
export const taskFileProblemSchema = z.object({
  row: z.number().int(),
  field: z.string(),
  value: z.string(),
  message: z.string(),
  fix: z.string(),
})
export type TaskFileProblemView = z.infer<typeof taskFileProblemSchema>

/** A row with a problem as it stands in the file. */
export const taskFileBadRowSchema = z.object({
  row: z.number().int(),
  source: z.string(),
  site: z.string(),
  library: z.string(),
  folder: z.string(),
})
export type TaskFileBadRowView = z.infer<typeof taskFileBadRowSchema>

export const exportedFileSchema = z.object({
  fileName: z.string(),
  rowCount: z.number().int().nonnegative(),
  sizeBytes: z.number().nonnegative(),
})
export const exportViewSchema = z.object({
  /** Name of the export below the reports folder; downloads name it. */
  exportId: z.string(),
  folder: z.string(),
  files: z.array(exportedFileSchema),
})
export type ExportView = z.infer<typeof exportViewSchema>
