import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { taskIdSchema } from '../../../shared/domain/ids.ts'
import { type TaskSettings, taskSettingsSchema } from '../../../shared/domain/settings.ts'
import type { Task } from '../../../shared/domain/task.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import { type RoundOutcome, runTask } from '../../engine/engine.ts'
import type { StoredItem } from '../../engine/ports/destination.ts'
import type { Journal } from '../../engine/ports/journal.ts'
import type { Clock } from '../../engine/ports/runtime.ts'
import { SeededRandom } from '../../engine/testing/fakeClock.ts'
import { canonicalOfficePart } from '../../engine/verify/officeParts.ts'
import { createFileShareSource } from '../fileshare/fileShareSource.ts'
import { createQuickXorHasher } from '../hash/quickXorHash.ts'
import { readConnectionFile } from '../network/connectionFile.ts'
import { createOfficeComparer } from '../office/officeComparer.ts'
import { createService, type Service } from '../sharepoint/createService.ts'
import { openSqliteJournal } from '../sqlite/sqliteJournal.ts'
import { createCollectingLogger, createMemorySecrets } from '../testing/runtimeFixture.ts'

/** The bulk route over the wire, against a tenant that knows nothing of the client. */

const never = new AbortController().signal
const clock: Clock = { now: Date.now, sleep: (delayMs, signal) => delay(delayMs, undefined, { signal }) }
const random = { next: Math.random, uuid: randomUUID }
const siteUrl = 'https://contoso.sharepoint.com/sites/finance'

let tenant: RunningTenant
let service: Service
let folder: string
const logger = createCollectingLogger()

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bulk-'))
  tenant = await startTenant({ throttling: false })
  service = await createService({
    connection: await readConnectionFile(tenant.connectionFile),
    secrets: createMemorySecrets(),
    clock,
    random,
    logger,
    env: {},
  })
}, 60_000)
afterAll(async () => {
  await service?.close()
  await tenant?.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

interface Migration {
  readonly outcome: RoundOutcome
  readonly journal: Journal
}

async function migrate(
  source: string,
  library: string,
  options: { readonly settings?: Partial<TaskSettings>; readonly folder?: string } = {},
): Promise<Migration> {
  const task: Task = {
    id: taskIdSchema.parse(randomUUID()),
    name: library,
    source: { kind: 'fileShare', path: source },
    destination: { kind: 'library', siteUrl, library, folder: options.folder ?? '' },
    settings: { ...taskSettingsSchema.parse({}), ...options.settings },
    tags: [],
    createdAt: '2026-08-20T00:00:00Z',
    createdBy: 'tester',
    revision: 1,
  }
  const journal = openSqliteJournal(path.join(folder, `${task.id}.sqlite`), {
    sealer: { seal: (text) => text, open: (text) => text },
  })
  const outcome = await runTask(
    {
      journal,
      openSource: (spec) => createFileShareSource({ path: spec.path }),
      destinations: service.destinations,
      compileGlobs: () => () => false,
      comparer: createOfficeComparer({ canonicalPart: canonicalOfficePart }),
      createHasher: createQuickXorHasher,
      clock,
      random,
      logger,
    },
    task,
    { round: 0, agentName: 'agent-1', drainSignal: never, signal: never, onProgress: () => undefined },
  )
  return { outcome, journal }
}

function writeTree(name: string, count: number): string {
  const root = path.join(folder, name)
  for (let index = 0; index < count; index++) {
    const at = path.join(root, `Q${index % 5}`, `it's #${index % 3} & 100%`)
    fs.mkdirSync(at, { recursive: true })
    const file = path.join(at, `file ${index} äö;[${index % 4}].txt`)
    fs.writeFileSync(file, `content of file ${index}\n`.repeat(1 + (index % 50)))
    fs.utimesSync(file, 1_600_000_000 + index, 1_500_000_000 + index)
  }
  return root
}

async function listed(library: string): Promise<ReadonlyMap<string, StoredItem>> {
  const destination = await service.destinations.open(
    { kind: 'library', siteUrl, library, folder: '' },
    { createMissing: false, signal: never },
  )
  const byId = new Map<string, StoredItem>()
  for await (const batch of destination.list(never)) for (const item of batch) byId.set(item.itemId, item)
  const pathOf = (item: StoredItem): string => {
    const parent = item.parentId === undefined ? undefined : byId.get(item.parentId)
    return parent === undefined ? item.name : `${pathOf(parent)}/${item.name}`
  }
  return new Map([...byId.values()].map((item) => [pathOf(item), item]))
}

const routes = (journal: Journal) =>
  Object.fromEntries(journal.totals().byRoute.map(({ route, itemCount }) => [route, itemCount]))

/** Content, name, times and kind of everything, as the library shows it. */
async function contentOf(library: string) {
  return [...(await listed(library))]
    .map(([name, { kind, sizeBytes, quickXorHash, createdMs, modifiedMs }]) => [
      name,
      kind,
      kind === 'file' ? sizeBytes : 0,
      kind === 'file' && sizeBytes > 0 ? quickXorHash : undefined,
      createdMs,
      modifiedMs,
    ])
    .sort()
}

/** Any depth, any characters that a file system and SharePoint both take, empty files and folders, one file of several blocks. */
function writeRandomTree(name: string, seed: number): string {
  const dice = new SeededRandom(seed)
  const below = (count: number) => Math.floor(dice.next() * count)
  const letters = [..."abcXYZ019 ._-#%&'()[]{}+=!@$^~,;", 'ä', 'é', '漢', '😀', 'ß']
  const word = () => `n${Array.from({ length: 1 + below(12) }, () => letters[below(letters.length)]).join('')}n`
  const root = path.join(folder, name)
  fs.mkdirSync(root, { recursive: true })
  const folders = [root]
  for (let index = 0; index < 12; index++) {
    const at = path.join(folders[below(folders.length)] ?? root, `${index}${word()}`)
    fs.mkdirSync(at)
    folders.push(at)
  }
  const stamp = (at: string) => {
    const seconds = 1_000_000_000 + below(600_000_000)
    fs.utimesSync(at, seconds, seconds)
  }
  for (let index = 0; index < 40; index++) {
    const at = path.join(folders[below(folders.length)] ?? root, `${index}${word()}.bin`)
    const sizeBytes = index === 0 ? 20_000_003 : index % 9 === 1 ? 0 : below(index % 7 === 2 ? 5_000_000 : 3000)
    fs.writeFileSync(at, Buffer.alloc(sizeBytes, `${index}${word()}`))
    stamp(at)
  }
  for (const at of folders) stamp(at)
  return root
}

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
    const { outcome, journal } = await migrate(writeTree('happy', 320), 'Bulk happy')
    expect([outcome.status, outcome.reason, routes(journal)]).toEqual(['completed', undefined, { package: 320 }])
    expect(outcome.counts.verdicts).toMatchObject({ exact: 320 })
    const secrets = logger.lines.filter((line) => /sig=|blob\.core/.test(JSON.stringify(line)))
    expect(secrets).toEqual([])
    journal.close()
  }, 120_000)

  test.each([1, 2, 3])(
    'random tree %i is the same library by both routes',
    async (seed) => {
      const source = writeRandomTree(`random-${seed}`, seed)
      const bulk = await migrate(source, `Random ${seed} bulk`, inPackages)
      const session = await migrate(source, `Random ${seed} session`, { settings: { route: 'session' } })
      expect([bulk.outcome.status, session.outcome.status]).toEqual(['completed', 'completed'])
      expect(routes(bulk.journal).package).toBeGreaterThan(30)
      expect(await contentOf(`Random ${seed} bulk`)).toEqual(await contentOf(`Random ${seed} session`))
      bulk.journal.close()
      session.journal.close()
    },
    120_000,
  )

  test('below a folder of the library, in a second round, packages bring only what is new', async () => {
    const source = writeTree('rounds', 30)
    const first = await migrate(source, 'Rounds', { ...inPackages, folder: 'a/b #1' })
    fs.writeFileSync(path.join(source, 'Q0', 'late.txt'), 'late')
    const second = await migrate(source, 'Rounds', { ...inPackages, folder: 'a/b #1' })
    expect([first.outcome.status, second.outcome.status]).toEqual(['completed', 'completed'])
    expect((await listed('Rounds')).get('a/b #1/Q0/late.txt')?.sizeBytes).toBe(4)
    expect(second.journal.packages({ afterId: 0, limit: 9 }).map(({ outcome }) => outcome)).toEqual(['imported'])
    first.journal.close()
    second.journal.close()
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
      const { outcome, journal } = await withFault(name, fault, () => migrate(writeTree(library, 40), library, inPackages))
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
    const { outcome, journal } = await withFault('lost', fault, () => migrate(writeTree('lost', 20), 'Lost answer', inPackages))
    expect([outcome.status, routes(journal)]).toEqual(['completed', { package: 20 }])
    expect(journal.packages({ afterId: 0, limit: 9 }).map(({ outcome: end }) => end)).toEqual(['lost'])
    journal.close()
  }, 120_000)

  test('a store that breaks connections costs attempts, no file', async () => {
    const fault = {
      when: { host: '*.blob.core.windows.net', calls: { from: 3, every: 9 }, times: 6 },
      do: { action: 'reset', moment: 'body', bytes: 100 },
    }
    const { outcome, journal } = await withFault('resets', fault, () => migrate(writeTree('resets', 30), 'Resets', inPackages))
    expect([outcome.status, routes(journal)]).toEqual(['completed', { package: 30 }])
    journal.close()
  }, 120_000)
})
