import { z } from 'zod'
import { taskIdSchema } from '../domain/ids.ts'
import { taskStatusSchema } from '../domain/task.ts'
import { gateResultSchema, taskFindingsSchema, waveDraftSchema, waveSchema } from '../domain/wave.ts'
import { wireErrorSchema } from '../errors.ts'

/** Findings that one answer carries; more are in the files that `portage wave reconcile` writes. */
export const FINDINGS_MAX = 500
/** Places that one search gives. */
export const REDIRECTS_FOUND_MAX = 50

const count = z.number().int().min(0)

export const waveViewSchema = waveSchema.pick({ name: true, tag: true, plannedFor: true, frozenFrom: true, gone: true }).extend({
  asked: waveSchema.shape.gates,
  gates: z.array(gateResultSchema),
  isGo: z.boolean(),
  tasks: z.array(
    taskFindingsSchema.extend({
      taskId: taskIdSchema,
      name: z.string(),
      status: taskStatusSchema,
      round: count,
      /** Of the round that is to come. */
      p50Ms: z.number().optional(),
      p90Ms: z.number().optional(),
    }),
  ),
})
export type WaveView = z.infer<typeof waveViewSchema>

export const WAVE_CHECKS = ['rehearse', 'freezeCheck', 'reconcile'] as const
export type WaveCheck = (typeof WAVE_CHECKS)[number]

export const waveFindingSchema = z.object({
  taskName: z.string(),
  /** `missing`, `different`, `extra`, `left`; of a freeze check `open`, `locked`, `late`. */
  result: z.string(),
  path: z.string(),
  detail: z.string(),
})
export type WaveFinding = z.infer<typeof waveFindingSchema>

export const redirectHitSchema = z.object({
  kind: z.string(),
  oldPath: z.string(),
  uncPath: z.string().optional(),
  newUrl: z.string(),
  taskName: z.string(),
})
export type RedirectHitView = z.infer<typeof redirectHitSchema>

const named = z.strictObject({ name: waveSchema.shape.name })

export const cutoverCommands = {
  'cutover.waves': { request: z.strictObject({}), response: z.object({ waves: z.array(waveViewSchema) }) },
  /** A new wave, or what the draft says instead of what a known one has. */
  'cutover.plan': { request: z.strictObject({ draft: waveDraftSchema }), response: waveViewSchema },
  'cutover.remove': { request: named, response: z.object({ name: z.string() }) },
  /** Walks the sources, and but for a freeze check lists the destination: as long as that takes. Writes to neither. */
  'cutover.check': {
    request: named.extend({ check: z.enum(WAVE_CHECKS) }),
    response: z.object({
      wave: waveViewSchema,
      findings: z.array(waveFindingSchema).max(FINDINGS_MAX),
      findingCount: count,
      /** Tasks that could not be checked. */
      errors: z.array(z.object({ taskName: z.string(), error: wireErrorSchema })),
    }),
  },
  /** Begins the last round of every task; refused while a gate is open, unless `despite` says why not. */
  'cutover.go': { request: named.extend({ despite: z.string().trim().min(1).max(1000).optional() }), response: waveViewSchema },
  /** `folder`: instead of this install's reports folder. */
  'cutover.export': {
    request: named.extend({ what: z.enum(['redirects', 'rollback']), folder: z.string().min(1).max(32_767).optional() }),
    response: z.object({ path: z.string(), rowCount: count }),
  },
  'redirects.search': {
    request: z.strictObject({ text: z.string().trim().min(1).max(2048) }),
    response: z.object({ hits: z.array(redirectHitSchema).max(REDIRECTS_FOUND_MAX) }),
  },
} as const
