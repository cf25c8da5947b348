import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriveClient, type JsonObject, listOf, objectOf, startDriveClient, textOf } from '../testing/driveClient.ts'

let client: DriveClient
beforeAll(async () => {
  client = await startDriveClient()
})
afterAll(() => client.close())

async function batch(requests: readonly object[]): Promise<{ status: number; byId: Map<unknown, JsonObject>; problem: object }> {
  const reply = await client.call('/$batch', { json: { requests } })
  return { status: reply.status, byId: new Map(listOf(reply.data.responses).map((one) => [one.id, one])), problem: reply.problem }
}

const JSON_HEADERS = { 'Content-Type': 'application/json' }
const get = (id: string, url = `${client.base}/root`) => ({ id, method: 'GET', url })

describe('$batch', () => {
  test('parts succeed and fail by themselves; the whole is 200', async () => {
    const { status, byId } = await batch([
      get('1'),
      get('2', `${client.base}/items/absent`),
      { id: '3', method: 'POST', url: `${client.base}/root/children`, headers: JSON_HEADERS, body: { name: 'Made', folder: {} } },
    ])
    expect([status, byId.get('1')?.status, byId.get('2')?.status, byId.get('3')?.status]).toEqual([200, 200, 404, 201])
    expect(objectOf(byId.get('2')?.body)).toMatchObject({ error: { code: 'itemNotFound' } })
    const rows = client.world.journal().filter(({ batchId }) => batchId !== undefined)
    expect(rows.map(({ resourceUnits }) => resourceUnits).sort()).toEqual([1, 1, 2])
  })

  test('binary bodies are base64url; content comes as 302 with its location', async () => {
    const bytes = Buffer.from([0xfb, 0xff, 0xfe, 0, 1])
    const put = await batch([
      {
        id: 'p',
        method: 'PUT',
        url: `${client.base}/root:/b.bin:/content`,
        headers: { 'Content-Type': 'application/octet-stream' },
        body: bytes.toString('base64url'),
      },
    ])
    const item = objectOf(put.byId.get('p')?.body)
    expect(item.size).toBe(5)
    const content = await batch([get('c', `/drives/${client.library.driveId}/items/${textOf(item.id)}/content`)])
    const answer = content.byId.get('c')
    expect(answer?.status).toBe(302)
    const location = textOf(objectOf(answer?.headers).Location)
    expect((await client.bare(location)).bytes.equals(bytes)).toBe(true)
  })

  test('at most 20, unique ids in any case, relative URLs, no batch in a batch, a type for every body', async () => {
    const many = Array.from({ length: 21 }, (_, n) => get(String(n)))
    expect((await batch(many)).status).toBe(400)
    expect((await batch(many.slice(1))).status).toBe(200)
    expect((await batch([])).status).toBe(400)
    expect((await batch([get('a'), get('A')])).status).toBe(400)
    expect((await batch([get('a', 'https://graph.microsoft.com/v1.0/me')])).status).toBe(400)
    expect(
      (await batch([{ id: 'a', method: 'POST', url: '/$batch', headers: JSON_HEADERS, body: { requests: [] } }])).status,
    ).toBe(400)
    expect(
      (await batch([{ id: 'a', method: 'POST', url: `${client.base}/root/children`, body: { name: 'x', folder: {} } }])).status,
    ).toBe(400)
  })

  test('dependencies: serial, all on one, and nothing else; a failed one gives 424', async () => {
    const dependent = (id: string, on: string[], url?: string) => ({ ...get(id, url), dependsOn: on })
    const serial = await batch([dependent('3', ['2']), get('1', `${client.base}/items/absent`), dependent('2', ['1'])])
    expect(['1', '2', '3'].map((id) => serial.byId.get(id)?.status)).toEqual([404, 424, 424])
    const star = await batch([get('1'), dependent('2', ['1']), dependent('3', ['1'])])
    expect(['1', '2', '3'].map((id) => star.byId.get(id)?.status)).toEqual([200, 200, 200])
    expect((await batch([get('1'), get('2'), dependent('3', ['1'])])).status).toBe(400)
    expect((await batch([get('1'), dependent('2', ['9'])])).status).toBe(400)
    expect((await batch([get('1'), dependent('2', ['1']), dependent('3', ['1', '2'])])).status).toBe(400)
    expect((await batch([dependent('1', ['2']), dependent('2', ['1'])])).status).toBe(400)
  })

  test('parts see their own headers and the token of the batch', async () => {
    const { byId } = await batch([{ ...get('1'), headers: { 'If-None-Match': '*' } }])
    expect(byId.get('1')?.status).toBe(304)
    const anonymous = await client.bare('https://graph.microsoft.com/v1.0/$batch', { json: { requests: [get('1')] } })
    expect(anonymous.status).toBe(401)
  })
})
