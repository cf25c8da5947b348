import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Destination } from '../../engine/ports/destination.ts'
import { type DriveFixture, file, folder, G, never, ok, startDriveFixture } from '../testing/driveFixture.ts'
import type { Answer, Exchange } from '../testing/serviceFixture.ts'
import { libraryPages, listPlace } from './listing.ts'

let drive: DriveFixture
const open: DriveFixture['open'] = (...options) => drive.open(...options)
beforeAll(async () => {
  drive = await startDriveFixture()
})
afterAll(() => drive.close())
beforeEach(() => drive.reset())

describe('listing', () => {
  const names = async (destination: Destination) => {
    const found: string[] = []
    for await (const batch of destination.list(never)) found.push(...batch.map((item) => item.name))
    return found
  }
  const at = (id: string) => `GET ${G}/drives/b!Docs2/items/${id}/children`

  test('goes through all pages and folders, also notebooks, also after empty pages', async () => {
    const destination = await open()
    drive.routes[at('ROOT')] = [
      ok({ value: [], '@odata.nextLink': `https://graph.microsoft.com${G}/drives/b!Docs2/items/ROOT/children?$skiptoken=2` }),
      ok({ value: [folder('A', 'A'), { id: 'N', name: 'Notes', package: { type: 'oneNote' } }, file('1', 'one')] }),
    ]
    drive.routes[at('A')] = ok({ value: [file('2', 'two', { file: {} })] })
    drive.routes[at('N')] = ok({ value: [file('3', 'three')] })
    expect((await names(destination)).sort()).toEqual(['A', 'Notes', 'one', 'three', 'two'])
  })

  test('a link that leaves Graph is not followed', async () => {
    const destination = await open()
    drive.routes[at('ROOT')] = ok({ value: [], '@odata.nextLink': 'https://contoso.sharepoint.com/_api/v2.0/drives/x' })
    await expect(names(destination)).rejects.toMatchObject({
      code: 'DST_UNAVAILABLE',
      message: expect.stringContaining('contoso.sharepoint.com'),
    })
  })

  test('a failure of one folder is a failure of the listing', async () => {
    const destination = await open()
    drive.routes[at('ROOT')] = ok({ value: [folder('A', 'A'), folder('B', 'B')] })
    drive.routes[at('A')] = { status: 403, json: { error: { code: 'accessDenied' } } }
    drive.routes[at('B')] = ok({ value: [] })
    await expect(names(destination)).rejects.toMatchObject({ code: 'DST_NO_ACCESS' })
  })

  test('a library with many folders is walked once instead', async () => {
    const destination = await open()
    const many = Array.from({ length: 60 }, (_, index) => folder(`F${index}`, `F${index}`))
    drive.routes[at('ROOT')] = ok({ value: many })
    for (const { id } of many) drive.routes[at(id)] = ok({ value: [] })
    const delta = `${G}/drives/b!Docs2/root/delta`
    drive.routes[`GET ${delta}`] = [
      ok({
        value: [{ id: 'ROOT', name: 'root', root: {}, folder: {} }, ...many],
        '@odata.nextLink': `https://graph.microsoft.com${delta}?token=2`,
      }),
      ok({
        value: [file('9', 'nine'), { id: '8', name: 'eight', file: {}, deleted: { state: 'deleted' } }],
        '@odata.deltaLink': 'https://graph.microsoft.com/x',
      }),
    ]
    const found = new Set(await names(destination))
    expect([
      found.size,
      found.has('nine'),
      found.has('eight'),
      drive.seen.filter((line) => line.endsWith('/children')).length < 20,
    ]).toEqual([61, true, false, true])
  })
})

describe('a folder of a library with many folders below', () => {
  const many = Array.from({ length: 500 }, (_, index) => folder(`F${index}`, `F${index}`))
  const delta = `${G}/drives/b!Docs2/root/delta`
  const at = (id: string) => `${G}/drives/b!Docs2/items/${id}/children`
  const place = { driveId: 'b!Docs2', rootItemId: 'PLACE', isLibraryRoot: false }
  const list = async () => {
    const { client } = drive.client
    const found = new Set<string>()
    for await (const batch of listPlace(client, place, never)) for (const { name } of batch) found.add(name)
    return found
  }
  const seen = (pattern: RegExp) => drive.seen.filter((line) => pattern.test(line)).length

  beforeEach(() => {
    drive.routes[`GET ${at('PLACE')}`] = ok({ value: many })
    for (const { id } of many) drive.routes[`GET ${at(id)}`] = ok({ value: [file(`file in ${id}`, `in ${id}`)] })
  })

  test('in a small library comes from one walk through it', async () => {
    const files = many.map(({ id }) => file(`file in ${id}`, `in ${id}`))
    drive.routes[`GET ${delta}`] = [
      ok({ value: [...many, file('elsewhere', 'elsewhere')], '@odata.nextLink': `https://graph.microsoft.com${delta}?token=2` }),
      ok({ value: files, '@odata.deltaLink': 'https://graph.microsoft.com/x' }),
    ]
    const found = await list()
    expect([found.size, found.has('in F499'), seen(/delta/), seen(/children/) < 20]).toEqual([1001, true, 2, true])
  })

  test('in a library without end comes folder by folder, for about the same number of requests through the library', async () => {
    let pages = 0
    drive.routes[`GET ${delta}`] = () => {
      pages++
      return ok({
        value: [file(`e${pages}`, 'elsewhere')],
        '@odata.nextLink': `https://graph.microsoft.com${delta}?token=${pages}`,
      })
    }
    const found = await list()
    expect([found.size, seen(/children/)]).toEqual([1001, 501])
    expect(pages).toBeLessThan(2 * 501)
  })
})

test('a walk through the library that expires starts over, and not for ever', async () => {
  const { client } = drive.client
  const delta = `${G}/drives/b!Docs2/root/delta`
  const expired: Answer = { status: 410, json: { error: { code: 'resyncChangesApplyDifferences' } } }
  const names = async () => {
    const found: string[] = []
    for await (const batch of libraryPages(client, 'b!Docs2', never)) found.push(...batch.map((item) => item.name))
    return found
  }
  drive.routes[`GET ${delta}`] = [
    ok({ value: [file('1', 'one')], '@odata.nextLink': `https://graph.microsoft.com${delta}?token=2` }),
    expired,
    ok({ value: [file('1', 'one'), file('2', 'two')] }),
  ]
  expect(await names()).toEqual(['one', 'one', 'two'])
  drive.routes[`GET ${delta}`] = expired
  await expect(names()).rejects.toMatchObject({ code: 'DST_UNAVAILABLE' })
})

test('a download goes to the address that the service names, without token', async () => {
  const destination = await open()
  let sent: Exchange | undefined
  drive.routes[`GET ${G}/drives/b!Docs2/items/X/content`] = {
    status: 302,
    headers: { location: 'https://contoso.sharepoint.com/dl?tempauth=s' },
  }
  drive.routes['GET /dl'] = (exchange) => {
    sent = exchange
    return { status: 200, text: 'content' }
  }
  const parts: Uint8Array[] = []
  for await (const part of destination.download('X', never)) parts.push(part)
  expect([Buffer.concat(parts).toString(), sent?.headers.authorization]).toEqual(['content', undefined])
})

test('an address that has expired is no lost sign-in', async () => {
  const destination = await open()
  drive.routes[`GET ${G}/drives/b!Docs2/items/X/content`] = {
    status: 302,
    headers: { location: 'https://contoso.sharepoint.com/dl?tempauth=s' },
  }
  drive.routes['GET /dl'] = { status: 401, text: 'expired' }
  const read = async () => {
    for await (const _part of destination.download('X', never));
  }
  await expect(read()).rejects.toMatchObject({ code: 'DST_UNAVAILABLE', remedy: { kind: 'retry' } })
})
