import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningTenant, startTenant } from '../../simulator/index.ts'
import { createFileShareSource } from '../adapters/fileshare/fileShareSource.ts'
import { createQuickXorHasher } from '../adapters/hash/quickXorHash.ts'
import { readConnectionFile } from '../adapters/network/connectionFile.ts'
import { createOfficeComparer } from '../adapters/office/officeComparer.ts'
import { createService, type Service } from '../adapters/sharepoint/createService.ts'
import { openSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { createCollectingLogger, createMemorySecrets } from '../adapters/testing/runtimeFixture.ts'
import { type RoundOutcome, runTask } from './engine.ts'
import type { Clock } from './ports/runtime.ts'
import { testTask } from './testing/engineKit.ts'
import { canonicalOfficePart } from './verify/officeParts.ts'

/** The whole session route with nothing made up: files on disk, the wire, a tenant that knows nothing of the client. */

const MIB = 1024 * 1024
const clock: Clock = { now: Date.now, sleep: (delayMs, signal) => delay(delayMs, undefined, { signal }) }
const random = { next: Math.random, uuid: randomUUID }

let folder: string
let tenant: RunningTenant
let service: Service

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-wire-'))
  tenant = await startTenant({ throttling: false })
  service = await createService({
    connection: await readConnectionFile(tenant.connectionFile),
    secrets: createMemorySecrets(),
    clock,
    random,
    logger: createCollectingLogger(),
    env: {},
  })
})

afterAll(async () => {
  await service?.close()
  await tenant?.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

function write(relPath: string, content: string | Uint8Array): void {
  const file = path.join(folder, 'share', relPath)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, content)
  fs.utimesSync(file, new Date('2021-05-01T10:00:00Z'), new Date('2021-05-02T10:00:00Z'))
}

async function run(
  round: number,
  options: { readonly drainSignal?: AbortSignal; readonly onSent?: () => void } = {},
): Promise<RoundOutcome> {
  const journal = openSqliteJournal(path.join(folder, `R${round}.sqlite`), {
    sealer: { seal: (text) => text, open: (text) => text },
  })
  const never = new AbortController().signal
  try {
    return await runTask(
      {
        journal,
        openSource: ({ path: root }) => createFileShareSource({ path: root }),
        compileGlobs: () => () => true,
        destinations: service.destinations,
        comparer: createOfficeComparer({ canonicalPart: canonicalOfficePart }),
        createHasher: createQuickXorHasher,
        clock,
        random,
        logger: createCollectingLogger(),
      },
      {
        ...testTask(),
        source: { kind: 'fileShare', path: path.join(folder, 'share') },
        destination: {
          kind: 'library',
          siteUrl: 'https://contoso.sharepoint.com/sites/finance',
          library: 'Moved',
          folder: 'From the share',
        },
      },
      {
        round,
        agentName: 'wire',
        drainSignal: options.drainSignal ?? never,
        signal: never,
        onProgress: ({ sentBytes }) => sentBytes > 12 * MIB && options.onSent?.(),
      },
    )
  } finally {
    journal.close()
  }
}

test('a share arrives over the wire, is paused in the middle of a large file, goes on there, and a second round finds nothing to do', async () => {
  const large = new Uint8Array(35 * MIB)
  for (let index = 0; index < large.length; index += 997) large[index] = index % 251
  write('reports/2021 (final).txt', 'numbers')
  write('reports/empty.log', '')
  write('a#b%c & d.txt', 'odd name')
  write('semicolon;inside.txt', 'no path can say it')
  write('bad:name?.txt', 'renamed')
  write('Twin.txt', 'one')
  write('twin.txt', 'two')
  write('deep/er/and/deeper/x.bin', 'x')
  write('large.iso', large)
  for (let index = 0; index < 45; index++) write(`many/file ${index}.txt`, `content ${index}`)

  const drain = new AbortController()
  const paused = await run(0, { drainSignal: drain.signal, onSent: () => drain.abort() })
  expect([paused.status, paused.isResumable]).toEqual(['paused', true])
  const done = await run(0)
  expect([done.status, done.reason]).toEqual(['completed', undefined])
  expect(done.counts.files).toMatchObject({ migrated: 54, failed: 0, skipped: 0 })
  expect(done.counts.verdicts).toEqual({ exact: 54, rewritten: 0, different: 0, unverifiable: 0 })
  expect(done.progress.sentBytes).toBeLessThan(done.progress.migratedBytes + 11 * MIB)

  const again = await run(1)
  expect([again.status, again.progress.sentBytes]).toEqual(['completed', 0])
  expect(again.counts.files).toMatchObject({ skipped: 54, migrated: 0 })
})
