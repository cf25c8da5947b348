import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { taskPartSchema } from '../../../shared/domain/task.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import { type BulkMigration, openBulkMigration, routesOf as routes, writeTree } from '../../host/testing/bulkMigration.ts'

/** The bulk route over the wire, against a tenant that knows nothing of the client. */

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

const migrate: BulkMigration['migrate'] = (...args) => bulk.migrate(...args)
const listed: BulkMigration['listed'] = (library) => bulk.listed(library)
const tree = (name: string, count: number): string => writeTree(path.join(bulk.folder, name), count)

/** Three files to a folder, nine levels down, as program documentation lies on a disk. */
function deepTree(name: string, fileCount: number): string {
  const root = path.join(bulk.folder, name)
  let at = root
  for (let index = 0; index < fileCount; index++) {
    if (index % 3 === 0) at = path.join(index % 27 === 0 ? path.join(root, `package ${index}`) : at, `part ${index}`)
    fs.mkdirSync(at, { recursive: true })
    fs.writeFileSync(path.join(at, `file ${index}.txt`), `content ${index}\n`.repeat(1 + (index % 40)))
  }
  return root
}

const unitsSpent = async () =>
  z.object({ resourceUnits: z.number() }).parse(await tenant.control('/journal/summary')).resourceUnits

async function withFault<T>(name: string, fault: object, act: () => Promise<T>): Promise<T> {
  await tenant.control('/faults', { method: 'POST', body: { version: 1, seed: 1, faults: [{ name, ...fault }] } })
  try {
    const result = await act()
    expect(JSON.stringify(await tenant.control('/faults'))).not.toContain('"used":0')
    return result
  } finally {
    await tenant.control('/faults', { method: 'DELETE' })
  }
}

const inPackages = { settings: { route: 'package' } } as const

describe('the bulk route over the wire', () => {
  test('a few hundred files arrive in packages, proved, and no log holds an address of a container', async () => {
    const { outcome, journal } = await migrate(tree('happy', 320), 'Bulk happy')
    expect([outcome.status, outcome.reason, routes(journal)]).toEqual(['completed', undefined, { package: 320 }])
    expect(outcome.counts.verdicts).toMatchObject({ exact: 320 })
    const secrets = bulk.logger.lines.filter((line) => /sig=|blob\.core/.test(JSON.stringify(line)))
    expect(secrets).toEqual([])
    journal.close()
  }, 120_000)

  test('below a folder of the library, in a second round, packages bring only what is new', async () => {
    const source = tree('rounds', 30)
    const first = await migrate(source, 'Rounds', { ...inPackages, folder: 'a/b #1' })
    fs.writeFileSync(path.join(source, 'Q0', 'late.txt'), 'late')
    const second = await migrate(source, 'Rounds', { ...inPackages, folder: 'a/b #1' })
    expect([first.outcome.status, second.outcome.status]).toEqual(['completed', 'completed'])
    expect((await listed('Rounds')).get('a/b #1/Q0/late.txt')?.sizeBytes).toBe(4)
    expect(second.journal.packages({ afterId: 0, limit: 9 }).map(({ outcome }) => outcome)).toEqual(['imported'])
    first.journal.close()
    second.journal.close()
  }, 120_000)

  test('a part that travels in packages leaves the folders above it the times that its task gives them', async () => {
    const modifiedMs = Date.UTC(2019, 4, 6, 7, 8, 9)
    const whole = await migrate(tree('above', 5), 'Parts', { folder: 'North' })
    const part = {
      of: whole.journal.meta().task?.id,
      round: 0,
      path: 'North/Reports',
      around: [{ createdMs: modifiedMs, modifiedMs }],
    }
    const { outcome, journal } = await migrate(tree('part', 20), 'Parts', {
      ...inPackages,
      folder: 'North/Reports',
      part: taskPartSchema.parse(part),
    })
    expect([outcome.status, routes(journal)]).toEqual(['completed', { package: 20 }])
    expect((await listed('Parts')).get('North')?.modifiedMs).toBe(modifiedMs)
    whole.journal.close()
    journal.close()
  }, 120_000)

  test('a deep tree below a folder of the library costs at most a tenth of a resource unit for each file', async () => {
    const source = process.env.PORTAGE_DEEP_TREE ?? deepTree('deep', 1500)
    const before = await unitsSpent()
    const { outcome, journal } = await migrate(source, 'Deep', { folder: 'archive/2026' })
    const files = outcome.counts.verdicts.exact
    const units = (await unitsSpent()) - before
    expect([outcome.status, outcome.reason]).toEqual(['completed', undefined])
    expect(files).toBeGreaterThanOrEqual(1500)
    expect(units / files).toBeLessThanOrEqual(0.1)
    journal.close()
  }, 120_000)

  test.each([
    ['importItemErrors', 3, { package: 37, session: 3 }],
    ['importFatal', undefined, { package: 40 }],
    ['importVanished', undefined, { package: 40 }],
    ['importVanished', 0.5, { package: 20, session: 20 }],
    ['importSkipped', 1, { session: 40 }],
    ['importLateListing', 8000, { package: 40 }],
    ['importNotQueued', undefined, { package: 40 }],
  ] as const)(
    'whatever the service does (%s), every file arrives once',
    async (name, amount, expected) => {
      const library = `${name} ${amount ?? ''}`.trim()
      const fault = {
        when: { times: 1 },
        do: { action: 'switch', switch: name, ...(amount === undefined ? {} : { amount }) },
      }
      const { outcome, journal } = await withFault(name, fault, () => migrate(tree(library, 40), library, inPackages))
      expect([outcome.status, outcome.reason, routes(journal)]).toEqual(['completed', undefined, expected])
      expect([...(await listed(library)).values()].filter(({ kind }) => kind === 'file')).toHaveLength(40)
      journal.close()
    },
    120_000,
  )

  test('a submission whose answer is lost is found at the destination, and not repeated', async () => {
    const fault = {
      when: { path: '*CreateMigrationJobEncrypted*', times: 1 },
      do: { action: 'status', status: 504, moment: 'after' },
    }
    const { outcome, journal } = await withFault('lost', fault, () => migrate(tree('lost', 20), 'Lost answer', inPackages))
    expect([outcome.status, routes(journal)]).toEqual(['completed', { package: 20 }])
    expect(journal.packages({ afterId: 0, limit: 9 }).map(({ outcome: end }) => end)).toEqual(['lost'])
    journal.close()
  }, 120_000)

  test('a store that breaks connections costs attempts, no file', async () => {
    const fault = {
      when: { host: '*.blob.core.windows.net', calls: { from: 3, every: 9 }, times: 6 },
      do: { action: 'reset', moment: 'body', bytes: 100 },
    }
    const { outcome, journal } = await withFault('resets', fault, () => migrate(tree('resets', 30), 'Resets', inPackages))
    expect([outcome.status, routes(journal)]).toEqual(['completed', { package: 30 }])
    journal.close()
  }, 120_000)
})
