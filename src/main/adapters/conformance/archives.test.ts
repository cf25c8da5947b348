import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ARCHIVE_MEMBER_LIMIT_BYTES } from '../../../shared/limits.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import { type BulkMigration, openBulkMigration, routesOf } from '../../host/testing/bulkMigration.ts'

/** Archives at their limits, read by an importer that knows nothing of the client. [D.4] */

const rowsSchema = z.object({ rows: z.array(z.looseObject({ route: z.string().optional(), path: z.string() })) })

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

test('a package of the largest small files fills two archives, and the rest are blobs', async () => {
  const source = path.join(bulk.folder, 'full')
  fs.mkdirSync(source)
  const largest = ARCHIVE_MEMBER_LIMIT_BYTES - 17
  const [small, tooLarge] = [212, 3]
  for (let index = 0; index < small + tooLarge; index++) {
    fs.writeFileSync(
      path.join(source, `file ${index}.bin`),
      Buffer.alloc(index < small ? largest : largest + 1, `content ${index}`),
    )
  }
  const { outcome, journal } = await bulk.migrate(source, 'Full archives', { settings: { route: 'package' } })
  expect([outcome.status, routesOf(journal)]).toEqual(['completed', { package: small + tooLarge }])
  expect(outcome.counts.verdicts).toMatchObject({ exact: small + tooLarge })
  expect(journal.packages({ afterId: 0, limit: 9 }).map((one) => one.outcome)).toEqual(['imported'])
  journal.close()
  const { rows } = rowsSchema.parse(await tenant.control('/journal?limit=10000'))
  const put = rows.filter(({ route }) => route === 'blob.put').map(({ path: at }) => at.replace(/\?.*/, ''))
  const inArchive = Math.floor(10_000_000 / (largest + 256))
  expect(put.filter((name) => name.endsWith('.zip'))).toHaveLength(2)
  expect(put.filter((name) => name.endsWith('.dat'))).toHaveLength(small + tooLarge - 2 * inArchive)
}, 120_000)
