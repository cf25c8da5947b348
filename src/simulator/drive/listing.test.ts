import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TenantOptions } from '../core/tenantOptions.ts'
import { type DriveClient, listOf, startDriveClient, textOf } from '../testing/driveClient.ts'
import { TEST_ACTOR as actor } from '../testing/fileStores.ts'

let client: DriveClient
beforeEach(async () => {
  client = await startDriveClient()
})
afterEach(() => client.close())

async function restart(options: TenantOptions): Promise<void> {
  await client.close()
  client = await startDriveClient(options)
}

function fill(count: number, prefix = 'f'): void {
  const { items } = client.world.tenant
  const { driveId, rootItemId: parentId } = client.library
  for (let n = 0; n < count; n++) {
    const content = { contentId: `none-${prefix}${n}`, sizeBytes: n, quickXorHash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }
    items.writeFile({ driveId, parentId, name: `${prefix}${String(n).padStart(5, '0')}.txt`, content, actor })
  }
}

async function walk(url: string): Promise<{ names: unknown[]; pages: number; deltaLink: string }> {
  const names: unknown[] = []
  let pages = 0
  for (let next: unknown = url; typeof next === 'string'; ) {
    const { data, status } = await client.call(next)
    expect(status).toBe(200)
    names.push(...listOf(data.value).map((item) => item.name ?? item.deleted))
    pages++
    next = data['@odata.nextLink']
    if (next === undefined) return { names, pages, deltaLink: String(data['@odata.deltaLink']) }
  }
  throw new Error('unreachable')
}

describe('children', () => {
  test('pages of 200 by default, $top up to 1000, next links on Graph with what was asked for', async () => {
    fill(1001)
    const first = await client.call(`${client.base}/root/children`)
    expect(listOf(first.data.value)).toHaveLength(200)
    expect(first.data['@odata.nextLink']).toMatch(
      /^https:\/\/graph\.microsoft\.com\/v1\.0\/drives\/.*\/children\?\$skiptoken=[\w-]+$/,
    )
    const all = await walk(`${client.base}/root/children?$select=id,name&$top=1000`)
    expect([all.pages, all.names.length, new Set(all.names).size]).toEqual([2, 1001, 1001])
    const page = await client.call(`${client.base}/root/children?$top=1000&$select=name`)
    expect(Object.keys(listOf(page.data.value)[0] ?? {}).sort()).toEqual(['@odata.etag', 'name'])
    expect(textOf(page.data['@odata.nextLink'])).toContain('$select=name&$top=1000&$skiptoken=')
  })

  test.each([
    '$skip=5',
    '$top=0',
    '$top=1001',
    '$top=x',
    '$filter=name%20eq%201',
    '$nope=1',
    'nope=1',
    '$select=nope',
    '$skiptoken=abc',
    '$orderby=size%20desc',
    '$expand=thumbnails',
  ])('the option %s is a loud error', async (option) => {
    expect((await client.call(`${client.base}/root/children?${option}`)).status).toBeGreaterThanOrEqual(400)
  })

  test('a path, a folder id and an empty folder are listed alike', async () => {
    const id = await client.folder('', 'a b')
    await client.put('a%20b/x.txt', '1')
    expect((await walk(`${client.base}/root:/a%20b:/children`)).names).toEqual(['x.txt'])
    expect((await walk(`${client.base}/items/${id}/children`)).names).toEqual(['x.txt'])
    await client.folder('a%20b', 'empty')
    expect((await walk(`${client.base}/root:/a%20b/empty:/children`)).names).toEqual([])
    const expanded = await client.call(`${client.base}/items/${id}?$expand=children($select=name)`)
    expect(listOf(expanded.data.children).map(({ name }) => name)).toEqual(['empty', 'x.txt'])
  })

  test('fresh files may be missing and hashless for a while; GET by id never misses', async () => {
    await restart({ queryLagMs: 30_000, hashLagMs: 60_000 })
    fill(64)
    const early = await walk(`${client.base}/root/children`)
    expect(early.names.length).toBeLessThan(64)
    const file = client.world.tenant.items.byPath(client.library.driveId, ['f00000.txt'])
    expect((await client.call(`${client.base}/items/${file?.itemId}`)).data).toMatchObject({
      file: { hashes: { quickXorHash: expect.any(String) } },
    })
    client.world.tenant.clock.advance(30_000)
    expect((await walk(`${client.base}/root/children`)).names).toHaveLength(64)
    const hashes = async () => {
      const { data } = await client.call(`${client.base}/root/children`)
      return listOf(data.value).filter((item) => JSON.stringify(item).includes('quickXorHash')).length
    }
    expect(await hashes()).toBe(0)
    client.world.tenant.clock.advance(30_000)
    expect(await hashes()).toBeGreaterThan(48)
    expect(await hashes()).toBeLessThan(64)
  })

  test('scripted: an empty page, a leaked link, hidden hashes', async () => {
    fill(3)
    client.switchOn('emptyPage', { times: 1 })
    const all = await walk(`${client.base}/root/children`)
    expect([all.names.length, all.pages]).toEqual([3, 2])
    client.switchOn('leakedNextLink')
    const leaked = await client.call(`${client.base}/root/children?$top=1`)
    expect(leaked.data['@odata.nextLink']).toMatch(/^https:\/\/contoso\.sharepoint\.com\/sites\/finance\/_api\/v2\.0\//)
    client.switchOn('hiddenHash')
    expect(JSON.stringify((await client.call(`${client.base}/root/children`)).data)).not.toContain('quickXorHash')
  })
})

describe('delta', () => {
  test('everything in pages, then only what changed, tombstones included', async () => {
    fill(450)
    const first = await walk(`${client.base}/root/delta`)
    expect([first.names.length, first.pages]).toEqual([451, 3])
    expect((await walk(first.deltaLink)).names).toEqual([])
    const made = await client.put('new.txt', '1')
    const gone = client.world.tenant.items.byPath(client.library.driveId, ['f00003.txt'])
    await client.call(`${client.base}/items/${gone?.itemId}`, { method: 'DELETE' })
    const { data } = await client.call(first.deltaLink)
    const [added, deleted] = listOf(data.value)
    expect(added).toMatchObject({ id: made.data.id, name: 'new.txt', parentReference: { id: client.library.rootItemId } })
    expect(added).not.toHaveProperty('cTag')
    expect(JSON.stringify(added?.parentReference)).not.toContain('"path"')
    expect(deleted).toEqual({ id: gone?.itemId, deleted: { state: 'deleted' } })
    expect((await walk(`${client.base}/root/delta`)).names).not.toContainEqual({ state: 'deleted' })
  })

  test('token=latest and an empty token; tokens in the path', async () => {
    fill(2)
    const latest = await client.call(`${client.base}/root/delta?token=latest`)
    expect(latest.data.value).toEqual([])
    await client.put('after.txt', '1')
    expect((await walk(textOf(latest.data['@odata.deltaLink']))).names).toEqual(['after.txt'])
    expect((await walk(`${client.base}/root/delta?token=`)).names).toHaveLength(4)
    expect((await walk(`${client.base}/root/delta(token='latest')`)).names).toEqual([])
    const token = new URL(textOf(latest.data['@odata.deltaLink'])).searchParams.get('token')
    expect((await walk(`${client.base}/root/delta(token='${token}')`)).names).toEqual(['after.txt'])
  })

  test('an item that changes while the pages are read comes again', async () => {
    fill(300)
    const first = await client.call(`${client.base}/root/delta`)
    const item = client.world.tenant.items.byPath(client.library.driveId, ['f00001.txt'])
    await client.call(`${client.base}/items/${item?.itemId}`, { method: 'PATCH', json: { name: 'renamed.txt' } })
    const rest = await walk(textOf(first.data['@odata.nextLink']))
    expect(rest.names).toContain('renamed.txt')
    expect(listOf(first.data.value).map(({ id }) => id)).toContain(item?.itemId)
  })

  test('410 of both kinds with a Location, 400 for a broken token, root only', async () => {
    const { deltaLink } = await walk(`${client.base}/root/delta`)
    const other = client.world.tenant.sites.libraries(client.site.siteId)[1]
    const foreign = await client.call(deltaLink.replace(client.library.driveId, other?.driveId ?? ''))
    expect(foreign.problem).toMatchObject({ status: 410, code: 'resyncChangesUploadDifferences' })
    client.world.tenant.clock.advance(31 * 24 * 60 * 60_000)
    const expired = await client.call(deltaLink)
    expect(expired.problem).toMatchObject({ status: 410, code: 'resyncChangesApplyDifferences' })
    expect((await walk(textOf(expired.headers.location))).names).toEqual(['root'])
    expect((await client.call(`${client.base}/root/delta?token=broken`)).status).toBe(400)
    const id = await client.folder('', 'f')
    expect((await client.call(`${client.base}/items/${id}/delta`)).status).toBe(400)
    client.switchOn('deltaResync')
    expect((await client.call((await walk(`${client.base}/root/delta`)).deltaLink)).status).toBe(410)
  })

  test('costs 1 with a token and 2 without', async () => {
    const { deltaLink } = await walk(`${client.base}/root/delta`)
    await client.call(deltaLink)
    const units = client.world.journal().map(({ resourceUnits }) => resourceUnits)
    expect(units).toEqual([2, 1])
  })

  test('lagging changes are not lost', async () => {
    await restart({ queryLagMs: 20_000 })
    fill(30)
    const { names, deltaLink } = await walk(`${client.base}/root/delta`)
    client.world.tenant.clock.advance(20_000)
    const later = await walk(deltaLink)
    expect(new Set([...names, ...later.names]).size).toBe(31)
    client.switchOn('deltaDuplicates')
    expect((await walk(`${client.base}/root/delta`)).names).toHaveLength(33)
  })
})
