import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DriveClient, startDriveClient } from '../testing/driveClient.ts'
import { createPackageBuilder, type PackageBuilder } from '../testing/packageBuilder.ts'

let drive: DriveClient
let client: PackageBuilder
beforeAll(async () => {
  drive = await startDriveClient()
  client = createPackageBuilder(drive.world, drive.site, drive.library)
})
afterAll(() => drive.close())

describe('an import', () => {
  test('brings folders and files with their ids, times and authors', async () => {
    const { events, ids, jobId, containers } = await client.run({
      folders: ['Q3', 'Q3/deep'],
      files: [
        { path: 'Q3/plan.txt', content: 'the plan' },
        { path: 'Q3/deep/empty.txt', content: '' },
        { path: 'Q3/large.bin', content: Buffer.alloc(3_000_000, 7) },
      ],
    })
    expect(events.map((event) => event.Event)).toEqual(['JobQueued', 'JobLogFileCreate', 'JobStart', 'JobProgress', 'JobEnd'])
    expect(events.at(-1)).toMatchObject({
      TotalErrors: '0',
      FilesCreated: '3',
      TotalRetryCount: '0',
      MigrationDirection: 'Import',
    })
    expect(events.every((event) => Object.values(event).every((value) => typeof value === 'string'))).toBe(true)
    const item = await drive.call(`${drive.base}/root:/Q3/plan.txt`)
    expect(item.data).toMatchObject({
      size: 8,
      fileSystemInfo: { createdDateTime: '2019-02-01T08:00:00Z', lastModifiedDateTime: '2021-11-08T03:57:05Z' },
      createdBy: { user: { displayName: 'Ann Archer' } },
      file: { hashes: { quickXorHash: expect.any(String) } },
    })
    expect(drive.world.tenant.items.byUniqueId(ids.get('Q3/plan.txt') ?? '')?.name).toBe('plan.txt')
    const large = await drive.call(`${drive.base}/root:/Q3/large.bin:/content`)
    expect(large.status).toBe(302)
    expect(await client.readLog(containers, `Import-${jobId}-1.log`)).toContain('Import completed with 0 errors')
  })
})
