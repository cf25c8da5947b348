import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import { HOST_CONCURRENCY_MAX } from '../../../shared/limits.ts'
import { CLOUDS, cloudNameSchema } from './clouds.ts'

const hostPattern = z
  .string()
  .regex(/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/i, 'must be a host name such as contoso.sharepoint.com, or *.sharepoint.com')

const networkSchema = z
  .strictObject({
    /** Applied at the socket only; the first matching row wins. Names in requests, TLS and certificates stay the real ones. */
    map: z
      .array(
        z.strictObject({
          host: hostPattern,
          address: z.string().min(1).max(255),
          port: z.number().int().min(1).max(65_535),
        }),
      )
      .default([]),
    /** PEM file, trusted besides the certificate authorities that this computer trusts anyway. */
    caFile: z.string().min(1).optional(),
    /** Requests in flight at the same time at most, for lines and proxies that bear only few; absent = what the service bears. */
    requestsMax: z.number().int().min(1).max(HOST_CONCURRENCY_MAX).optional(),
  })
  .default({ map: [] })

const authSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('certificate'),
    certificateFile: z.string().min(1),
    privateKeyFile: z.string().min(1),
  }),
  z.strictObject({ kind: z.literal('deviceCode') }),
  z.strictObject({ kind: z.literal('interactive') }),
])

const siteUrl = z
  .url()
  .refine((text) => text.startsWith('https://'), 'must start with https://')
  .transform((text) => text.replace(/\/+$/, ''))

/** How an install reaches its tenant. Holds paths of keys, never keys. */
export const connectionSchema = z
  .strictObject({
    kind: z.literal('portage-connection', 'must be "portage-connection": this is not a connection file'),
    version: z.literal(1, 'must be 1: this file was written by a newer Portage'),
    cloud: cloudNameSchema.default('global'),
    /** GUID or a verified domain. */
    tenantId: z.string().regex(/^[0-9a-z][0-9a-z.-]{0,253}$/i, 'must be the tenant id (a GUID) or a domain of the tenant'),
    clientId: z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be the application (client) id, a GUID'),
    tenantName: z.string().regex(/^[a-z0-9-]{1,63}$/i, 'must be the first part of the SharePoint host, such as contoso'),
    rootSite: siteUrl,
    coordinationSite: siteUrl,
    auth: authSchema,
    network: networkSchema,
  })
  .superRefine((connection, context) => {
    const suffix = CLOUDS[connection.cloud].sharePointSuffix
    for (const field of ['rootSite', 'coordinationSite'] as const) {
      if (!URL.canParse(connection[field]) || new URL(connection[field]).hostname.endsWith(suffix)) continue
      context.addIssue({
        code: 'custom',
        path: [field],
        message: `must be a site on a *${suffix} host (cloud "${connection.cloud}")`,
      })
    }
  })
export type Connection = z.infer<typeof connectionSchema>

/** Checks the content of a connection file; `where` names it in the error. Errors: INPUT_CONNECTION_FILE. */
export function parseConnection(text: string, where: string): Connection {
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw bad(`The connection file ${where} is not JSON: ${cause instanceof Error ? cause.message : 'unreadable'}.`, cause)
  }
  const parsed = connectionSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const foreign = parsed.error.issues.filter(({ path: [field] }) => field === 'kind' || field === undefined)
  const problems = (foreign.length > 0 ? foreign.slice(0, 1) : parsed.error.issues).map(
    (issue) =>
      `${issue.path.join('.') || 'the file'}: ${/received undefined|Invalid discriminator/.test(issue.message) ? 'is missing' : issue.message.replace(/^Invalid input: /, 'is not usable: ')}`,
  )
  throw bad(`The connection file ${where} cannot be used. ${problems.join('; ')}.`)
}

/** Reads a connection file; paths in it are taken from its own folder and come back absolute. Errors: INPUT_CONNECTION_FILE. */
export async function readConnectionFile(file: string): Promise<Connection> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw bad(`The connection file ${file} cannot be read: ${reasonOf(cause)}.`, cause)
  }
  const connection = parseConnection(text, file)
  const absolute = (name: string) => path.resolve(path.dirname(file), name)
  const { auth, network } = connection
  return {
    ...connection,
    auth:
      auth.kind === 'certificate'
        ? { ...auth, certificateFile: absolute(auth.certificateFile), privateKeyFile: absolute(auth.privateKeyFile) }
        : auth,
    network: network.caFile === undefined ? network : { ...network, caFile: absolute(network.caFile) },
  }
}

/** Text of a file that the connection names. Errors: INPUT_CONNECTION_FILE, naming the field. */
export async function readConnectionPart(field: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw bad(`The connection's ${field} ${file} cannot be read: ${reasonOf(cause)}.`, cause)
  }
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'access was denied'
  if (code === 'EISDIR') return 'it is a folder'
  return cause instanceof Error ? cause.message : 'unknown reason'
}

function bad(message: string, cause?: unknown): MigrationError {
  return new MigrationError('INPUT_CONNECTION_FILE', message, {
    remedy: { kind: 'stopTask' },
    fix: 'Correct the file, or make a new one with "portage connect" (for practice: "portage tenant start").',
    ...(cause === undefined ? {} : { cause }),
  })
}
