import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemoryImports } from '../testing/memoryImports.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { Death, mortal } from '../testing/mortal.ts'

/** The deaths here are of our code, not of the machine: where there is a file system in memory, it spares thousands of waits for the disk. */
const IN_MEMORY = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(IN_MEMORY, 'portage-package-crash-'))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

function openJournal(name: string): Journal {
  return openSqliteJournal(path.join(folder, `${name}.sqlite`), { sealer: { seal: (text) => text, open: (text) => text } })
}

function smallTree(): MemorySource {
  return new MemorySource()
    .put('a.txt', 'alpha')
    .put('docs/b.txt', 'beta')
    .put('docs/d.txt', 'delta')
    .put('docs/e.txt', 'epsilon')
    .put('docs/killer.txt', 'ends every job')
    .put('docs/empty', '')
    .put('docs/deep/c.txt', 'gamma')
    .put('poison.txt', 'refused by name')
    .put('skipped.txt', 'left out without a word')
}

interface Service {
  readonly destination: MemoryDestination
  readonly imports: MemoryImports
}

function service(): Service {
  const destination = new MemoryDestination()
  const imports = new MemoryImports(destination)
  imports.poison = (name) => (name === 'poison.txt' ? 'refused' : undefined)
  imports.killer = (name) => name.endsWith('killer.txt')
  imports.skips = (name) => name === 'skipped.txt'
  return { destination, imports }
}

/** The service goes on by itself while nobody looks. */
async function run(journal: Journal, { destination, imports }: Service, death: Death): Promise<void> {
  destination.onCall = (call) => {
    if (call.name === 'has' && call.when === 'before') imports.runAll()
    death.check()
  }
  const source = smallTree()
  // In the middle of a blob, too.
  source.onRead = () => death.check()
  await runTest({ journal: mortal(journal, death), source, destination, settings: { route: 'package' } })
}

const IMMORTAL = Number.POSITIVE_INFINITY

function endState(journal: Journal, { destination }: Service) {
  return {
    status: journal.meta().status,
    stored: [...destination.nodes.values()]
      .filter((node) => node.kind === 'file')
      .map((node) => [destination.pathOf(node), new TextDecoder().decode(node.bytes), node.contentCount])
      .sort(),
    open: journal
      .items({ afterId: 0, limit: 100 })
      .filter(({ state }) => state !== 'migrated' && state !== 'failed')
      .map(({ relPath }) => relPath),
  }
}

/** Poisoned files may reach the destination by the other route, when a crash has left their package without a verdict. */
function withoutPoison(state: ReturnType<typeof endState>) {
  return { ...state, status: undefined, stored: state.stored.filter(([name]) => !/poison|killer/.test(String(name))) }
}

/** Paths of jobs that no journal knows of, and that were submitted once more all the same. */
function submittedAgainUnknowingly({ imports }: Service, known: ReadonlySet<string | undefined>): readonly string[] {
  return [...imports.jobs.keys()].flatMap((jobId, index) => {
    if (known.has(jobId)) return []
    const later = new Set(imports.submissions.slice(index + 1).flat())
    return (imports.submissions[index] ?? []).filter((name) => later.has(name))
  })
}

test('killed at any call of any port, the next start loses nothing, doubles nothing and submits nothing twice unknowingly', async () => {
  const life = new Death(IMMORTAL)
  const quiet = service()
  const first = openJournal('undisturbed')
  await run(first, quiet, life)
  const whole = endState(first, quiet)
  expect(whole.status).toBe('completedWithIssues')
  expect(whole.stored.map(([name]) => name)).toEqual([
    'a.txt',
    'docs/b.txt',
    'docs/d.txt',
    'docs/deep/c.txt',
    'docs/e.txt',
    'docs/empty',
    'skipped.txt',
  ])
  expect(quiet.imports.archivesOf.size).toBe(1)
  first.close()
  for (let at = 1; at <= life.callCount; at++) {
    const world = service()
    const death = new Death(at)
    const before = openJournal(`kill-${at}`)
    await run(before, world, death).catch(() => undefined)
    before.close()
    const after = openJournal(`kill-${at}`)
    await run(after, world, new Death(IMMORTAL))
    const end = endState(after, world)
    const known = new Set(after.packages({ afterId: 0, limit: 100 }).map(({ jobId }) => jobId))
    after.close()
    expect({ at, end: withoutPoison(end) }).toEqual({ at, end: withoutPoison(whole) })
    expect(end.stored.filter(([, , contentCount]) => contentCount !== 1)).toEqual([])
    expect(submittedAgainUnknowingly(world, known)).toEqual([])
  }
}, 300_000)

test('killed every few calls, the round still gets to its end', async () => {
  const world = service()
  for (let at = 25; ; at += 9) {
    const journal = openJournal('stubborn')
    const death = new Death(at)
    await run(journal, world, death).catch(() => undefined)
    const end = endState(journal, world)
    journal.close()
    if (death.isDead) continue
    expect(end.open).toEqual([])
    expect(end.stored.filter(([, , contentCount]) => contentCount !== 1)).toEqual([])
    break
  }
}, 300_000)
