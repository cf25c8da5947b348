import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import https from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Task, taskSchema } from '../../../shared/domain/task.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import { connectTo } from '../testing/practiceService.ts'
import type { Service } from './createService.ts'

/** Lists of the coordination site that people or other programs have changed, in the practice tenant. */

const signal = new AbortController().signal
let tenant: RunningTenant
let service: Service
let lists: string

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  service = await connectTo(tenant.connectionFile)
  await service.prepareSite({ repairs: false, signal })
  const { coordinationSite } = z
    .object({ coordinationSite: z.string() })
    .parse(JSON.parse(fs.readFileSync(tenant.connectionFile, 'utf8')))
  const { hostname, pathname } = new URL(coordinationSite)
  const site = z.object({ id: z.string() }).parse(await graph('GET', `/v1.0/sites/${hostname}:${pathname}`))
  lists = `/v1.0/sites/${site.id}/lists`
})
afterAll(async () => {
  await service?.close()
  await tenant?.close()
})

/** As some other program would call it. */
async function graph(method: string, path: string, body?: object): Promise<unknown> {
  const token = await service.tokens.getToken('graph', { signal })
  return await new Promise((resolve, reject) => {
    const headers = { host: 'graph.microsoft.com', authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const options = {
      host: '127.0.0.1',
      port: tenant.port,
      servername: 'graph.microsoft.com',
      ca: fs.readFileSync(tenant.caFile),
    }
    const request = https.request({ ...options, method, path: encodeURI(path), headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if ((response.statusCode ?? 500) >= 300) reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`))
        else resolve(text === '' ? undefined : JSON.parse(text))
      })
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

const task = (): Task =>
  taskSchema.parse({
    id: randomUUID(),
    name: 'Finance',
    source: { kind: 'fileShare', path: '/srv/finance' },
    destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
    settings: {},
    createdAt: new Date().toISOString(),
    createdBy: 'test',
  })

describe('repair', () => {
  test('whole lists are left as they are', async () => {
    expect(await service.prepareSite({ repairs: true, signal })).toEqual([])
  })

  test('a key that lost its uniqueness and index gets them back; the rows stay where they are', async () => {
    const added = await service.coordination.add(task(), signal)
    await graph('PATCH', `${lists}/Portage Tasks/columns/TaskKey`, { enforceUniqueValues: false })
    await graph('PATCH', `${lists}/Portage Tasks/columns/Rank`, { indexed: false })
    const stranger = await connectTo(tenant.connectionFile)
    await expect(stranger.prepareSite({ repairs: false, signal })).rejects.toMatchObject({
      code: 'CRD_LISTS_MISSING',
      fix: expect.stringContaining('portage connect --repair'),
    })
    expect(await stranger.prepareSite({ repairs: true, signal })).toEqual([
      'List "Portage Tasks": column TaskKey does not enforce unique values; mended.',
      'List "Portage Tasks": column Rank is not indexed; mended.',
    ])
    expect((await stranger.coordination.get(added.task.id, signal))?.eTag).toBe(added.eTag)
    await stranger.close()
  })

  test('a list with a column of another kind is kept under another name, and its rows are copied', async () => {
    const added = await service.coordination.add(task(), signal)
    const claimed = await service.coordination.change(added, { round: 3, reason: 'kept' }, signal)
    await graph('DELETE', `${lists}/Portage Tasks/columns/Rank`)
    await graph('POST', `${lists}/Portage Tasks/columns`, { name: 'Rank', text: {}, indexed: true })
    const stranger = await connectTo(tenant.connectionFile)
    await expect(stranger.prepareSite({ repairs: false, signal })).rejects.toMatchObject({ code: 'CRD_LISTS_MISSING' })
    const [done, ...rest] = await stranger.prepareSite({ repairs: true, signal })
    expect(done).toMatch(
      /^List "Portage Tasks": column Rank is not a number column; kept as "Portage Tasks set aside .*", 2 rows copied/,
    )
    expect(rest).toEqual([])
    const copy = await stranger.coordination.get(added.task.id, signal)
    expect([copy?.task, copy?.round, copy?.reason]).toEqual([claimed?.task, 3, 'kept'])
    const { records } = await stranger.coordination.candidates({ kind: 'best', limit: 10 }, signal)
    expect(records.map((row) => row.task.id)).toContain(added.task.id)
    await stranger.close()
  })
})

test('rows of installs that knew no ranks are found after the upgrade', async () => {
  const stranger = await connectTo(tenant.connectionFile)
  const added = await stranger.coordination.add(task(), signal)
  const ended = await stranger.coordination.add(task(), signal)
  await stranger.coordination.change(ended, { status: 'completed' }, signal)
  const items = z.object({ value: z.array(z.object({ id: z.string() })) })
  for (const { id } of items.parse(await graph('GET', `${lists}/Portage Tasks/items`)).value)
    await graph('PATCH', `${lists}/Portage Tasks/items/${id}`, { fields: { Rank: null, Queue: null } })
  for (const name of ['Rank', 'Queue']) await graph('DELETE', `${lists}/Portage Tasks/columns/${name}`)
  const later = await connectTo(tenant.connectionFile)
  await later.prepareSite({ repairs: false, signal })
  const { records } = await later.coordination.candidates({ kind: 'group', group: 'Default', limit: 50 }, signal)
  expect(records.map((row) => row.task.id)).toContain(added.task.id)
  expect(records.map((row) => row.task.id)).not.toContain(ended.task.id)
  await stranger.close()
  await later.close()
})

test('an install that is older than the lists says so and touches nothing', async () => {
  const items = z.object({ value: z.array(z.object({ id: z.string(), fields: z.object({ RowKey: z.string() }) })) })
  const { value } = items.parse(await graph('GET', `${lists}/Portage Settings/items?$expand=fields`))
  const row = value.find(({ fields }) => fields.RowKey === 'schema')
  await graph('PATCH', `${lists}/Portage Settings/items/${row?.id}`, { fields: { Json: '{"version":99}' } })
  const stranger = await connectTo(tenant.connectionFile)
  await expect(stranger.prepareSite({ repairs: false, signal })).rejects.toMatchObject({ code: 'CRD_LISTS_NEWER' })
  await stranger.close()
})
