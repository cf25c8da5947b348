import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemoryImports } from '../testing/memoryImports.ts'
import { MemorySource } from '../testing/memorySource.ts'

let folder: string
let journal: Journal
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-wrong-'))
  journal = openSqliteJournal(path.join(folder, 'R0.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
})
afterEach(() => {
  journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

const TIME_MS = Date.UTC(2021, 5, 1)

/** Five files by package; as soon as they are imported, `spoil` changes one of them at the destination. */
async function runSpoiled(spoil: (node: { bytes: Uint8Array; times: object; version: number }) => void) {
  const source = new MemorySource()
  for (const name of ['a', 'b', 'c', 'd', 'e']) source.put(`docs/${name}.bin`, `content of ${name}`, TIME_MS)
  const destination = new MemoryDestination()
  const imports = new MemoryImports(destination)
  let isSpoiled = false
  destination.onCall = () => {
    const node = destination.at('docs/c.bin')
    if (isSpoiled || node === undefined) return
    isSpoiled = true
    spoil(node)
  }
  const outcome = await runTest({ journal, source, destination, settings: { route: 'package' } })
  expect(imports.submissions.flat()).toHaveLength(5)
  const node = destination.at('docs/c.bin')
  const item = journal.itemAt('docs/c.bin')
  return { status: outcome.status, content: new TextDecoder().decode(node?.bytes), item }
}

describe('a file that is another one after its import', () => {
  test('is sent again by the session route, over what the import stored', async () => {
    const { status, content, item } = await runSpoiled((node) => {
      node.bytes = new TextEncoder().encode('CONTENT of c')
    })
    expect([status, content]).toEqual(['completed', 'content of c'])
    expect([item?.state, item?.route, item?.reuploads, item?.verdict]).toEqual(['migrated', 'session', 1, 'exact'])
  })

  test('is left alone and named when it has another time: that is an edit of somebody', async () => {
    const { status, content, item } = await runSpoiled((node) => {
      node.bytes = new TextEncoder().encode('edited by a person')
      node.times = { createdMs: TIME_MS, modifiedMs: TIME_MS + 60_000 }
      node.version++
    })
    expect([status, content]).toEqual(['completedWithIssues', 'edited by a person'])
    expect([item?.state, item?.errorCode, item?.reuploads]).toEqual(['failed', 'VFY_DIFFERENT', 0])
  })
})
