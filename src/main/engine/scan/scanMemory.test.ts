import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import v8 from 'node:v8'
import vm from 'node:vm'
import { expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import { scanSource } from '../engine.ts'
import type { Source, SourceEntry } from '../ports/source.ts'
import { testTask } from '../testing/engineKit.ts'
import { InstantClock } from '../testing/instantClock.ts'

const FILES_PER_FOLDER = 50

/** What is still referenced, not what has not been collected yet. */
function liveBytes(): number {
  v8.setFlagsFromString('--expose-gc')
  vm.runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

/** A tree that exists only while it is walked. */
function generatedSource(fileCount: number, onLastFolder: () => void): Source {
  const entry = (relPath: string, kind: 'file' | 'folder'): SourceEntry => ({
    relPath,
    name: relPath.slice(relPath.lastIndexOf('/') + 1),
    kind,
    sizeBytes: kind === 'file' ? 1000 : 0,
    createdMs: Date.UTC(2019, 0, 1),
    modifiedMs: Date.UTC(2020, 0, 1),
    isHidden: false,
    isOffline: false,
    owner: undefined,
    fileId: undefined,
    issue: undefined,
  })
  return {
    rootPath: '/generated',
    check: async () => undefined,
    async *walk() {
      yield [entry('', 'folder')]
      for (let folder = 0; folder * FILES_PER_FOLDER < fileCount; folder++) {
        const name = `department ${folder}`
        const files = Array.from({ length: FILES_PER_FOLDER }, (_, index) =>
          entry(`${name}/a document of some length ${index}.docx`, 'file'),
        )
        yield [entry(name, 'folder'), ...files]
      }
      onLastFolder()
    },
    ownerSpellings: (owner) => [owner],
    open: () => Promise.reject(new Error('a scan opens no file')),
  }
}

/** While the scan still has everything in its hands. */
async function heapAtTheEndOfScan(folder: string, fileCount: number): Promise<number> {
  const journal = openSqliteJournal(path.join(folder, `${fileCount}.sqlite`), {
    sealer: { seal: (text) => text, open: (text) => text },
  })
  const never = new AbortController().signal
  let heapBytes = 0
  const outcome = await scanSource(
    {
      journal,
      openSource: () =>
        generatedSource(fileCount, () => {
          heapBytes = liveBytes()
        }),
      compileGlobs: () => () => true,
      clock: new InstantClock(),
      logger: { log: () => undefined },
    },
    testTask(),
    { agentName: 'a', drainSignal: never, signal: never, onProgress: () => undefined },
  )
  expect([outcome.status, outcome.counts.files.scanned]).toEqual(['readyToMigrate', fileCount])
  journal.close()
  return heapBytes
}

test('200,000 files are scanned in the memory of 20,000', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-scan-'))
  try {
    const few = await heapAtTheEndOfScan(folder, 20_000)
    const many = await heapAtTheEndOfScan(folder, 200_000)
    // A row that stayed in memory would cost some hundred bytes: 20 MB and more.
    expect(many - few).toBeLessThan(8 * 1024 * 1024)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
})
