import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startTestTenant } from '../testing/testTenant.ts'
import { createRequestJournal, type JournalRow, redactTarget } from './requestJournal.ts'

const row = (seq: number): JournalRow => ({
  seq,
  timeMs: 0,
  requestId: String(seq),
  service: 'graph',
  host: 'graph.microsoft.com',
  method: 'GET',
  path: '/',
  route: 'x',
  appId: 'app',
  status: 200,
  resourceUnits: 2,
  bytesIn: 0,
  bytesOut: 10,
  durationMs: 1,
})

describe('the request journal', () => {
  test.each([
    ['/a?tempauth=v1.secret&x=1', '/a?tempauth=REDACTED&x=1'],
    ['/a?x=1&sig=abc%2B', '/a?x=1&sig=REDACTED'],
    ['/a?TempAuth=secret', '/a?TempAuth=REDACTED'],
    ['/authorize?code=abc&client_id=1', '/authorize?code=REDACTED&client_id=1'],
    ["/a?$filter=sig eq 'x'", "/a?$filter=sig eq 'x'"],
  ])('hides the secrets of %s', (target, written) => {
    expect(redactTarget(target)).toBe(written)
  })

  test('no token, password or code of a real exchange is in the file', async () => {
    const tenant = await startTestTenant()
    const file = path.join(tenant.server.state.dataDir, 'requests.jsonl')
    const token = tenant.token({ as: 'ann' })
    await tenant.fetchAt('https://graph.microsoft.com/v1.0/me?access_token=inquery', { token })
    await tenant.fetchAt('https://login.microsoftonline.com/common/login', { method: 'POST', body: 'passwd=Practice-ann-1' })
    tenant.server.journal.flush()
    const written = fs.readFileSync(file, 'utf8')
    expect(written.split('\n').filter(Boolean).length).toBe(2)
    for (const secret of [token, 'inquery', 'Practice-ann-1']) expect(written).not.toContain(secret)
    await tenant.close()
  })

  test('tells who wrote what: the port of the client and the item, also when the answer was lost', async () => {
    const tenant = await startTestTenant({ seed: 1 })
    const token = tenant.token()
    const site = 'https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com:/sites/finance:/drive/root:'
    const fault = { action: 'status', status: 504, moment: 'after' } as const
    tenant.server.faults.add({
      version: 1,
      faults: [{ name: 'lost', when: { route: 'drive.content.put', calls: [2] }, do: fault }],
    })
    await tenant.fetchAt(`${site}/a.txt:/content`, { method: 'PUT', token, body: 'a' })
    await tenant.fetchAt(`${site}/b.txt:/content`, { method: 'PUT', token, body: 'b' })
    const { id } = z.looseObject({ id: z.string() }).parse((await tenant.fetchAt(`${site}/b.txt`, { token })).json())
    const [first, second, read] = tenant.journal()
    expect(second).toMatchObject({ status: 504, effectApplied: true, item: id })
    expect(first?.item).toBeTypeOf('string')
    expect(first?.item).not.toBe(id)
    expect(read).not.toHaveProperty('item')
    expect(first?.peerPort).toBeGreaterThan(0)
    await tenant.close()
  })

  test('numbers go on after a restart, old rows are read from the file, totals add up', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-journal-'))
    const file = path.join(folder, 'requests.jsonl')
    const first = createRequestJournal(file)
    for (const seq of [2, 1, 3]) first.add(row(seq))
    expect(first.summary()).toMatchObject({
      requests: 3,
      resourceUnits: 6,
      byApp: { app: { requests: 3 } },
      byRoute: { x: { bytesOut: 30 } },
    })
    first.close()
    const second = createRequestJournal(file)
    expect(second.nextSeq()).toBe(4)
    second.add(row(4))
    expect((await second.page({ after: 1, limit: 2 })).map(({ seq }) => seq)).toEqual([2, 3])
    expect((await second.page({ after: 3, limit: 9 })).map(({ seq }) => seq)).toEqual([4])
    second.close()
    fs.rmSync(folder, { recursive: true })
  })
})
