import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import type { StoredItem } from '../../engine/ports/destination.ts'

/** Shapes of the service's answers, as far as they are used. Unknown members are ignored; missing ones are tolerated where they go missing. [B, C] */

const times = z.object({ createdDateTime: z.string().optional(), lastModifiedDateTime: z.string().optional() })

export const driveItemSchema = z.object({
  id: z.string().min(1),
  name: z.string().default(''),
  size: z.number().default(0),
  eTag: z.string().optional(),
  webUrl: z.string().optional(),
  fileSystemInfo: times.optional(),
  parentReference: z.object({ id: z.string().optional(), driveId: z.string().optional() }).optional(),
  file: z.object({ hashes: z.object({ quickXorHash: z.string().optional() }).optional() }).optional(),
  folder: z.unknown().optional(),
  package: z.unknown().optional(),
  root: z.unknown().optional(),
  deleted: z.unknown().optional(),
})
export type DriveItem = z.infer<typeof driveItemSchema>

export const driveSchema = z.object({
  id: z.string().min(1),
  name: z.string().default(''),
  driveType: z.string().default(''),
  webUrl: z.string().default(''),
  quota: z.object({ remaining: z.number().optional(), total: z.number().optional() }).optional(),
})
export type Drive = z.infer<typeof driveSchema>

export const siteSchema = z.object({ id: z.string().min(1), webUrl: z.string(), displayName: z.string().default('') })
export type Site = z.infer<typeof siteSchema>

export const listSchema = z.object({ id: z.string().min(1), displayName: z.string().default('') })

export const uploadSessionSchema = z.object({
  uploadUrl: z.url({ protocol: /^https$/ }),
  expirationDateTime: z.string().optional(),
})

export const sessionStateSchema = z.object({
  expirationDateTime: z.string().optional(),
  nextExpectedRanges: z.array(z.string()).default([]),
})

export const pageSchema = z.object({
  value: z.array(z.unknown()),
  '@odata.nextLink': z.string().optional(),
  '@odata.deltaLink': z.string().optional(),
})

/** Checks an answer of the service. Errors: DST_UNAVAILABLE, because a shape that is not understood says nothing about the effect. */
export function readAnswer<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new MigrationError(
    'DST_UNAVAILABLE',
    `${what}: the service answered in a shape that is not understood (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}).`,
    {
      remedy: { kind: 'lookFirst' },
    },
  )
}

/** Files carry `file`; folders `folder`; notebooks often only `package`. Whatever is no file is a folder. [B.2] */
export function storedItem(item: DriveItem): StoredItem {
  return {
    itemId: item.id,
    parentId: item.parentReference?.id,
    name: item.name,
    kind: item.file === undefined ? 'folder' : 'file',
    sizeBytes: item.size,
    quickXorHash: item.file?.hashes?.quickXorHash,
    eTag: item.eTag,
    createdMs: timeOf(item.fileSystemInfo?.createdDateTime),
    modifiedMs: timeOf(item.fileSystemInfo?.lastModifiedDateTime),
    webUrl: item.webUrl,
  }
}

export const readItem = (body: unknown, what: string): StoredItem => storedItem(readAnswer(driveItemSchema, body, what))

export function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}
