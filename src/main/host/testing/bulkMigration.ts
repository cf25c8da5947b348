import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { taskIdSchema } from '../../../shared/domain/ids.ts'
import type { TaskProgress } from '../../../shared/domain/progress.ts'
import { type TaskSettings, taskSettingsSchema } from '../../../shared/domain/settings.ts'
import type { Task } from '../../../shared/domain/task.ts'
import { createFileShareSource } from '../../adapters/fileshare/fileShareSource.ts'
import { createQuickXorHasher } from '../../adapters/hash/quickXorHash.ts'
import { createOfficeComparer } from '../../adapters/office/officeComparer.ts'
import type { Service } from '../../adapters/sharepoint/createService.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import { connectTo, realClock } from '../../adapters/testing/practiceService.ts'
import { createCollectingLogger } from '../../adapters/testing/runtimeFixture.ts'
import { type EngineDeps, type RoundOutcome, runTask } from '../../engine/engine.ts'
import type { StoredItem } from '../../engine/ports/destination.ts'
import type { Journal } from '../../engine/ports/journal.ts'
import { canonicalOfficePart } from '../../engine/verify/officeParts.ts'

export const FINANCE = 'https://contoso.sharepoint.com/sites/finance'
const never = new AbortController().signal

export interface Migration {
  readonly outcome: RoundOutcome
  /** The caller closes it. */
  readonly journal: Journal
}

export interface MigrateOptions {
  /** FINANCE, unless it says another one. */
  readonly siteUrl?: string
  readonly settings?: Partial<TaskSettings>
  readonly folder?: string
  readonly round?: number
  readonly part?: Task['part']
  /** The journal of the round before. */
  readonly previous?: Journal
  readonly change?: Partial<EngineDeps>
  readonly onProgress?: (progress: TaskProgress) => void
}

/** Rounds of real files by real adapters against a running tenant, and what its libraries show afterwards. */
export interface BulkMigration {
  /** A folder for sources; removed at the end. */
  readonly folder: string
  readonly service: Service
  readonly logger: ReturnType<typeof createCollectingLogger>
  migrate(source: string, library: string, options?: MigrateOptions): Promise<Migration>
  /** Everything in a library, by path below it. */
  listed(library: string): Promise<ReadonlyMap<string, StoredItem>>
  close(): Promise<void>
}

export async function openBulkMigration(connectionFile: string): Promise<BulkMigration> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-bulk-'))
  const logger = createCollectingLogger()
  const service = await connectTo(connectionFile, { logger })
  const random = { next: Math.random, uuid: randomUUID }
  return {
    folder,
    service,
    logger,
    async migrate(
      source,
      library,
      {
        siteUrl = FINANCE,
        settings = {},
        folder: below = '',
        round = 0,
        part,
        previous,
        change = {},
        onProgress = () => undefined,
      } = {},
    ) {
      const task: Task = {
        id: taskIdSchema.parse(randomUUID()),
        name: library,
        source: { kind: 'fileShare', path: source },
        destination: { kind: 'library', siteUrl, library, folder: below },
        settings: { ...taskSettingsSchema.parse({}), ...settings },
        tags: [],
        createdAt: '2026-08-20T00:00:00Z',
        createdBy: 'tester',
        revision: 1,
        ...(part ? { part } : {}),
      }
      const journal = openSqliteJournal(path.join(folder, `${task.id}.sqlite`), {
        sealer: { seal: (text) => text, open: (text) => text },
      })
      const deps: EngineDeps = {
        journal,
        openSource: (spec) => createFileShareSource({ path: spec.path }),
        destinations: service.destinations,
        compileGlobs: () => () => false,
        comparer: createOfficeComparer({ canonicalPart: canonicalOfficePart }),
        createHasher: createQuickXorHasher,
        clock: realClock,
        random,
        logger,
        ...(previous ? { previous } : {}),
        ...change,
      }
      const outcome = await runTask(deps, task, {
        round,
        agentName: 'agent-1',
        drainSignal: never,
        signal: never,
        onProgress,
      })
      return { outcome, journal }
    },
    async listed(library) {
      const destination = await service.destinations.open(
        { kind: 'library', siteUrl: FINANCE, library, folder: '' },
        { createMissing: false, signal: never },
      )
      const byId = new Map<string, StoredItem>()
      for await (const batch of destination.list(never)) for (const item of batch) byId.set(item.itemId, item)
      const pathOf = (item: StoredItem): string => {
        const parent = item.parentId === undefined ? undefined : byId.get(item.parentId)
        return parent === undefined ? item.name : `${pathOf(parent)}/${item.name}`
      }
      return new Map([...byId.values()].map((item) => [pathOf(item), item]))
    },
    async close() {
      await service.close()
      fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Files of a round that arrived, by route. */
export const routesOf = (journal: Journal) =>
  Object.fromEntries(journal.totals().byRoute.map(({ route, itemCount }) => [route, itemCount]))

/** `count` files in folders of two levels, with the characters that break careless clients, of different sizes and times. */
export function writeTree(root: string, count: number): string {
  for (let index = 0; index < count; index++) {
    const at = path.join(root, `Q${index % 5}`, `it's #${index % 3} & 100%`)
    fs.mkdirSync(at, { recursive: true })
    const file = path.join(at, `file ${index} äö;[${index % 4}].txt`)
    fs.writeFileSync(file, `content of file ${index}\n`.repeat(1 + (index % 50)))
    fs.utimesSync(file, 1_600_000_000 + index, 1_500_000_000 + index)
  }
  return root
}
