import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import { type BulkMigration, openBulkMigration, routesOf, writeTree } from '../../host/testing/bulkMigration.ts'

/** Two tasks of one agent at the same time, into two site collections: parallelism pays across them, and one pacer serves both. [D.9] */

const SITES = ['finance', 'hr'] as const
const rowsSchema = z.object({
  rows: z.array(
    z.looseObject({ timeMs: z.number(), path: z.string(), status: z.number(), retryAfterViolation: z.boolean().optional() }),
  ),
})

let tenant: RunningTenant
let bulk: BulkMigration
beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  bulk = await openBulkMigration(tenant.connectionFile)
}, 60_000)
afterAll(async () => {
  await bulk?.close()
  await tenant?.close()
})

test('imports of two site collections run side by side, and what one of them is told to wait for holds for both', async () => {
  const throttled = { path: '*/sites/finance/_api/site/ProvisionMigrationContainers*', times: 1 }
  const faults = [
    { name: 'slow', do: { action: 'switch', switch: 'importSlow', amount: 20 } },
    { name: 'throttled', when: throttled, do: { action: 'status', status: 429, retryAfter: { form: 'seconds', ms: 1000 } } },
  ]
  await tenant.control('/faults', { method: 'POST', body: { version: 1, seed: 1, faults } })
  const migrations = await Promise.all(
    SITES.map((site) =>
      bulk.migrate(writeTree(path.join(bulk.folder, site), 120), 'Side by side', {
        siteUrl: `https://contoso.sharepoint.com/sites/${site}`,
        settings: { route: 'package' },
      }),
    ),
  )
  for (const { outcome, journal } of migrations) {
    expect([outcome.status, routesOf(journal)]).toEqual(['completed', { package: 120 }])
    journal.close()
  }
  const { rows } = rowsSchema.parse(await tenant.control('/journal?limit=10000'))
  expect(rows.filter(({ status }) => status === 429)).toHaveLength(1)
  expect(rows.filter(({ retryAfterViolation }) => retryAfterViolation)).toEqual([])
  const [finance = [], hr = []] = SITES.map((site) =>
    rows
      .filter(({ path: at }) => at.includes(`/sites/${site}/_api/site/`) && /MigrationJob/.test(at))
      .map(({ timeMs }) => timeMs),
  )
  // From the submission to the last look at the job.
  expect(Math.min(...finance)).toBeLessThan(Math.max(...hr))
  expect(Math.min(...hr)).toBeLessThan(Math.max(...finance))
}, 120_000)
