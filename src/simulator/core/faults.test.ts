import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant } from '../testing/testTenant.ts'
import { parseFaultFile } from './faultFile.ts'

let tenant: TestTenant
beforeEach(async () => {
  tenant = await startTestTenant()
})
afterEach(() => tenant.close())

const LISTS = 'https://graph.microsoft.com/v1.0/sites/contoso.sharepoint.com:/sites/finance:/lists'

function script(...faults: object[]): void {
  tenant.server.faults.add(parseFaultFile(JSON.stringify({ version: 1, seed: 7, faults })))
}

const get = (url = LISTS) => tenant.fetchAt(url, { token: tenant.token() })

describe('a fault script', () => {
  test('names the member that is wrong', () => {
    const text = JSON.stringify({ version: 1, faults: [{ name: 'x', do: { action: 'status', status: 200 } }] })
    expect(() => parseFaultFile(text)).toThrow(/faults\[0\]\.do\.status/)
    expect(() => parseFaultFile('{')).toThrow(/not JSON/)
  })

  test('strikes the calls that it names and reports what was never used', async () => {
    script(
      {
        name: 'second',
        when: { host: 'graph.*', calls: [2] },
        do: { action: 'status', status: 429, retryAfter: { form: 'fraction', ms: 2128 } },
      },
      { name: 'elsewhere', when: { host: '*.sharepoint.com' }, do: { action: 'status', status: 500 } },
    )
    const statuses = [await get(), await get(), await get()]
    expect(statuses.map(({ status }) => status)).toEqual([200, 429, 200])
    expect(statuses[1]?.headers['retry-after']).toBe('2.128')
    expect(tenant.journal()[1]).toMatchObject({ fault: 'second', retryAfterMs: 2128, status: 429 })
    expect(tenant.server.faults.report().map(({ name, used }) => [name, used])).toEqual([
      ['second', 1],
      ['elsewhere', 0],
    ])
  })

  test.each([
    ['seconds', /^5$/],
    ['date', /GMT$/],
    ['absent', undefined],
  ])('tells to wait as %s', async (form, expected) => {
    script({ name: 'busy', do: { action: 'status', status: 503, retryAfter: { form } } })
    const reply = await get()
    expect(reply.status).toBe(503)
    if (expected === undefined) expect(reply.headers['retry-after']).toBeUndefined()
    else expect(String(reply.headers['retry-after'])).toMatch(expected)
  })

  test('the same seed strikes the same calls', async () => {
    const pattern = async () => {
      tenant.server.faults.clear()
      script({ name: 'sometimes', when: { probability: 0.5 }, do: { action: 'status', status: 500 } })
      const statuses: number[] = []
      for (let at = 0; at < 20; at++) statuses.push((await get()).status)
      return statuses
    }
    const first = await pattern()
    expect(new Set(first)).toEqual(new Set([200, 500]))
    expect(await pattern()).toEqual(first)
  })

  test('has its window of tenant time and its number of times', async () => {
    script({ name: 'later', when: { afterMs: 60_000, untilMs: 120_000, times: 1 }, do: { action: 'status', status: 502 } })
    expect((await get()).status).toBe(200)
    tenant.tenant.clock.advance(61_000)
    expect([(await get()).status, (await get()).status]).toEqual([502, 200])
  })
})

describe('the connection', () => {
  const NEW_LIST = { displayName: 'Made', list: { template: 'genericList' } }
  const create = () => tenant.fetchAt(LISTS, { token: tenant.token(), json: NEW_LIST })
  const titles = async () => {
    const value: unknown = (await get()).json()
    return JSON.stringify(value)
  }

  test('a 504 may come after the effect, and the journal says so', async () => {
    script({ name: 'ambiguous', when: { method: 'POST' }, do: { action: 'status', status: 504, moment: 'after' } })
    expect((await create()).status).toBe(504)
    expect(await titles()).toContain('Made')
    expect(tenant.journal()[0]).toMatchObject({ fault: 'ambiguous', effectApplied: true, status: 504 })
  })

  test('breaks after the effect', async () => {
    script({ name: 'cut', when: { method: 'POST' }, do: { action: 'reset', moment: 'afterBody' } })
    await expect(create()).rejects.toThrow(/ECONNRESET|socket hang up/)
    expect(await titles()).toContain('Made')
    expect(tenant.journal()[0]).toMatchObject({ effectApplied: true, status: 0 })
  })

  test.each(['beforeBody', 'body'])('breaks at %s without any effect', async (moment) => {
    script({ name: 'cut', when: { method: 'POST' }, do: { action: 'reset', moment } })
    await expect(create()).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up/)
    expect(await titles()).not.toContain('Made')
  })

  test('breaks in the middle of an answer', async () => {
    script({ name: 'cut', when: { method: 'GET', times: 1 }, do: { action: 'reset', moment: 'reply' } })
    await expect(get()).rejects.toThrow(/ECONNRESET|aborted/)
    expect((await get()).status).toBe(200)
  })

  test('breaks in the handshake', async () => {
    script({ name: 'tls', when: { host: 'contoso.sharepoint.com', times: 1 }, do: { action: 'tlsReset' } })
    const site = () =>
      tenant.fetchAt('https://contoso.sharepoint.com/_api/web', { token: tenant.token({ resource: 'sharepoint' }) })
    await expect(site()).rejects.toThrow()
    expect((await site()).status).toBeGreaterThanOrEqual(200)
  })

  test('an answer may trickle and still be whole', async () => {
    const whole = (await get()).text
    script({ name: 'slow', do: { action: 'drip', bytesPerSecond: 20_000 } })
    expect((await get()).text.length).toBe(whole.length)
  })
})

describe('tokens and switches', () => {
  test('a token ends in the middle', async () => {
    script({ name: 'expired', when: { calls: [1] }, do: { action: 'token', problem: 'expired' } })
    const refused = await get()
    expect(refused.status).toBe(401)
    expect(refused.json()).toMatchObject({ error: { code: 'InvalidAuthenticationToken' } })
    expect((await get()).status).toBe(200)
  })

  test('a switch is on for the requests that it names, with its amount', async () => {
    script({ name: 'lag', when: { times: 1 }, do: { action: 'switch', switch: 'listLag', amount: 9_000 } })
    const request = { service: 'graph', host: 'graph.microsoft.com', method: 'GET', rawPath: '/' } as never
    expect(tenant.tenant.faults.isActive('hiddenHash', request)).toBe(false)
    expect(tenant.tenant.faults.amount('listLag', request)).toBe(9_000)
    expect(tenant.tenant.faults.amount('listLag', request)).toBeUndefined()
  })
})
