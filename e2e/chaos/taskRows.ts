import type { Client } from '@microsoft/microsoft-graph-client'
import { PageIterator } from '@microsoft/microsoft-graph-client'
import { z } from 'zod'

const LISTS = '/sites/contoso.sharepoint.com:/sites/migration:/lists'
const rowSchema = z.looseObject({
  id: z.coerce.string(),
  fields: z.looseObject({
    Title: z.string(),
    TaskKey: z.string(),
    Status: z.string(),
    Epoch: z.coerce.number(),
    Round: z.coerce.number(),
    Owner: z.string().nullish(),
    Reason: z.string().nullish(),
    TaskJson: z.string(),
  }),
})
const taskSchema = z.looseObject({
  destination: z.looseObject({ folder: z.string() }),
  part: z.looseObject({ of: z.string(), path: z.string() }).optional(),
})
const agentSchema = z.looseObject({ fields: z.looseObject({ RowKey: z.string(), Json: z.string() }) })
const termsSchema = z.looseObject({ terms: z.looseObject({ name: z.string() }) })
const pageSchema = z.looseObject({ value: z.array(z.unknown()) })

/** A row of the task list, or of the list of parts, as any client of the service reads it. */
export interface TaskRow {
  readonly listId: string
  readonly itemId: string
  readonly key: string
  readonly name: string
  readonly status: string
  readonly epoch: number
  readonly round: number
  readonly owner: string | undefined
  readonly reason: string | undefined
  /** Folder in the library below which everything belongs to this row, but for what belongs to one of its parts. */
  readonly folder: string
  readonly isPart: boolean
}

/** All rows of `Portage Tasks` and `Portage Shards`. */
export async function taskRows(client: Client): Promise<readonly TaskRow[]> {
  const rows: TaskRow[] = []
  for (const title of ['Portage Tasks', 'Portage Shards']) {
    const list = z.looseObject({ id: z.string() }).parse(await client.api(`${LISTS}/${encodeURIComponent(title)}`).get())
    const first: unknown = await client.api(`${LISTS}/${list.id}/items`).expand('fields').top(500).get()
    await new PageIterator(client, pageSchema.parse(first), (item: unknown) => {
      const { id, fields } = rowSchema.parse(item)
      const task = taskSchema.parse(JSON.parse(fields.TaskJson))
      rows.push({
        listId: list.id,
        itemId: id,
        key: fields.TaskKey,
        name: fields.Title,
        status: fields.Status,
        epoch: fields.Epoch,
        round: fields.Round,
        owner: fields.Owner ?? undefined,
        reason: fields.Reason ?? undefined,
        folder: task.destination.folder,
        isPart: task.part !== undefined,
      })
      return true
    }).iterate()
  }
  return rows
}

/** Names of the agents that have a task or a part in work now. */
export async function busyAgents(client: Client): Promise<ReadonlySet<string>> {
  const rows = await taskRows(client)
  const agents = pageSchema.parse(await client.api(`${LISTS}/Portage%20Agents/items`).expand('fields').top(500).get())
  const names = new Map(
    agents.value.map((item) => {
      const { fields } = agentSchema.parse(item)
      return [fields.RowKey, termsSchema.parse(JSON.parse(fields.Json)).terms.name]
    }),
  )
  return new Set(rows.flatMap(({ status, owner }) => (status === 'inProgress' ? (names.get(owner ?? '') ?? []) : [])))
}
