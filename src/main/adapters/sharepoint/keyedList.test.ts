import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import { type KeyedList, upsert } from '../../engine/ports/keyedList.ts'
import { MemoryKeyedList } from '../../engine/testing/memoryKeyedList.ts'
import { createClientFixture } from '../testing/clientFixture.ts'
import { connectTo } from '../testing/practiceService.ts'
import { createPlainRandom } from '../testing/runtimeFixture.ts'
import { startService } from '../testing/serviceFixture.ts'
import { LISTS } from './coordinationList.ts'
import type { Service } from './createService.ts'
import { createKeyedList } from './keyedList.ts'

const never = new AbortController().signal
const value = (name: string) => ({ terms: { name, group: 'Default', isEnabled: true } })
let tenant: RunningTenant
let services: readonly Service[] = []

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  services = [await connectTo(tenant.connectionFile), await connectTo(tenant.connectionFile)]
})
afterAll(async () => {
  for (const service of services) await service.close()
  await tenant?.close()
})

type List = KeyedList<ReturnType<typeof value>>
const memory = new MemoryKeyedList<ReturnType<typeof value>>()

describe.each<[string, () => readonly List[]]>([
  ['in memory', () => [memory, memory]],
  ['in the tenant, by two installs', () => services.map((service) => service.agents as unknown as List)],
])('a keyed list %s', (_name, lists) => {
  const pair = () => {
    const [one, other] = lists()
    if (!one || !other) throw new Error('no lists')
    return { one, other }
  }

  test('is there after both prepare it at once', async () => {
    const { one, other } = pair()
    await Promise.all([one.prepare(never), other.prepare(never)])
    expect(await one.list(never)).toEqual([])
    expect(await other.get('nobody', never)).toBeUndefined()
  })

  test('of two rows with one key the first stays', async () => {
    const { one, other } = pair()
    const added = await Promise.all([one.add("o'neil", value('a'), never), other.add("o'neil", value('b'), never)])
    expect(added.map(({ isNew }) => isNew).sort()).toEqual([false, true])
    const winner = added.find(({ isNew }) => isNew)?.row.value
    expect(added.map(({ row }) => row.value)).toEqual([winner, winner])
    expect((await one.list(never)).length).toBe(1)
  })

  test('of two changes of one row one wins; the other reads again', async () => {
    const { one, other } = pair()
    const mine = await one.get("o'neil", never)
    const theirs = await other.get("o'neil", never)
    if (!mine || !theirs) throw new Error('not seen')
    const changed = await Promise.all([one.change(mine, value('c'), never), other.change(theirs, value('d'), never)])
    expect(changed.filter((row) => row !== undefined).length).toBe(1)
    const count = (before: ReturnType<typeof value> | undefined) => value(`${before?.terms.name}+`)
    await Promise.all([
      upsert(one, "o'neil", { decide: count, signal: never }),
      upsert(other, "o'neil", { decide: count, signal: never }),
    ])
    expect((await one.get("o'neil", never))?.value.terms.name).toMatch(/^[cd]\+\+$/)
  })

  test('a row that changed is not removed, a row that is gone is', async () => {
    const { one, other } = pair()
    const old = await one.get("o'neil", never)
    if (!old) throw new Error('not seen')
    const fresh = await other.change(old, value('e'), never)
    expect(await one.remove(old, never)).toBe(false)
    expect(fresh && (await other.remove(fresh, never))).toBe(true)
    expect(await one.get("o'neil", never)).toBeUndefined()
  })
})

test('a change whose answer was lost is settled by reading, not by changing again', async () => {
  let revision = 1
  let fields: Record<string, unknown> = { RowKey: 'k', Json: '{"n":1}' }
  let patches = 0
  const row = () => ({ id: '7', eTag: `"${revision}"`, lastModifiedDateTime: '2026-01-01T00:00:00Z', fields })
  const service = await startService((exchange) => {
    const line = `${exchange.method} ${decodeURIComponent(exchange.path.split('?')[0] ?? '')}`
    if (line.endsWith(':/sites/migration'))
      return { status: 200, json: { id: 'S', webUrl: 'https://contoso.sharepoint.com/sites/migration' } }
    if (line.endsWith('/lists/Portage Settings')) return { status: 200, json: { id: 'L', columns: LISTS.settings.columns } }
    if (line.startsWith('PATCH')) {
      patches++
      revision++
      fields = { ...fields, ...JSON.parse(exchange.body.toString()).fields }
      return { status: 504, json: {} }
    }
    return { status: 200, json: line.endsWith('/items') ? { value: [row()] } : row() }
  })
  const { client } = createClientFixture(service)
  const list = createKeyedList({
    client,
    siteUrl: 'https://contoso.sharepoint.com/sites/migration',
    random: createPlainRandom(),
    definition: LISTS.settings,
    schema: z.object({ n: z.number() }),
  })
  const before = await list.get('k', never)
  if (!before) throw new Error('not found')
  expect(await list.change(before, { n: 2 }, never)).toMatchObject({ value: { n: 2 }, eTag: '"2"' })
  expect(patches).toBe(1)
  await service.close()
})
