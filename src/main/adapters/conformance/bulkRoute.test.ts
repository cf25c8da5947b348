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

describe('the bulk route over the wire', () => {
  test('a few hundred files arrive in packages, proved', async () => {
    const { outcome, journal } = await migrate(writeTree('happy', 320), 'Bulk happy')
    expect([outcome.status, outcome.reason, routes(journal)]).toEqual(['completed', undefined, { package: 320 }])
    expect(outcome.counts.verdicts).toMatchObject({ exact: 320 })
    journal.close()
  }, 120_000)
})
