import { z } from 'zod'
import { IDENTITY_MAP_ROWS_MAX } from '../limits.ts'

/** One row of Migration Manager's mapping file: whom an owner at the source is at the destination. [mm-user-mapping-file] */
export const identityMappingSchema = z.object({
  /** As the source tells it: `DOMAIN\user` or a SID on Windows, `uid:1000` or the account's name elsewhere. */
  source: z.string().min(1).max(256),
  /** User principal name, or the name of a group. */
  target: z.string().min(1).max(256),
  isGroup: z.boolean(),
})
export type IdentityMapping = z.infer<typeof identityMappingSchema>

export const identityMapSchema = z.array(identityMappingSchema).max(IDENTITY_MAP_ROWS_MAX)

/** Two sources with the same key are the same account. */
export const identityKey = (source: string): string => source.trim().normalize('NFC').toLowerCase()
