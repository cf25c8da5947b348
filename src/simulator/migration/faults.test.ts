import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FaultSwitch } from '../core/faultSwitches.ts'
import { type DriveClient, FROZEN_AT_MS, listOf, startDriveClient } from '../testing/driveClient.ts'
import { createPackageBuilder, type ImportEvent, type PackageBuilder } from '../testing/packageBuilder.ts'

let drive: DriveClient
let client: PackageBuilder

async function start(options: Parameters<typeof startDriveClient>[0] = {}): Promise<void> {
  drive = await startDriveClient(options)
  client = createPackageBuilder(drive.world, drive.site, drive.library)
}
beforeEach(() => start())
afterEach(() => drive.close())

function switchOn(name: FaultSwitch, amount?: number, when: object = {}): void {
  drive.world.server.faults.add({
    version: 1,
    faults: [{ name, when, do: { action: 'switch', switch: name, ...(amount === undefined ? {} : { amount }) } }],
  })
}

const files = (count: number, prefix = 'f') =>
  Array.from({ length: count }, (_, index) => ({ path: `${prefix}${index}.txt`, content: `${index}` }))
const BAD = Array.from({ length: 4 }, (_, index) => ({ path: `bad:${index}.txt`, content: '' }))
const names = (events: readonly ImportEvent[]) =>
  events.map((event) => event.Event).filter((name) => name !== 'JobLogFileCreate' && name !== 'JobProgress')
const state = (jobId: string) => drive.world.tenant.migration.jobs.get(jobId)?.state
const imported = () => drive.world.tenant.items.childCount(drive.library.driveId, client.root.itemId)

async function submit(count = 4): Promise<string> {
  const containers = await client.provision()
  await client.stage(containers, { files: files(count) })
  return client.submitJob(containers)
}

/** Lets the queue have its turn. */
const turn = () => sleep(20)

describe('an import job', () => {
  test('can be answered with the null GUID', async () => {
    switchOn('importNotQueued')
    expect(await submit()).toBe('00000000-0000-0000-0000-000000000000')
  })

  test('waits for hours', async () => {
    switchOn('importQueueDelay', 2 * 3_600_000)
    const jobId = await submit()
    drive.world.tenant.clock.advance(2 * 3_600_000 - 1)
    await turn()
    expect(state(jobId)).toBe('queued')
    drive.world.tenant.clock.advance(1)
    expect(names(await client.finish(jobId))).toEqual(['JobQueued', 'JobStart', 'JobEnd'])
  })

  test('is postponed again and again', async () => {
    switchOn('importPostponed', 1)
    switchOn('importMaintenance', 1)
    const jobId = await submit()
    for (let i = 0; i < 2; i++) {
      await turn()
      expect(state(jobId)).toBe('queued')
      drive.world.tenant.clock.advance(20 * 60_000)
    }
    const events = await client.finish(jobId)
    expect(names(events)).toEqual(['JobQueued', 'JobPostponed', 'JobPostponed', 'JobStart', 'JobEnd'])
    expect(events.filter((event) => event.Event === 'JobPostponed').map((event) => [event.NextPickupTime, event.Reason])).toEqual(
      [
        ['8/20/2026 9:35:02 AM', 'JobInQueue:Resource'],
        ['8/20/2026 9:55:02 AM', 'JobInQueue:DBMaint'],
      ],
    )
  })

  test('is cancelled where migration is blocked', async () => {
    switchOn('importTenantBlocked')
    expect(names(await client.finish(await submit()))).toEqual(['JobQueued', 'JobPostponed', 'JobCancelled'])
  })

  test('ends in a fatal error, or begins again and tells everything twice', async () => {
    switchOn('importFatal', undefined, { times: 1 })
    const fatal = await client.finish(await submit())
    expect(names(fatal)).toEqual(['JobQueued', 'JobStart', 'JobFatalError'])
    expect(fatal.at(-1)).toMatchObject({ ErrorCode: '-2147213196' })
    expect(imported()).toBe(2)
    drive.world.server.faults.clear()
    switchOn('importRestarted')
    const containers = await client.provision()
    await client.stage(containers, { files: files(4, 'r') })
    const restarted = await client.finish(await client.submitJob(containers))
    expect(names(restarted)).toEqual(['JobQueued', 'JobStart', 'JobFatalError', 'JobStart', 'JobEnd'])
    expect(restarted.at(-1)).toMatchObject({ TotalRetryCount: '1', FilesCreated: '4', TotalErrors: '0' })
    expect(imported()).toBe(6)
  })

  test('vanishes with its files in', async () => {
    switchOn('importVanished', 1)
    const jobId = await submit()
    while (state(jobId) !== 'vanished') await turn()
    const asked = await client.call(`site/GetMigrationJobProgress(jobId='${jobId}',nextToken=0)`, { method: 'GET' })
    expect(asked.text).toContain('-2147213146')
    expect((await client.call(`site/GetMigrationJobStatus('${jobId}')`)).json()).toEqual({ value: 0 })
    expect(imported()).toBe(4)
  })

  test('passes files over, or fails them', async () => {
    switchOn('importSkipped', 0.5, { times: 1 })
    const skipped = await client.finish(await submit(20))
    expect(skipped.at(-1)).toMatchObject({ Event: 'JobEnd', TotalErrors: '0' })
    expect(imported()).toBeGreaterThan(2)
    expect(imported()).toBeLessThan(18)
    const before = imported()
    drive.world.server.faults.clear()
    switchOn('importItemErrors', 3)
    const containers = await client.provision()
    await client.stage(containers, { files: files(5, 'p') })
    const failed = await client.finish(await client.submitJob(containers))
    expect(failed.filter((event) => event.Event === 'JobError').map((event) => event.ErrorCode)).toEqual(
      Array.from({ length: 3 }, () => '-2147286782'),
    )
    expect(imported() - before).toBe(2)
  })

  test('refuses the files that a pattern names, in every job they come in', async () => {
    drive.world.server.faults.add({
      version: 1,
      faults: [
        { name: 'poison', when: {}, do: { action: 'switch', switch: 'importPoison', items: '*/poison*' } },
        { name: 'more poison', when: {}, do: { action: 'switch', switch: 'importPoison', items: '*.BAD' } },
      ],
    })
    for (const round of [1, 2]) {
      const containers = await client.provision()
      await client.stage(containers, {
        files: [
          { path: `poison ${round}.txt`, content: 'x' },
          { path: `good ${round}.txt`, content: 'x' },
          { path: `${round}.bad`, content: 'x' },
        ],
      })
      const events = await client.finish(await client.submitJob(containers))
      expect(events.filter((event) => event.Event === 'JobError')).toMatchObject([
        { ErrorCode: '-2146232832', Url: `Shared Documents/poison ${round}.txt` },
        { ErrorCode: '-2146232832', Url: `Shared Documents/${round}.bad` },
      ])
      expect(events.at(-1)).toMatchObject({ Event: 'JobEnd', TotalErrors: '2' })
    }
    expect(imported()).toBe(2)
  })

  test('dies of the file that a pattern names, without saying which', async () => {
    drive.world.server.faults.add({
      version: 1,
      faults: [{ name: 'killer', when: {}, do: { action: 'switch', switch: 'importKiller', items: '*/f2.txt' } }],
    })
    const events = await client.finish(await submit(4))
    expect(names(events)).toEqual(['JobQueued', 'JobStart', 'JobFatalError'])
    expect(events.at(-1)).toMatchObject({ ErrorCode: '-2147213196', Url: '', Id: '' })
    expect(JSON.stringify(events)).not.toContain('f2.txt')
    expect(imported()).toBe(2)
  })

  test('and Graph refuse the same file, by the path it is addressed by', async () => {
    drive.world.server.faults.add({
      version: 1,
      faults: [
        { name: 'poison', when: {}, do: { action: 'switch', switch: 'importPoison', items: '*the plan*' } },
        {
          name: 'no upload',
          when: { path: '*the plan*' },
          do: { action: 'status', status: 403, code: 'accessDenied', moment: 'before' },
        },
      ],
    })
    const containers = await client.provision()
    await client.stage(containers, { files: [{ path: 'the plan.txt', content: 'x' }] })
    await client.finish(await client.submitJob(containers))
    const put = await drive.world.fetchAt(
      `https://graph.microsoft.com/v1.0/drives/${drive.library.driveId}/root:/the%20plan.txt:/content`,
      { method: 'PUT', body: 'x', token: drive.world.token(), headers: { 'content-type': 'application/octet-stream' } },
    )
    expect(put.status).toBe(403)
    expect(imported()).toBe(0)
  })

  test('keeps versions, hides logs, cuts them into segments or spoils them', async () => {
    const containers = await client.provision()
    await client.stage(containers, { files: [...files(2), ...BAD] })
    switchOn('importLogSegments', 200)
    const jobId = await client.submitJob(containers)
    await client.finish(jobId)
    expect(await client.readLog(containers, `Import-${jobId}-2.err`)).toBeDefined()
    drive.world.server.faults.clear()
    switchOn('importLogsMissing')
    const silent = await client.run({ files: files(1, 's') })
    expect(await client.readLog(silent.containers, `Import-${silent.jobId}-1.log`)).toBeUndefined()
    drive.world.server.faults.clear()
    switchOn('importLogUnreadable')
    const spoilt = await client.run({ files: files(1, 'u') })
    await expect(client.readLog(spoilt.containers, `Import-${spoilt.jobId}-1.err`)).rejects.toThrow()
    drive.world.server.faults.clear()
    switchOn('importKeepsVersions')
    const id = spoilt.ids.get('u0.txt') ?? ''
    await client.run({ files: [{ path: 'u0.txt', content: 'again', id }] })
    expect(drive.world.tenant.items.byUniqueId(id)).toMatchObject({ versionNumber: 2, sizeBytes: 5 })
  })

  test('shows its files late in listings of Graph, at once by path and by REST', async () => {
    switchOn('importLateListing', 600_000)
    await client.run({ files: files(3) })
    const listed = async () => listOf((await drive.call(`${drive.base}/root/children`)).data.value).length
    expect(await listed()).toBeLessThan(3)
    expect((await drive.call(`${drive.base}/root:/f1.txt`)).status).toBe(200)
    const rest = await client.call("web/GetFolderByServerRelativePath(decodedurl='/sites/finance/Shared%20Documents')/Files", {
      method: 'GET',
    })
    expect(listOf((rest.json() as { value: unknown }).value)).toHaveLength(3)
    drive.world.tenant.clock.advance(600_000)
    expect(await listed()).toBe(3)
  })

  test('waits while two others of its site collection are busy', async () => {
    switchOn('importSlow', 150)
    const staged = await Promise.all([0, 1, 2].map(() => client.provision()))
    for (const [index, containers] of staged.entries()) await client.stage(containers, { files: files(2, `busy${index}-`) })
    const jobs: string[] = []
    for (const containers of staged) jobs.push(await client.submitJob(containers))
    while (jobs.map(state).filter((each) => each === 'running').length < 2) await sleep(1)
    expect(state(jobs[2] ?? '')).toBe('queued')
    for (const jobId of jobs) await client.finish(jobId)
    expect(jobs.map(state)).toEqual(['ended', 'ended', 'ended'])
  })
})

describe('the storage', () => {
  test('is busy, fails or loses a blob when told to, and costs no resource units', async () => {
    const { content } = await client.provision()
    const put = () =>
      drive.world.fetchAt(client.at(content, 'x.dat'), { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: 'x' })
    drive.world.server.faults.add({
      version: 1,
      faults: [
        { name: 'busy', when: { route: 'blob.put', calls: [1] }, do: { action: 'status', status: 503, moment: 'before' } },
        { name: 'after', when: { route: 'blob.put', calls: [1] }, do: { action: 'status', status: 500, moment: 'after' } },
      ],
    })
    expect((await put()).text).toContain('<Code>ServerBusy</Code>')
    expect((await drive.world.fetchAt(client.at(content, 'x.dat'))).status).toBe(404)
    expect((await put()).headers['x-ms-error-code']).toBe('InternalError')
    expect((await drive.world.fetchAt(client.at(content, 'x.dat'))).text).toBe('x')
    switchOn('lostWrite')
    const lost = await drive.world.fetchAt(client.at(content, 'lost.dat'), {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob' },
      body: 'x',
    })
    expect(lost.status).toBe(201)
    expect((await drive.world.fetchAt(client.at(content, 'lost.dat'))).status).toBe(404)
    const rows = drive.world.journal().filter((row) => row.service === 'blob')
    expect(rows.length).toBe(6)
    expect(
      rows.every((row) => row.resourceUnits === 0 && !row.path.includes(new URL(content).searchParams.get('sig') ?? '')),
    ).toBe(true)
  })
})

describe('the lenient profile', () => {
  test('takes the five files of SPMT, blobs without snapshot and files without list item', async () => {
    await drive.close()
    await start({ profile: 'lenient' })
    const { events } = await client.run({
      documents: { 'RootObjectMap.xml': '', 'LookupListMap.xml': '', 'ViewFormsList.xml': '' },
      files: [{ path: 'a.txt', content: 'x', blob: { hasNoSnapshot: true }, extra: 'ListItemIntId="77"' }],
    })
    expect(events.at(-1)).toMatchObject({ Event: 'JobEnd', TotalErrors: '0', FilesCreated: '1' })
  })
})

describe('a tenant with a data folder', () => {
  test('goes on with its queue after a restart, and begins broken jobs again', async () => {
    await drive.close()
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-durable-'))
    const options = { dataDir, frozenAtMs: FROZEN_AT_MS }
    await start(options)
    switchOn('importSlow', 3_600_000, { calls: [1] })
    const broken = await submit(2)
    while (state(broken) !== 'running') await turn()
    switchOn('importQueueDelay', 60_000)
    const waiting = await client.provision()
    await client.stage(waiting, { files: files(2, 'w') })
    const waitingId = await client.submitJob(waiting)
    await drive.close()
    await start(options)
    expect(state(waitingId)).toBe('queued')
    drive.world.tenant.clock.advance(60_000)
    expect(names(await client.finish(waitingId))).toEqual(['JobQueued', 'JobStart', 'JobEnd'])
    expect(drive.world.tenant.migration.jobs.get(broken)).toMatchObject({ retryCount: 1 })
    await drive.close()
    fs.rmSync(dataDir, { recursive: true, force: true })
    await start()
  })
})
