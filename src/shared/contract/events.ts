import { z } from 'zod'
import { taskIdSchema } from '../domain/ids.ts'
import { taskProgressSchema } from '../domain/progress.ts'
import { replySchema } from './commands.ts'
import { scanIdSchema, scanViewSchema } from './scans.ts'
import { agentViewSchema, connectionViewSchema, fleetViewSchema, taskViewSchema } from './views.ts'

/** Everything the host says unasked, by name `noun.pastTense`. */
export const events = {
  /**
   * Rows that are new or different, and rows that are gone. `startsOver`: forget all rows first; more rows may follow in further events,
   * the last of which has `isComplete`.
   */
  'tasks.changed': z.object({
    startsOver: z.boolean(),
    isComplete: z.boolean(),
    tasks: z.array(taskViewSchema),
    removedIds: z.array(taskIdSchema),
  }),
  /** At most four times a second; the latest of each task that moved. */
  'progress.sampled': z.object({ samples: z.array(z.object({ taskId: taskIdSchema, progress: taskProgressSchema })) }),
  'agent.changed': z.object({ agent: agentViewSchema }),
  'connection.changed': z.object({ connection: connectionViewSchema }),
  /** With every look at the agents, twice a minute, and at once after a change made here. */
  'fleet.changed': z.object({ fleet: fleetViewSchema }),
  /** Scans of this install that are new or different, and those that are gone. */
  'scans.changed': z.object({ scans: z.array(scanViewSchema), removedIds: z.array(scanIdSchema) }),
} as const satisfies Record<string, z.ZodType>

export type EventName = keyof typeof events
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>
export type HostEvent = { [E in EventName]: { readonly event: E; readonly payload: EventPayload<E> } }[EventName]

const eventFrame = <E extends EventName>(event: E) => z.object({ event: z.literal(event), payload: events[event] })
export const hostEventSchema = z.discriminatedUnion('event', [
  eventFrame('tasks.changed'),
  eventFrame('progress.sampled'),
  eventFrame('agent.changed'),
  eventFrame('connection.changed'),
  eventFrame('scans.changed'),
  eventFrame('fleet.changed'),
])

/** What travels from host to screen: an answer, or an event. */
export const answerFrameSchema = z.object({ id: z.number().int().nonnegative(), reply: replySchema })
export type AnswerFrame = z.infer<typeof answerFrameSchema>
