import { z } from 'zod'
import {
  type Column,
  coordinationSite,
  difference,
  findList,
  type ListDefinition,
  type ListPlace,
  openList,
} from './coordinationList.ts'
import { readPages } from './pages.ts'
import { graphPath } from './paths.ts'
import { graphCall, type ServiceClient } from './serviceClient.ts'

const itemSchema = z.object({ fields: z.record(z.string(), z.unknown()) })

export interface RepairListOptions {
  readonly definition: ListDefinition
  readonly signal: AbortSignal
}

/**
 * Mends a hidden list that people or other programs have changed: lost indexes and uniqueness come back; a list with columns of another kind
 * gets another name and stays, and its rows are copied into a new one. Nothing is ever deleted; repeatable. No agent may work meanwhile.
 * Returns what was done, in words.
 */
export async function repairList(
  client: ServiceClient,
  siteUrl: string,
  { definition, signal }: RepairListOptions,
): Promise<readonly string[]> {
  const title = `"${definition.displayName}"`
  const siteId = await coordinationSite(client, siteUrl, signal)
  const found = await findList(client, siteId, { definition, signal })
  const done: string[] = []
  if (found) {
    const place = { siteId, listId: found.id }
    const damaged = definition.columns.flatMap((wanted) => {
      const column = found.columns?.find(({ name }) => name === wanted.name)
      const problem = column && difference(wanted, column)
      return problem === undefined ? [] : [{ wanted, problem }]
    })
    const hopeless: string[] = []
    for (const { wanted, problem } of damaged) {
      if (await mendColumn(client, place, { wanted, signal }))
        done.push(`List ${title}: column ${wanted.name} ${problem}; mended.`)
      else hopeless.push(`column ${wanted.name} ${problem}`)
    }
    if (hopeless.length > 0) {
      const aside = `${definition.displayName} set aside ${new Date(client.serverNow()).toISOString().slice(0, 19).replaceAll(':', '-')}`
      await graphCall(client, {
        method: 'PATCH',
        path: `${graphPath.siteById(siteId)}/lists/${encodeURIComponent(found.id)}`,
        body: { kind: 'json', value: { displayName: aside } },
        what: `The list ${title}`,
        isRepeatable: true,
        signal,
      })
      const fresh = await openList(client, siteUrl, { definition, createMissing: true, signal })
      const rows = await copyRows(client, { from: place, to: fresh, definition, signal })
      return [...done, `List ${title}: ${hopeless.join(', ')}; kept as "${aside}", ${rows} rows copied into a new list.`]
    }
  }
  const opened = await openList(client, siteUrl, { definition, createMissing: true, signal })
  if (!found) return [`List ${title}: created.`]
  return [...done, ...opened.addedColumns.map((column) => `List ${title}: column ${column} added.`)]
}

/** false = the service does not do it, as with another kind of column, or with values that are there twice. */
async function mendColumn(
  client: ServiceClient,
  { siteId, listId }: ListPlace,
  { wanted, signal }: { readonly wanted: Column; readonly signal: AbortSignal },
): Promise<boolean> {
  const path = `${graphPath.siteById(siteId)}/lists/${encodeURIComponent(listId)}/columns/${encodeURIComponent(wanted.name)}`
  const what = `The column ${wanted.name}`
  const read = await graphCall(client, { method: 'GET', path, what, isRepeatable: true, signal })
  const column = read.body
  if (typeof column !== 'object' || column === null) return false
  if ((wanted.text !== undefined && !('text' in column)) || (wanted.number !== undefined && !('number' in column))) return false
  const value = {
    ...(wanted.indexed ? { indexed: true } : {}),
    ...(wanted.enforceUniqueValues ? { enforceUniqueValues: true } : {}),
  }
  if (Object.keys(value).length === 0) return false
  const reply = await graphCall(client, {
    method: 'PATCH',
    path,
    body: { kind: 'json', value },
    what,
    isRepeatable: true,
    signal,
    accepts: [400, 409],
  })
  return reply.status === 200
}

/** Rows that are there already, or that the new list does not take, are left out. */
async function copyRows(
  client: ServiceClient,
  options: { readonly from: ListPlace; readonly to: ListPlace } & RepairListOptions,
): Promise<number> {
  const { from, to, definition, signal } = options
  const items = ({ siteId, listId }: ListPlace) => `${graphPath.siteById(siteId)}/lists/${encodeURIComponent(listId)}/items`
  const what = `The list "${definition.displayName}"`
  let count = 0
  for await (const page of readPages(client, `${items(from)}?$expand=fields&$top=200`, { what, signal })) {
    for (const item of page) {
      const fields = itemSchema.safeParse(item).data?.fields
      if (!fields) continue
      const reply = await graphCall(client, {
        method: 'POST',
        path: items(to),
        body: { kind: 'json', value: { fields: copiedFields(fields, definition) } },
        what,
        isRepeatable: true,
        signal,
        accepts: [400, 409],
      })
      if (reply.status === 201) count++
    }
  }
  return count
}

function copiedFields(fields: Readonly<Record<string, unknown>>, { columns }: ListDefinition): Record<string, unknown> {
  const copied: Record<string, unknown> = typeof fields.Title === 'string' ? { Title: fields.Title } : {}
  for (const { name, text, number } of columns) {
    const value = fields[name]
    if (value === null || value === undefined || value === '') continue
    if (text !== undefined) copied[name] = String(value)
    else if (number !== undefined && Number.isFinite(Number(value))) copied[name] = Number(value)
  }
  return copied
}
