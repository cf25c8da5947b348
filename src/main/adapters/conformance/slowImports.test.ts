import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import type { Clock } from '../../engine/ports/runtime.ts'
import { type BulkMigration, openBulkMigration, routesOf, writeTree } from '../../host/testing/bulkMigration.ts'

/** Imports that wait, begin again or are blocked: minutes and hours of the service pass on its own clock, which follows every wait of the round. */

const SECOND_MS = 1000
let tenant: RunningTenant
let bulk: BulkMigration
let aheadMs = 0
/** A tenant of its own for each test: after an hour of its clock nobody could sign in any more who lives by ours. */
beforeEach(async () => {
  aheadMs = 0
  const keysDir = process.env.PORTAGE_TEST_KEYS
  tenant = await startTenant({ throttling: false, ...(keysDir === undefined ? {} : { keysDir }) })
  bulk = await openBulkMigration(tenant.connectionFile)
}, 60_000)
afterEach(async () => {
  await bulk?.close()
  await tenant?.close()
})

/** Waits of seconds and more pass at once, for the round and for the tenant alike. */
const sharedClock: Clock = {
  now: () => Date.now() + aheadMs,
  async sleep(delayMs, signal) {
    if (delayMs < SECOND_MS) return await delay(delayMs, undefined, { signal })
    aheadMs += delayMs
    await tenant.control('/clock/advance', { method: 'POST', body: { ms: delayMs } })
    await delay(30, undefined, { signal })
  },
}

/** Forty files while the next job suffers `switches` (a block: every job); what people were told meanwhile comes along. */
async function migrate(
  library: string,
  switches: readonly (readonly [string, number?])[],
  route: 'auto' | 'package' = 'package',
) {
  const faults = switches.map(([name, amount]) => ({
    name,
    when: name === 'importTenantBlocked' ? {} : { times: 1 },
    do: { action: 'switch', switch: name, ...(amount === undefined ? {} : { amount }) },
  }))
  await tenant.control('/faults', { method: 'POST', body: { version: 1, seed: 1, faults } })
  const told = new Set<string>()
  const source = writeTree(path.join(bulk.folder, library), route === 'auto' ? 310 : 40)
  const { outcome, journal } = await bulk.migrate(source, library, {
    settings: { route },
    change: { clock: sharedClock },
    onProgress: ({ waitingFor }) => waitingFor !== undefined && told.add(waitingFor),
  })
  expect(JSON.stringify(await tenant.control('/faults'))).not.toContain('"used":0')
  await tenant.control('/faults', { method: 'DELETE' })
  const packages = journal.packages({ afterId: 0, limit: 99 }).map((one) => one.outcome)
  const routes = routesOf(journal)
  journal.close()
  const stored = [...(await bulk.listed(library)).values()].filter(({ kind }) => kind === 'file').length
  return { status: outcome.status, error: outcome.error, routes, stored, packages, told: [...told].join(' ') }
}

describe('an import that takes its time', () => {
  test('postponed for want of capacity is waited for, and people are told why', async () => {
    const begunMs = sharedClock.now()
    const { status, routes, packages, told } = await migrate('Postponed', [['importPostponed', 2]])
    expect([status, routes, packages]).toEqual(['completed', { package: 40 }, ['imported']])
    expect(told).toContain('JobInQueue:Resource')
    expect(sharedClock.now() - begunMs).toBeGreaterThan(40 * 60 * SECOND_MS)
  })

  test('postponed for maintenance the same', async () => {
    const { status, routes, told } = await migrate('Maintenance', [['importMaintenance', 1]])
    expect([status, routes]).toEqual(['completed', { package: 40 }])
    expect(told).toContain('JobInQueue:DBMaint')
  })

  test('begun again by the server, which tells everything twice, brings every file once', async () => {
    const { status, routes, stored, packages } = await migrate('Restarted', [['importRestarted']])
    expect([status, routes, stored, packages]).toEqual(['completed', { package: 40 }, 40, ['imported']])
  })

  test('with errors and without logs, or with logs that nobody can read, ends in a known state', async () => {
    const missing = await migrate('No logs', [['importItemErrors', 4], ['importLogsMissing']])
    expect([missing.status, missing.routes, missing.stored]).toEqual(['completed', { package: 36, session: 4 }, 40])
    const unreadable = await migrate('Unreadable logs', [['importFatal'], ['importLogUnreadable']])
    expect([unreadable.status, unreadable.stored]).toEqual(['completed', 40])
  })
})

describe('a tenant in which migration is blocked', () => {
  test('gets everything by the session route, and no further job', async () => {
    const { status, routes, stored, packages } = await migrate('Blocked', [['importTenantBlocked']], 'auto')
    expect([status, routes, stored]).toEqual(['completed', { session: 310 }, 310])
    expect(packages.filter((outcome) => outcome === 'imported')).toEqual([])
  })

  test('stops a task that asked for packages alone, with the reason', async () => {
    const { status, error, stored } = await migrate('Blocked packages', [['importTenantBlocked']])
    expect([status, error?.code, stored]).toEqual(['failed', 'JOB_NOT_ALLOWED', 0])
    expect(error?.message).toContain('TenantBlock')
  })
})
