import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type CallReply, type DriveClient, listOf, startDriveClient } from '../testing/driveClient.ts'
import type { ListRecord } from './records.ts'
import { listsOf } from './tenantLists.ts'

/** What a fleet asks of its lists, at a size where only indexes help. */

const ROWS = 50_000
const READY = 40
/** More rows than a view may look at. */
const RUNNING = 6_000

let drive: DriveClient
let list: ListRecord
let items: string
beforeAll(async () => {
  drive = await startDriveClient()
  const { tenant } = drive.world
  const store = listsOf(tenant)
  const actor = { displayName: 'Fleet' }
  const made = await drive.call(`/sites/${drive.site.siteId}/lists`, {
    json: {
      displayName: 'shards',
      columns: [
        { name: 'ShardKey', text: { maxLength: 128 }, indexed: true, enforceUniqueValues: true },
        { name: 'State', text: {}, indexed: true },
        { name: 'Rank', number: {}, indexed: true },
        { name: 'Note', text: {} },
      ],
      list: { template: 'genericList', hidden: true },
    },
  })
  expect(made.status).toBe(201)
  const listId = String(made.data.id)
  const found = store.list(listId)
  if (found === undefined) throw new Error('The list was not made.')
  list = found
  items = `/sites/${drive.site.siteId}/lists/${listId}/items`
  tenant.db.exec('BEGIN')
  for (let row = 0; row < ROWS; row++) {
    const State = row % (ROWS / READY) === 0 ? 'ready' : row < RUNNING ? 'running' : 'done'
    store.items.create(listId, { ShardKey: `k${row}`, State, Rank: ROWS - row, Note: `n${row % 7}` }, actor)
  }
  tenant.db.exec('COMMIT')
})
afterAll(() => drive.close())

const rowsOf = (reply: CallReply) =>
  listOf(reply.data.value).map((row) => z.looseObject({ ShardKey: z.string(), Rank: z.number() }).parse(row.fields))

describe(`a list of ${ROWS} rows`, () => {
  test('answers an indexed filter, sorted and paged, and a unique key', async () => {
    const query = `${items}?$expand=fields&$filter=fields/State eq 'ready'&$orderby=fields/Rank&$top=15`.replaceAll(' ', '%20')
    const ranks: number[] = []
    let next: string | undefined = query
    let pages = 0
    while (next !== undefined) {
      const reply: CallReply = await drive.call(next)
      expect(reply.status).toBe(200)
      ranks.push(...rowsOf(reply).map((row) => row.Rank))
      next = typeof reply.data['@odata.nextLink'] === 'string' ? reply.data['@odata.nextLink'] : undefined
      pages++
    }
    expect(pages).toBe(3)
    expect(ranks).toHaveLength(READY)
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
    const one = await drive.call(`${items}?$expand=fields&$filter=fields/ShardKey%20eq%20'k49999'`)
    expect(rowsOf(one)).toMatchObject([{ ShardKey: 'k49999' }])
  })

  test('answers what narrows an indexed part further, and refuses what no index narrows below 5,000 rows', async () => {
    const ask = (filter: string, prefer = '') =>
      drive.call(`${items}?$expand=fields&$filter=${encodeURIComponent(filter)}`, prefer === '' ? {} : { headers: { prefer } })
    const warned = 'HonorNonIndexedQueriesWarningMayFailRandomly'
    expect(rowsOf(await ask("fields/State eq 'ready' and fields/Note eq 'n0'", warned)).length).toBeGreaterThan(0)
    expect((await ask("fields/Note eq 'n0'")).problem).toMatchObject({ status: 400, code: 'invalidRequest' })
    expect((await ask("fields/Note eq 'n0'", warned)).status).toBe(429)
    expect((await ask("fields/State eq 'running'")).status).toBe(429)
    expect(rowsOf(await ask("fields/State eq 'ready' and fields/Rank gt 49000")).length).toBe(1)
    const rest = (filter: string) =>
      drive.world.fetchAt(
        `https://contoso.sharepoint.com/sites/finance/_api/web/lists(guid'${list.listId}')/items?$filter=${encodeURIComponent(filter)}&$top=10`,
        { token: drive.world.token({ resource: 'sharepoint' }), headers: { accept: 'application/json;odata=nometadata' } },
      )
    expect((await rest("State eq 'ready'")).status).toBe(200)
    const refused = await rest("State eq 'running'")
    expect(refused.status).toBe(500)
    expect(refused.text).toContain('SPQueryThrottledException')
  })

  test('an index cannot be added any more; what is claimed leaves the index at once', async () => {
    const column = await drive.call(`/sites/${drive.site.siteId}/lists/${list.listId}/columns`, {
      json: { name: 'Late', text: {}, indexed: true },
    })
    expect(column.status).toBeGreaterThanOrEqual(400)
    const query = `${items}?$expand=fields&$filter=fields/State%20eq%20'ready'`
    const [first] = listOf((await drive.call(query)).data.value)
    const claim = (owner: string) =>
      drive.call(`${items}/${String(first?.id)}`, {
        method: 'PATCH',
        json: { fields: { State: 'claimed', Note: owner } },
        headers: { 'if-match': String(first?.eTag) },
      })
    const won = await Promise.all([claim('a'), claim('b'), claim('c')])
    expect(won.map((reply) => reply.status).sort()).toEqual([200, 412, 412])
    expect(rowsOf(await drive.call(query))).toHaveLength(READY - 1)
  })

  test('delta from the latest token costs one unit and tells only what changed', async () => {
    const latest = await drive.call(`${items}/delta?token=latest`)
    await drive.call(`${items}/7/fields`, { method: 'PATCH', json: { State: 'paused' } })
    await drive.call(`${items}/8`, { method: 'DELETE' })
    const changes = await drive.call(String(latest.data['@odata.deltaLink']))
    expect(listOf(changes.data.value).map((row) => [row.id, row.deleted !== undefined])).toEqual([
      ['7', false],
      ['8', true],
    ])
    expect(drive.world.journal().at(-1)?.resourceUnits).toBe(1)
  })

  test('a batch of claims is judged part by part', async () => {
    const row = async (id: number) => (await drive.call(`${items}/${id}?$expand=fields($select=State)`)).data
    const fresh = await row(100)
    const part = (id: string, item: number, eTag: unknown) => ({
      id,
      method: 'PATCH',
      url: `${items}/${item}`,
      headers: { 'Content-Type': 'application/json', 'If-Match': String(eTag) },
      body: { fields: { State: 'claimed' } },
    })
    const reply = await drive.call('/$batch', {
      json: { requests: [part('1', 100, fresh.eTag), part('2', 101, fresh.eTag), part('3', 102, (await row(102)).eTag)] },
    })
    const statuses = Object.fromEntries(listOf(reply.data.responses).map((each) => [String(each.id), each.status]))
    expect(statuses).toEqual({ '1': 200, '2': 412, '3': 200 })
  })
})

describe('checkpoints in a library', () => {
  test('are replaced under their eTag, made only where there is none, and keep a version each', async () => {
    const put = (body: string, headers: Readonly<Record<string, string>>) =>
      drive.call(`${drive.base}/root:/checkpoint.json:/content`, { method: 'PUT', body, headers })
    const created = await Promise.all([put('a', { 'if-none-match': '*' }), put('b', { 'if-none-match': '*' })])
    expect(created.map((reply) => reply.status).sort()).toEqual([201, 412])
    const eTag = String(created.find((reply) => reply.status === 201)?.data.eTag)
    const replaced = await Promise.all(['c', 'd', 'e'].map((body) => put(body, { 'if-match': eTag })))
    expect(replaced.map((reply) => reply.status).sort()).toEqual([200, 412, 412])
    expect((await put('late', { 'if-match': eTag })).problem).toMatchObject({ status: 412 })
    const versions = await drive.call(`${drive.base}/root:/checkpoint.json:/versions`)
    expect(listOf(versions.data.value)).toHaveLength(2)
  })
})

describe('tenant time', () => {
  test('is what every service dates its answers with, and leases are judged by', async () => {
    const { clock } = drive.world.tenant
    const dates = async () => {
      const graph = await drive.call(`${items}/200`)
      const rest = await drive.world.fetchAt('https://contoso.sharepoint.com/sites/finance/_api/web?$select=Id', {
        token: drive.world.token({ resource: 'sharepoint' }),
        headers: { accept: 'application/json;odata=nometadata' },
      })
      return [graph.headers.date, rest.headers.date].map((date) => Date.parse(String(date)))
    }
    const before = await dates()
    expect(before).toEqual([clock.now(), clock.now()].map((ms) => Math.floor(ms / 1000) * 1000))
    clock.advance(15 * 60_000)
    expect(await dates()).toEqual(before.map((ms) => ms + 15 * 60_000))
    const written = await drive.call(`${items}/200`, { method: 'PATCH', json: { fields: { State: 'held' } } })
    expect(Date.parse(String(written.data.lastModifiedDateTime))).toBe(Date.parse(String(written.headers.date)))
  })
})
