import { GraphQueryable, type IGraphQueryable } from '@pnp/graph'
import { Groups } from '@pnp/graph/groups/index.js'
import { Sites } from '@pnp/graph/sites/index.js'
import { Users } from '@pnp/graph/users/index.js'
import { GraphDefault } from '@pnp/nodejs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'
import './pnpModules.ts'
import { routeSockets } from './routedSockets.ts'

/** PnPjs for Graph on lists, list items and people, unmodified. */

let world: TestTenant
let restore: () => Promise<void>
let graph: IGraphQueryable
let siteId: string

beforeAll(async () => {
  world = await startTestTenant()
  restore = routeSockets(world)
  graph = GraphQueryable('https://graph.microsoft.com/v1.0').using(GraphDefault(), (instance) => {
    instance.on.auth(async (url: URL, init: RequestInit) => {
      init.headers = { ...init.headers, Authorization: `Bearer ${world.token({ as: 'admin' })}` }
      return [url, init]
    })
    return instance
  })
  const site = await (await Sites(graph).getByUrl('contoso.sharepoint.com', '/sites/migration'))()
  siteId = String(site.id)
})
afterAll(async () => {
  await restore()
  await world.close()
})

/** Columns are no members of the type that PnPjs declares. */
const values = (fields: Record<string, string>): Record<string, string> => fields

test('lists, columns and items', async () => {
  const { lists } = Sites(graph).getById(siteId)
  const made = await lists.add({ displayName: 'PnP list', list: { template: 'genericList' } })
  const list = lists.getById(String(made.id))
  await list.columns.add({ name: 'State', text: { maxLength: 40 }, indexed: true, enforceUniqueValues: true })
  expect((await list.columns()).map((column) => column.name)).toEqual(['Title', 'State'])
  const item = await list.items.add({ fields: values({ Title: 'one', State: 'ready' }) })
  expect(item).toMatchObject({ id: '1', eTag: expect.stringMatching(/,1"$/) })
  await list.items.getById('1').update({ fields: values({ State: 'running' }) })
  const read = await list.items.getById('1').expand('fields')()
  expect(read).toMatchObject({ fields: { State: 'running' }, eTag: expect.stringMatching(/,2"$/) })
  expect(await list.items.expand('fields').filter("fields/State eq 'running'")()).toHaveLength(1)
  await expect(list.items.add({ fields: values({ State: 'running' }) })).rejects.toThrow('duplicate values')
  await list.update({ displayName: 'Renamed' })
  expect(await lists.getById('Renamed')()).toMatchObject({ id: made.id })
  await list.items.getById('1').delete()
  expect(await list.items()).toEqual([])
  await list.delete()
  await expect(list()).rejects.toThrow('404')
})

test('people and groups', async () => {
  expect(await Users(graph).getById('ann@contoso.com')()).toMatchObject({ displayName: 'Ann Archer' })
  expect((await Users(graph).filter("startswith(userPrincipalName,'b')")()).map((user) => user.mail)).toEqual(['bob@contoso.com'])
  expect((await Groups(graph).top(2)()).length).toBe(2)
})

test('none of these requests was unknown to the tenant', () => {
  expect(world.journal().filter(({ unknown, defect }) => unknown === true || defect !== undefined)).toEqual([])
})
