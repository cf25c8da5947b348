import { z } from 'zod'
import { destinationSpecSchema } from '../domain/task.ts'

/** Folders of one page; a folder with more is searched, not scrolled. */
export const BROWSE_PAGE_MAX = 500

/** Names one piece of browsing, so that it can be given up. */
const ticket = z.string().min(1).max(64).optional()
const path = z.string().min(1).max(32_767)

/** Where sources are likely to be: what was scanned, and the roots of this computer. What was used before stands in the task list. */
export const sourcePlaceSchema = z.object({
  kind: z.enum(['scanned', 'sample', 'home', 'drive']),
  label: z.string(),
  path: z.string(),
})
export type SourcePlace = z.infer<typeof sourcePlaceSchema>

export const sourceFolderSchema = z.object({ name: z.string(), path: z.string() })

/** What to list at the destination; each answer says for its entries what lists their content. */
export const destinationPlaceSchema = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('sites') }),
  z.strictObject({ of: z.literal('libraries'), siteUrl: z.url() }),
  z.strictObject({ of: z.literal('folders'), destination: destinationSpecSchema }),
  z.strictObject({ of: z.literal('people') }),
  z.strictObject({ of: z.literal('teams') }),
  z.strictObject({ of: z.literal('channels'), teamId: z.string().min(1).max(64) }),
])
export type DestinationPlaceRef = z.infer<typeof destinationPlaceSchema>

export const destinationNodeSchema = z.object({
  kind: z.enum(['site', 'library', 'folder', 'person', 'team', 'channel']),
  title: z.string(),
  detail: z.string(),
  /** Where a task dropped here writes to; absent for what only leads further. */
  destination: destinationSpecSchema.optional(),
  /** What lists its content; absent where there can be none. */
  opens: destinationPlaceSchema.optional(),
  /** Why nothing can be written there as it is. */
  problem: z.string().optional(),
})
export type DestinationNode = z.infer<typeof destinationNodeSchema>

export const homeMatchSchema = z.object({
  path: z.string(),
  folder: z.string(),
  /** One: sure. None or several: a person decides. */
  people: z.array(z.object({ upn: z.string(), displayName: z.string(), how: z.string() })),
})
export type HomeMatch = z.infer<typeof homeMatchSchema>

export const browseCommands = {
  'sources.places': { request: z.strictObject({}), response: z.object({ places: z.array(sourcePlaceSchema) }) },
  /** Folders only, by name; nothing is read but their names. */
  'sources.browse': {
    request: z.strictObject({ path, search: z.string().max(255).optional(), ticket }),
    response: z.object({
      path: z.string(),
      parent: z.string().optional(),
      folders: z.array(sourceFolderSchema),
      isTruncated: z.boolean(),
    }),
  },
  /** Whether this agent may read a folder; one sentence about what it found. */
  'sources.test': {
    request: z.strictObject({ path }),
    response: z.object({ ok: z.boolean(), found: z.string(), fix: z.string().optional() }),
  },
  'destinations.browse': {
    request: z.strictObject({
      place: destinationPlaceSchema,
      search: z.string().max(255).optional(),
      /** Of the page before. */
      cursor: z.string().max(64).optional(),
      ticket,
    }),
    response: z.object({ nodes: z.array(destinationNodeSchema), cursor: z.string().optional() }),
  },
  /** Whose home folder is it? By the names of the folders. */
  'people.match': {
    request: z.strictObject({ paths: z.array(path).min(1).max(10_000), ticket }),
    response: z.object({ matches: z.array(homeMatchSchema) }),
  },
  /** Gives up what was begun with this ticket; it answers with an error at once. */
  'browse.cancel': { request: z.strictObject({ ticket: z.string().max(64) }), response: z.object({ wasRunning: z.boolean() }) },
} as const
