import { z } from 'zod'
import { WAVE_TASKS_MAX } from '../limits.ts'
import { MINUTE_MS } from '../units.ts'
import type { TaskId } from './ids.ts'

const count = z.number().int().min(0)
const moment = z.iso.datetime({ offset: true })

/** What must hold before the last round of a wave begins. Each gate is met, not met, or unknown, which is not met either. */
const gatesShape = {
  /** Items that may have failed in the last round, over all tasks of the wave. */
  failedMax: count,
  /** Longest that the last round may be expected to take; absent = however long. */
  deltaMaxMs: z.number().int().positive().optional(),
  /** A freeze check that found nothing, and not longer ago than `freezeMaxAgeMs`. */
  needsFreezeCheck: z.boolean(),
  freezeMaxAgeMs: z.number().int().positive(),
  needsPermissions: z.boolean(),
  needsMapping: z.boolean(),
}
export const waveGatesSchema = z.object({
  ...gatesShape,
  failedMax: count.default(0),
  needsFreezeCheck: gatesShape.needsFreezeCheck.default(true),
  freezeMaxAgeMs: gatesShape.freezeMaxAgeMs.default(30 * MINUTE_MS),
  needsPermissions: gatesShape.needsPermissions.default(true),
  needsMapping: gatesShape.needsMapping.default(true),
})
export type WaveGates = z.infer<typeof waveGatesSchema>

const checked = { at: z.iso.datetime(), by: z.string().max(300) }

/** What checks found for one task, by whichever install could reach its source. */
export const taskFindingsSchema = z.object({
  rehearsal: z
    .object({
      ...checked,
      sourceFiles: count,
      /** That the last round would send. */
      files: count,
      bytes: count,
      moved: count,
      gone: count,
      p50Ms: z.number().min(0).optional(),
      p90Ms: z.number().min(0).optional(),
    })
    .optional(),
  freeze: z
    .object({
      ...checked,
      isFrozen: z.boolean(),
      /** Files that somebody has open, or that are locked. */
      inUse: count,
      /** Files that changed too late. */
      late: count,
      examples: z.array(z.string().max(200)).max(3),
    })
    .optional(),
  reconciliation: z
    .object({
      ...checked,
      round: count,
      same: count,
      missing: count,
      different: count,
      extra: count,
      left: count,
    })
    .optional(),
})
export type TaskFindings = z.infer<typeof taskFindingsSchema>

/** Tasks that are cut over together: those with a tag. Stored in the tenant's settings list, one row each. */
export const waveSchema = z.object({
  kind: z.literal('wave'),
  name: z.string().trim().min(1).max(64),
  /** Case-sensitive, as tags are. */
  tag: z.string().min(1).max(255),
  /** The last round does not begin before. */
  plannedFor: moment.optional(),
  /** From then on nobody is to change anything at the sources. */
  frozenFrom: moment.optional(),
  gates: waveGatesSchema,
  createdAt: z.iso.datetime(),
  createdBy: z.string().max(300),
  /** By task id. */
  findings: z.record(z.string(), taskFindingsSchema).default({}),
  /** The last round was begun. */
  gone: z
    .object({
      ...checked,
      /** Why it was begun although a gate was not met. */
      despite: z.string().max(1000).optional(),
      /** Number of the last round, by task id. */
      rounds: z.record(z.string(), count),
    })
    .optional(),
})
export type Wave = z.infer<typeof waveSchema>

/** What a person decides about a wave. */
export const waveDraftSchema = z.strictObject({
  name: waveSchema.shape.name,
  tag: waveSchema.shape.tag,
  plannedFor: moment.optional(),
  frozenFrom: moment.optional(),
  /** What is left out stays as it was. */
  gates: z.strictObject(gatesShape).partial().optional(),
})
export type WaveDraft = z.infer<typeof waveDraftSchema>

export const GATES = ['tasks', 'date', 'lastRound', 'failures', 'permissions', 'mapping', 'delta', 'freeze'] as const
export type GateName = (typeof GATES)[number]

export const gateResultSchema = z.object({
  gate: z.enum(GATES),
  state: z.enum(['met', 'notMet', 'unknown', 'notAsked']),
  /** One sentence. */
  detail: z.string(),
  /** What to do, where it is not met. */
  fix: z.string().optional(),
  /** Names of the tasks that it is about. */
  tasks: z.array(z.string()).max(WAVE_TASKS_MAX),
})
export type GateResult = z.infer<typeof gateResultSchema>

export const findingsOf = (wave: Pick<Wave, 'findings'>, taskId: TaskId): TaskFindings => wave.findings[taskId] ?? {}
