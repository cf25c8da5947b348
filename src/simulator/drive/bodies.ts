import { z } from 'zod'
import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { FileTimes } from '../store/itemStore.ts'

const conflictBehavior = z.enum(['fail', 'replace', 'rename'])
export type ConflictBehavior = z.infer<typeof conflictBehavior>

/** Members that SDKs add to every object. */
const annotations = { '@odata.type': z.string().optional(), id: z.string().optional() }
const conflictMembers = {
  '@microsoft.graph.conflictBehavior': conflictBehavior.optional(),
  '@name.conflictBehavior': conflictBehavior.optional(),
}
const timesMember = z.strictObject({
  '@odata.type': z.string().optional(),
  createdDateTime: z.iso.datetime({ offset: true }).nullish(),
  lastModifiedDateTime: z.iso.datetime({ offset: true }).nullish(),
  lastAccessedDateTime: z.iso.datetime({ offset: true }).nullish(),
})

export const createBody = z.strictObject({
  ...annotations,
  ...conflictMembers,
  name: z.string(),
  folder: z.looseObject({}).optional(),
  file: z.looseObject({}).optional(),
  fileSystemInfo: timesMember.optional(),
  description: z.string().optional(),
})

const parentReference = z.strictObject({
  '@odata.type': z.string().optional(),
  id: z.string().optional(),
  driveId: z.string().optional(),
  driveType: z.string().optional(),
  name: z.string().optional(),
  path: z.string().optional(),
  siteId: z.string().optional(),
})
export type ParentReference = z.infer<typeof parentReference>

export const patchBody = z.strictObject({
  ...annotations,
  ...conflictMembers,
  name: z.string().optional(),
  description: z.string().optional(),
  fileSystemInfo: timesMember.optional(),
  parentReference: parentReference.optional(),
})

export const copyBody = z.strictObject({
  ...annotations,
  ...conflictMembers,
  name: z.string().optional(),
  parentReference: parentReference.optional(),
  childrenOnly: z.literal(false).optional(),
  includeAllVersionHistory: z.literal(false).optional(),
})

export const sessionBody = z.strictObject({
  item: z
    .strictObject({
      ...annotations,
      ...conflictMembers,
      name: z.string().optional(),
      description: z.string().nullish(),
      fileSize: z.number().int().nonnegative().optional(),
      fileSystemInfo: timesMember.nullish(),
    })
    .optional(),
  deferCommit: z.boolean().optional(),
})

/** The JSON body, checked. Unknown members are refused, because ignoring one would be a silent success. */
export async function readBody<T>(request: ServiceRequest, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await request.json())
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue?.code === 'unrecognized_keys') {
    throw new ServiceError(
      400,
      'invalidRequest',
      `The property '${issue.keys.join("', '")}' does not exist or is not writable here.`,
      {
        isUnknown: true,
      },
    )
  }
  throw new ServiceError(
    400,
    'invalidRequest',
    `Invalid value for '${issue?.path.join('.') ?? ''}': ${issue?.message ?? 'invalid'}.`,
  )
}

/** The conflict behaviour of body and URL; the body wins. */
export function conflictOf(
  body: {
    readonly '@microsoft.graph.conflictBehavior'?: ConflictBehavior | undefined
    readonly '@name.conflictBehavior'?: ConflictBehavior | undefined
  },
  query: URLSearchParams,
): ConflictBehavior | undefined {
  return body['@microsoft.graph.conflictBehavior'] ?? body['@name.conflictBehavior'] ?? queryConflict(query)
}

/** `@microsoft.graph.conflictBehavior` of the URL; 400 for a value that does not exist (`overwrite` is one that clients try). */
export function queryConflict(query: URLSearchParams): ConflictBehavior | undefined {
  const value = query.get('@microsoft.graph.conflictBehavior') ?? query.get('@name.conflictBehavior')
  if (value === null) return undefined
  const parsed = conflictBehavior.safeParse(value.toLowerCase())
  if (!parsed.success) {
    throw new ServiceError(400, 'invalidRequest', `The conflict behavior '${value}' is not one of fail, replace, rename.`)
  }
  return parsed.data
}

/** Refuses every query parameter but these. */
export function allowQuery(request: ServiceRequest, allowed: readonly string[]): void {
  for (const name of request.url.searchParams.keys()) {
    if (allowed.some((option) => option.toLowerCase() === name.toLowerCase())) continue
    throw new ServiceError(400, 'invalidRequest', `The query parameter '${name}' is not supported.`, { isUnknown: true })
  }
}

export const CONFLICT_QUERY = ['@microsoft.graph.conflictBehavior', '@name.conflictBehavior']

export function timesOf(info: z.infer<typeof timesMember> | null | undefined): FileTimes {
  const created = info?.createdDateTime
  const modified = info?.lastModifiedDateTime
  return {
    ...(created == null ? {} : { createdMs: Date.parse(created) }),
    ...(modified == null ? {} : { modifiedMs: Date.parse(modified) }),
  }
}
