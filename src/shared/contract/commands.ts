import { z } from 'zod'
import { agentTermsSchema, placesSchema } from '../domain/agent.ts'
import { fleetSummarySchema } from '../domain/fleet.ts'
import { agentIdSchema, taskIdSchema } from '../domain/ids.ts'
import { fleetSettingsSchema, taskScheduleSchema } from '../domain/schedule.ts'
import { destinationSpecSchema, taskSchema } from '../domain/task.ts'
import { groupNameSchema, prioritySchema } from '../domain/taskRank.ts'
import { wireErrorSchema } from '../errors.ts'
import { browseCommands } from './browse.ts'
import { cutoverCommands } from './cutover.ts'
import { identityCommands } from './identities.ts'
import { scanCommands } from './scans.ts'
import { setupCommands } from './setup.ts'
import { shareCredentialCommands } from './shareCredentials.ts'
import { taskDetailCommands } from './taskDetail.ts'
import {
  accessCheckSchema,
  agentViewSchema,
  connectionViewSchema,
  exportViewSchema,
  fleetAgentViewSchema,
  taskDraftSchema,
  taskFileBadRowSchema,
  taskFileProblemSchema,
  taskViewSchema,
} from './views.ts'

/** Characters of a task file that one command may carry; more goes through `portage task import`. */
export const TASK_FILE_MAX_CHARACTERS = 4_000_000

/** `csv`: a file per report; `zip`: the same in one file; `html`: one page with charts; `json`: the totals for scripts. */
export const REPORT_FORMATS = ['csv', 'zip', 'html', 'json'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

const nothing = z.strictObject({})
const oneTask = z.strictObject({ taskId: taskIdSchema })
const changesOneTask = { request: oneTask, response: taskViewSchema }

/** Everything a screen can ask of the host, by name `noun.verb`. The one place where both sides of every transport meet. */
export const commands = {
  'app.state': {
    request: nothing,
    response: z.object({
      version: z.string(),
      workFolder: z.string(),
      connection: connectionViewSchema,
      agent: agentViewSchema,
      /** Whether this install can start a practice tenant by itself. */
      canPractice: z.boolean(),
    }),
  },
  'connection.connect': {
    request: z.discriminatedUnion('way', [
      z.strictObject({ way: z.literal('file'), path: z.string().min(1).max(32_767) }),
      z.strictObject({ way: z.literal('practice') }),
      z.strictObject({
        way: z.literal('app'),
        tenantId: z.string().trim().min(1).max(255),
        clientId: z.string().trim().min(1).max(64),
        coordinationSite: z.string().trim().min(1).max(2048),
        cloud: z.string().max(32).optional(),
        signIn: z.discriminatedUnion('kind', [
          z.strictObject({
            kind: z.literal('certificate'),
            certificateFile: z.string().trim().min(1).max(32_767),
            privateKeyFile: z.string().trim().min(1).max(32_767),
          }),
          z.strictObject({ kind: z.literal('interactive') }),
          z.strictObject({ kind: z.literal('deviceCode') }),
        ]),
      }),
    ]),
    /** With a failed check the former connection stays. */
    response: z.object({ isConnected: z.boolean(), checks: z.array(accessCheckSchema) }),
  },
  /** Signs in again with the stored connection, in the browser or with a code that the screens show; the agent goes on afterwards. */
  'connection.signIn': { request: nothing, response: z.object({ name: z.string() }) },
  /** Gives up a connection or a sign-in in the making; the former one stays. */
  'connection.cancel': { request: nothing, response: z.object({ wasConnecting: z.boolean() }) },
  'tasks.list': { request: nothing, response: z.object({ tasks: z.array(taskViewSchema) }) },
  'tasks.add': { request: z.strictObject({ draft: taskDraftSchema }), response: taskViewSchema },
  'tasks.pause': changesOneTask,
  'tasks.resume': changesOneTask,
  'tasks.cancel': changesOneTask,
  'tasks.retry': {
    request: z.strictObject({
      taskId: taskIdSchema,
      isFailedOnly: z.boolean().default(false),
      causes: taskSchema.shape.onlyCauses,
    }),
    response: taskViewSchema,
  },
  /** null = as soon as an agent is free, and not again. */
  'tasks.schedule': {
    request: z.strictObject({ taskId: taskIdSchema, schedule: taskScheduleSchema.nullable() }),
    response: taskViewSchema,
  },
  'tasks.rank': {
    request: z.strictObject({ taskId: taskIdSchema, group: groupNameSchema.optional(), priority: prioritySchema.optional() }),
    response: taskViewSchema,
  },
  'tasks.clone': {
    request: z.strictObject({
      taskId: taskIdSchema,
      name: z.string().trim().min(1).max(255).optional(),
      destination: destinationSpecSchema.optional(),
    }),
    response: taskViewSchema,
  },
  'tasks.remove': { request: oneTask, response: z.object({ taskId: taskIdSchema }) },
  /** Reads a task file and adds nothing: its rows as drafts, and what is wrong with the others. */
  'import.check': {
    request: z.strictObject({ fileName: z.string().min(1).max(255), text: z.string().max(TASK_FILE_MAX_CHARACTERS) }),
    response: z.object({
      rowCount: z.number().int().nonnegative(),
      drafts: z.array(taskDraftSchema),
      problems: z.array(taskFileProblemSchema),
      /** Those of the bad rows that can be mended cell by cell. */
      badRows: z.array(taskFileBadRowSchema),
    }),
  },
  /** Files to fill in, that import without a problem. */
  'import.templates': { request: nothing, response: z.object({ csv: z.string(), json: z.string() }) },
  /** Without task ids: of all tasks that ran on this install. `folder`: instead of this install's reports folder. */
  'reports.export': {
    request: z.strictObject({
      taskIds: z.array(taskIdSchema).max(50_000).optional(),
      folder: z.string().min(1).optional(),
      formats: z.array(z.enum(REPORT_FORMATS)).min(1).default(['csv']),
      /** Names this export for `reports.cancel`. */
      ticket: z.string().min(1).max(64).optional(),
    }),
    response: exportViewSchema,
  },
  /** Gives up an export after the table that is being written; nothing of it stays. */
  'reports.cancel': { request: z.strictObject({ ticket: z.string().max(64) }), response: z.object({ wasRunning: z.boolean() }) },
  'fleet.agents': { request: nothing, response: z.object({ agents: z.array(fleetAgentViewSchema) }) },
  'fleet.changeAgent': {
    request: z.strictObject({
      agentId: agentIdSchema,
      name: agentTermsSchema.shape.name.optional(),
      group: groupNameSchema.optional(),
      isEnabled: z.boolean().optional(),
      places: placesSchema.optional(),
    }),
    response: fleetAgentViewSchema,
  },
  /** Takes an agent that is stopped off the list. */
  'fleet.forgetAgent': { request: z.strictObject({ agentId: agentIdSchema }), response: z.object({ agentId: agentIdSchema }) },
  'fleet.settings': { request: nothing, response: fleetSettingsSchema },
  /** The whole settings, as they shall be. */
  'fleet.saveSettings': { request: z.strictObject({ settings: fleetSettingsSchema }), response: fleetSettingsSchema },
  'agent.start': { request: nothing, response: agentViewSchema },
  /** Finishes the files in flight; progress follows as `agent.changed`. */
  'agent.stop': { request: nothing, response: agentViewSchema },
  'status.read': { request: nothing, response: fleetSummarySchema },
  ...browseCommands,
  ...scanCommands,
  ...identityCommands,
  ...shareCredentialCommands,
  ...taskDetailCommands,
  ...setupCommands,
  ...cutoverCommands,
} as const satisfies Record<string, { readonly request: z.ZodType; readonly response: z.ZodType }>

export type CommandName = keyof typeof commands
/** As a caller may write it: members with defaults may be left out. */
export type CommandRequest<C extends CommandName> = z.input<(typeof commands)[C]['request']>
/** As a handler receives it. */
export type ParsedRequest<C extends CommandName> = z.output<(typeof commands)[C]['request']>
export type CommandResponse<C extends CommandName> = z.output<(typeof commands)[C]['response']>

/** Failures travel as values: what a transport does with a rejection loses code and remedy. */
export const replySchema = z.union([z.object({ ok: z.unknown() }), z.object({ error: wireErrorSchema })])
export type Reply<T> = { readonly ok: T } | { readonly error: z.infer<typeof wireErrorSchema> }

/** One question on any transport. `id` is the asker's, unique among its open questions. */
export const requestFrameSchema = z.strictObject({
  id: z.number().int().nonnegative(),
  command: z.string().max(64),
  request: z.unknown(),
})
export type RequestFrame = z.infer<typeof requestFrameSchema>
