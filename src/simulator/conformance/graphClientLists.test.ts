import { BatchRequestContent, BatchResponseContent, Client, GraphError, PageIterator } from '@microsoft/microsoft-graph-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'
import { routeSockets } from './routedSockets.ts'

/** Microsoft's own client, unmodified, on the lists that a fleet coordinates with. */

interface Item {
  readonly id: string
  readonly eTag: string
  readonly fields?: Readonly<Record<string, unknown>>
}

let world: TestTenant
let restore: () => Promise<void>
let graph: Client
let list: string

beforeAll(async () => {
  world = await startTestTenant()
  restore = routeSockets(world)
  graph = Client.initWithMiddleware({ authProvider: { getAccessToken: () => Promise.resolve(world.token()) } })
  const site: { id: string } = await graph.api('/sites/contoso.sharepoint.com:/sites/migration').get()
  const made: { id: string } = await graph.api(`/sites/${site.id}/lists`).post({
    displayName: 'fleet',
    columns: [
      { name: 'TaskKey', text: { maxLength: 128 }, indexed: true, enforceUniqueValues: true },
      { name: 'State', text: {}, indexed: true },
      { name: 'Epoch', number: {}, indexed: true },
    ],
    list: { template: 'genericList', hidden: true },
  })
  list = `/sites/${site.id}/lists/${made.id}`
})
afterAll(async () => {
  await restore()
  await world.close()
})

async function refusal(work: Promise<unknown>): Promise<GraphError> {
  try {
    await work
  } catch (error) {
    if (error instanceof GraphError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('compare and swap', () => {
  test('claim, renew, lose', async () => {
    const created: Item = await graph.api(`${list}/items`).post({ fields: { TaskKey: 'claim', State: 'ready', Epoch: 0 } })
    const claim = (eTag: string) =>
      graph
        .api(`${list}/items/${created.id}`)
        .header('If-Match', eTag)
        .patch({ fields: { State: 'running', Epoch: 1 } })
    const claimed: Item = await claim(created.eTag)
    expect(claimed.eTag).not.toBe(created.eTag)
    expect(await refusal(claim(created.eTag))).toMatchObject({ statusCode: 412, code: 'resourceModified' })
    const read: Item = await graph.api(`${list}/items/${created.id}`).expand('fields($select=State,Epoch)').get()
    expect(read).toMatchObject({ eTag: claimed.eTag, fields: { State: 'running', Epoch: 1 } })
  })
  test('insert if absent', async () => {
    await graph.api(`${list}/items`).post({ fields: { TaskKey: 'leader' } })
    expect((await refusal(graph.api(`${list}/items`).post({ fields: { TaskKey: 'leader' } }))).statusCode).toBe(400)
  })
})

describe('listing', () => {
  test('the page iterator walks nextLinks; a non-indexed filter says so', async () => {
    for (let n = 0; n < 5; n += 1) await graph.api(`${list}/items`).post({ fields: { TaskKey: `page-${n}`, State: 'page' } })
    const first = await graph.api(`${list}/items`).expand('fields').filter("fields/State eq 'page'").top(2).get()
    const keys: unknown[] = []
    const iterator = new PageIterator(graph, first, (item: Item) => {
      keys.push(item.fields?.TaskKey)
      return true
    })
    await iterator.iterate()
    expect(keys).toEqual(['page-0', 'page-1', 'page-2', 'page-3', 'page-4'])
    expect(await refusal(graph.api(`${list}/items`).filter("fields/Title eq 'x'").get())).toMatchObject({
      statusCode: 400,
      code: 'invalidRequest',
    })
  })
  test('delta tells later changes only', async () => {
    const latest: Record<string, string> = await graph.api(`${list}/items/delta?token=latest`).get()
    const link = latest['@odata.deltaLink'] ?? ''
    await graph.api(`${list}/items`).post({ fields: { TaskKey: 'late' } })
    const changes: { value: Item[] } = await graph.api(link).expand('fields').get()
    expect(changes.value.map((item) => item.fields?.TaskKey)).toEqual(['late'])
  })
})

test('a batch is no transaction', async () => {
  const content = new BatchRequestContent()
  for (const [id, key] of [
    ['1', 'batch'],
    ['2', 'batch'],
    ['3', 'other'],
  ] as const)
    content.addRequest({
      id,
      request: new Request(`https://graph.microsoft.com${list}/items`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ fields: { TaskKey: key } }),
      }),
    })
  const responses = new BatchResponseContent(await graph.api('/$batch').post(await content.getContent()))
  const statuses = ['1', '2', '3'].map((id) => responses.getResponseById(id).status)
  expect(statuses.toSorted()).toEqual([201, 201, 400])
  expect(responses.getResponseById('3').status).toBe(201)
})

test('none of these requests was unknown to the tenant', () => {
  expect(world.journal().filter(({ unknown, defect }) => unknown === true || defect !== undefined)).toEqual([])
})
