import { z } from 'zod'
import { type TaskSettings, taskSettingsSchema } from '../domain/settings.ts'

/** Only the settings that somebody chose: what is absent takes the value of the level above. */
export const chosenSettingsSchema = z.record(z.string(), z.unknown()).transform((given, context): Partial<TaskSettings> => {
  const parsed = taskSettingsSchema.safeParse(given)
  if (parsed.success)
    return Object.fromEntries(Object.entries(parsed.data).filter(([name]) => Object.hasOwn(given, name))) as Partial<TaskSettings>
  for (const issue of parsed.error.issues) context.addIssue({ code: 'custom', path: issue.path, message: issue.message })
  return z.NEVER
})
