import { z } from 'zod'
import { agentNameSchema } from '../domain/agent.ts'
import { chosenSettingsSchema } from './chosenSettings.ts'
import { accessCheckSchema, agentViewSchema } from './views.ts'

const nothing = z.strictObject({})

/** How far a person has come in the first run, and what was typed so far. Holds no secrets. */
export const setupStateSchema = z.object({
  step: z.string().max(32),
  fields: z.record(z.string().max(64), z.string().max(4096)),
})
export type SetupState = z.infer<typeof setupStateSchema>

export const setupCommands = {
  'setup.read': { request: nothing, response: z.object({ setup: setupStateSchema.optional() }) },
  'setup.save': { request: z.strictObject({ setup: setupStateSchema.optional() }), response: nothing },
  /** What this computer must have, each with what was found and how to mend it. */
  'prerequisites.check': { request: nothing, response: z.object({ checks: z.array(accessCheckSchema) }) },
  'agent.rename': { request: z.strictObject({ name: agentNameSchema }), response: agentViewSchema },
  /** Settings that new tasks of this install take when nobody chooses otherwise. */
  'settings.read': { request: nothing, response: z.object({ chosen: z.record(z.string(), z.unknown()) }) },
  /** The whole set; what is left out goes back to the product's default. */
  'settings.save': {
    request: z.strictObject({ chosen: chosenSettingsSchema }),
    response: z.object({ chosen: z.record(z.string(), z.unknown()) }),
  },
} as const
