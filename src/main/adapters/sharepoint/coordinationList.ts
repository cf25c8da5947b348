import { z } from 'zod'
import lists from '../../../../resources/coordinationLists.json' with { type: 'json' }
import { MigrationError } from '../../../shared/errors.ts'
import { encodeSegment, graphPath } from './paths.ts'
import { graphCall, type ServiceClient } from './serviceClient.ts'
import { resolveSite } from './sites.ts'
import { listSchema, readAnswer } from './wire.ts'

export const columnSchema = z.object({
  name: z.string(),
  indexed: z.boolean().optional(),
  enforceUniqueValues: z.boolean().optional(),
  text: z.object({ allowMultipleLines: z.boolean().optional(), maxLength: z.number().optional() }).loose().optional(),
  number: z.unknown().optional(),
})
const definitionSchema = z.object({
  displayName: z.string(),
  description: z.string(),
  template: z.enum(['genericList', 'documentLibrary']).default('genericList'),
  columns: z.array(columnSchema.loose()),
})
const foundListSchema = listSchema.extend({ columns: z.array(columnSchema).optional() })
export type Column = z.infer<typeof columnSchema>

/** Another install may be creating the same list in this moment. [ours] */
const ADOPT_ATTEMPTS = 10

export type ListDefinition = z.infer<typeof definitionSchema>

/** The hidden lists, as `resources/coordinationLists.json` describes them. */
export const LISTS = {
  tasks: definitionSchema.parse(lists.tasks),
  /** Rows of the same shape as tasks, and whose part they are. */
  shards: definitionSchema.parse({ ...lists.shards, columns: [...lists.tasks.columns, ...lists.shards.columns] }),
  agents: definitionSchema.parse(lists.agents),
  settings: definitionSchema.parse(lists.settings),
  audit: definitionSchema.parse(lists.audit),
  /** A library: reports, and copies of journals. */
  files: definitionSchema.parse(lists.files),
} as const

export interface ListPlace {
  readonly siteId: string
  readonly listId: string
}

export interface OpenedList extends ListPlace {
  /** Columns that an earlier version of the list did not have. */
  readonly addedColumns: readonly string[]
}

export interface OpenListOptions {
  readonly definition: ListDefinition
  readonly createMissing: boolean
  readonly signal: AbortSignal
}

/**
 * Finds a list of a site and, when asked, creates it or its missing columns; any number of installs may do it at once. Columns that
 * exist in another form are never touched. Errors: CRD_SITE_NOT_FOUND, CRD_LISTS_MISSING, DST_NO_ACCESS.
 */
export async function openList(client: ServiceClient, siteUrl: string, options: OpenListOptions): Promise<OpenedList> {
  const { definition, signal } = options
  const siteId = await coordinationSite(client, siteUrl, signal)
  let found = await findList(client, siteId, options)
  if (!found && !options.createMissing) {
    throw new MigrationError('CRD_LISTS_MISSING', `The site ${siteUrl} has no list "${definition.displayName}".`, {
      remedy: { kind: 'stopTask' },
      fix: 'Prepare the site with "portage connect".',
    })
  }
  for (let attempt = 1; !found; attempt++) {
    if (attempt > ADOPT_ATTEMPTS) {
      throw new MigrationError(
        'CRD_LISTS_MISSING',
        `The list "${definition.displayName}" of ${siteUrl} cannot be reached after its creation.`,
        {
          remedy: { kind: 'stopTask' },
          fix: 'Try again in some minutes.',
        },
      )
    }
    if (attempt > 1) await client.sleep(Math.min(attempt, 5) * 500, signal)
    found = (await createList(client, siteId, options)) ?? (await findList(client, siteId, options))
  }
  const place = { siteId, listId: found.id }
  return { ...place, addedColumns: await ensureColumns(client, place, found.columns, siteUrl, options) }
}

/** Errors: CRD_SITE_NOT_FOUND. */
export async function coordinationSite(client: ServiceClient, siteUrl: string, signal: AbortSignal): Promise<string> {
  try {
    return (await resolveSite(client, siteUrl, signal)).id
  } catch (thrown) {
    if (!(thrown instanceof MigrationError) || thrown.code !== 'DST_SITE_NOT_FOUND') throw thrown
    throw new MigrationError(
      'CRD_SITE_NOT_FOUND',
      `The coordination site ${siteUrl} does not exist, or this account may not see it.`,
      {
        remedy: { kind: 'stopTask' },
        fix: 'Create the site in the SharePoint admin center, or name another one as coordinationSite in the connection.',
      },
    )
  }
}

/** By title: hidden lists are left out of enumerations. */
export async function findList(
  client: ServiceClient,
  siteId: string,
  { definition, signal }: Omit<OpenListOptions, 'createMissing'>,
) {
  const what = `The list "${definition.displayName}"`
  const path = `${graphPath.siteById(siteId)}/lists/${encodeSegment(definition.displayName)}?$expand=columns`
  const reply = await graphCall(client, {
    method: 'GET',
    path,
    what,
    ru: 2,
    isRepeatable: true,
    isForWholeTask: true,
    signal,
    accepts: [404],
  })
  const found = reply.status === 404 ? undefined : readAnswer(foundListSchema, reply.body, what)
  // The name in a path may also be the URL of a list that was renamed.
  const isNamedSo = found?.displayName === '' || found?.displayName.toLowerCase() === definition.displayName.toLowerCase()
  return isNamedSo ? found : undefined
}

/** undefined = it exists already, or the outcome is unknown: look again. */
async function createList(
  client: ServiceClient,
  siteId: string,
  { definition, signal }: OpenListOptions,
): Promise<z.infer<typeof foundListSchema> | undefined> {
  const what = `The list "${definition.displayName}"`
  const { displayName, description, template, columns } = definition
  const reply = await graphCall(client, {
    method: 'POST',
    path: `${graphPath.siteById(siteId)}/lists`,
    body: { kind: 'json', value: { displayName, description, columns, list: { template, hidden: true } } },
    what,
    isRepeatable: true,
    isForWholeTask: true,
    signal,
    accepts: [409],
  })
  // The answer leaves columns out; they were created with the list.
  return reply.status === 409 ? undefined : { ...readAnswer(listSchema, reply.body, what), columns: undefined }
}

async function ensureColumns(
  client: ServiceClient,
  place: ListPlace,
  known: readonly Column[] | undefined,
  siteUrl: string,
  options: OpenListOptions,
): Promise<readonly string[]> {
  const { definition } = options
  const added: string[] = []
  const present = known ?? (await readColumns(client, place, options))
  for (const wanted of definition.columns) {
    const column = present.find(({ name }) => name === wanted.name)
    const problem = column === undefined ? undefined : difference(wanted, column)
    if (problem !== undefined) {
      throw new MigrationError(
        'CRD_LISTS_MISSING',
        `The column ${wanted.name} of the list "${definition.displayName}" in ${siteUrl} ${problem}.`,
        {
          remedy: { kind: 'stopTask' },
          fix: 'Stop all agents and run "portage connect --repair": it mends the column, or sets the list aside and copies its rows into a new one.',
        },
      )
    }
    if (column !== undefined) continue
    if (!options.createMissing) {
      throw new MigrationError(
        'CRD_LISTS_MISSING',
        `The list "${definition.displayName}" in ${siteUrl} has no column ${wanted.name}.`,
        {
          remedy: { kind: 'stopTask' },
          fix: 'Prepare the site with "portage connect".',
        },
      )
    }
    await graphCall(client, {
      method: 'POST',
      path: `${graphPath.siteById(place.siteId)}/lists/${encodeURIComponent(place.listId)}/columns`,
      body: { kind: 'json', value: wanted },
      what: `The column ${wanted.name}`,
      isRepeatable: true,
      isForWholeTask: true,
      signal: options.signal,
      // Another install was faster.
      accepts: [409],
    })
    added.push(wanted.name)
  }
  return added
}

async function readColumns(
  client: ServiceClient,
  place: ListPlace,
  { definition, signal }: OpenListOptions,
): Promise<readonly Column[]> {
  const what = `The columns of the list "${definition.displayName}"`
  const path = `${graphPath.siteById(place.siteId)}/lists/${encodeURIComponent(place.listId)}/columns`
  const reply = await graphCall(client, { method: 'GET', path, what, ru: 2, isRepeatable: true, isForWholeTask: true, signal })
  return readAnswer(z.object({ value: z.array(columnSchema) }), reply.body, what).value
}

/** Only what the protocol between installs stands on: uniqueness, indexes, kind, and room for documents. */
export function difference(wanted: Column, found: Column): string | undefined {
  if (wanted.enforceUniqueValues && !found.enforceUniqueValues) return 'does not enforce unique values'
  if (wanted.indexed && !found.indexed) return 'is not indexed'
  if (wanted.text !== undefined && found.text === undefined) return 'is not a text column'
  if (wanted.number !== undefined && found.number === undefined) return 'is not a number column'
  if (wanted.text?.allowMultipleLines && found.text?.allowMultipleLines === false) return 'does not take several lines'
  return undefined
}
