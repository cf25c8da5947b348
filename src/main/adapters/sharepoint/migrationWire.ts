import { z } from 'zod'
import { readAnswer } from './wire.ts'

/** Shapes of the Migration API's answers in both dialects. [D.1, D.7] */

export const containersSchema = z.object({
  DataContainerUri: z.url(),
  MetadataContainerUri: z.url(),
  EncryptionKey: z.string().min(1),
})

export const progressSchema = z.object({
  Logs: z
    .union([z.array(z.string()), z.object({ results: z.array(z.string()) }).transform(({ results }) => results)])
    .nullish()
    .transform((logs) => logs ?? []),
  NextToken: z.coerce.string().optional(),
  nextToken: z.coerce.string().optional(),
})

const NULL_ID = '00000000-0000-0000-0000-000000000000'

/** undefined = the service says that it did not queue the job. */
export function readJobId(body: unknown, what: string): string | undefined {
  const id = readAnswer(z.string(), unwrap(body, 'CreateMigrationJobEncrypted'), what)
  const guid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(id)?.[0].toLowerCase()
  return guid === NULL_ID ? undefined : guid
}

/** The result of a method: flat, below `value`, or below `d` and its name. */
export function unwrap(body: unknown, method: string): unknown {
  let inner = body
  for (const name of ['d', method, 'value']) {
    if (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)) inner = Reflect.get(inner, name)
  }
  return inner
}

const id = z.string().min(36)
export const webSchema = z.object({ Id: id, ServerRelativeUrl: z.string() })
export const siteCollectionSchema = z.object({ Url: z.url() })
export const restFolderSchema = z.object({
  UniqueId: id,
  Name: z.string(),
  TimeCreated: z.string().optional(),
  TimeLastModified: z.string().optional(),
  Exists: z.boolean().optional(),
})
export const restListSchema = z.object({ Id: id, Title: z.string(), RootFolder: restFolderSchema })
/** `UserId` is null for accounts that no directory knows. [H.2] */
export const personSchema = z.object({
  LoginName: z.string().min(1),
  Title: z.string(),
  Email: z.string().nullish(),
  PrincipalType: z.number(),
  UserId: z.object({ NameId: z.string() }).nullish(),
})
/** What became of each value of a form; a refused one is told inside an answer that is 200. [C.2] */
export const formAnswerSchema = z.array(
  z.object({ FieldName: z.string(), HasException: z.boolean(), ErrorMessage: z.string().nullish() }),
)
export const nameSchema = z.object({ name: z.string() })
