import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { PACKAGE_ITEMS_MAX, PACKAGE_ITEMS_MIN } from '../../../shared/limits.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { lostAnswer, MemoryImports } from '../testing/memoryImports.ts'
import { MemorySource } from '../testing/memorySource.ts'

let folder: string
let journal: Journal
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-packages-'))
  journal = openSqliteJournal(path.join(folder, 'R0.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
})
afterEach(() => {
  journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

function tree(count: number): MemorySource {
  const source = new MemorySource()
  for (let index = 0; index < count; index++) source.put(`d${index % 7}/e${index % 3}/f${index} & x;[a].bin`, `content ${index}`)
  return source
}

function library() {
  const destination = new MemoryDestination({ maxSessionsPerCall: 20 })
  return { destination, imports: new MemoryImports(destination) }
}

function storedFiles(destination: MemoryDestination) {
  return Object.entries(destination.tree())
    .filter(([name]) => !name.endsWith('/'))
    .sort()
}

const sentFiles = (source: MemorySource) =>
  [...source.files].map(([name, file]) => [name, new TextDecoder().decode(file.bytes)]).sort()

const doubled = (destination: MemoryDestination) =>
  [...destination.nodes.values()].filter((node) => node.contentCount > 1).map((node) => destination.pathOf(node))

/** Archives that were stored, and the files in them. */
const archived = ({ archivesOf }: MemoryImports) => [
  archivesOf.size,
  [...archivesOf.values()].reduce((sum, { size }) => sum + size, 0),
]

const routes = () => Object.fromEntries(journal.totals().byRoute.map(({ route, itemCount }) => [route, itemCount]))

describe('the bulk route', () => {
  test('takes a first load of many files, folders and all, without one request per file', async () => {
    const { destination, imports } = library()
    const source = tree(600).put('d1/empty', '')
    const outcome = await runTest({ journal, source, destination })
    expect([outcome.status, outcome.reason]).toEqual(['completed', undefined])
    expect(storedFiles(destination)).toEqual(sentFiles(source))
    expect(routes()).toEqual({ package: 600, session: 1 })
    expect(imports.submissions.map((paths) => paths.length)).toHaveLength(3)
    expect(destination.calls.filter((call) => !call.includes('empty'))).toEqual(['setTimes d1'])
    expect(source.openCount).toBe(0)
  })

  test('is left alone by small tasks, and by those that ask for the other one', async () => {
    const { destination, imports } = library()
    await runTest({ journal, source: tree(40), destination })
    expect([imports.submissions.length, routes()]).toEqual([0, { session: 40 }])
  })

  test('is taken by small tasks that ask for it; what a round has changed goes as a new version', async () => {
    const { destination, imports } = library()
    const source = tree(20)
    await runTest({ journal, source, destination, settings: { route: 'package' } })
    expect([imports.submissions.length, routes()]).toEqual([1, { package: 20 }])
    source.put('d0/e0/f0 & x;[a].bin', 'another content', Date.UTC(2022, 1, 1)).put('d0/e0/new', 'new')
    const second = openSqliteJournal(path.join(folder, 'R1.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
    const outcome = await runTest({ journal: second, source, destination, round: 1, settings: { route: 'package' } })
    expect(outcome.status).toBe('completed')
    expect(second.totals().byRoute.map(({ route, itemCount }) => [route, itemCount])).toEqual([
      ['package', 1],
      ['session', 1],
    ])
    expect(storedFiles(destination)).toEqual(sentFiles(source))
    second.close()
  })

  test('sends by the other route what an import refuses, and names with both refusals what that refuses too', async () => {
    const { destination, imports } = library()
    const source = tree(500)
    imports.poison = (name) => (/f(7|77|400) /.test(name) ? 'The column does not take this.' : undefined)
    destination.refuses = (name) => (name.startsWith('f77 ') ? 'Nor do I.' : undefined)
    const outcome = await runTest({ journal, source, destination })
    expect(outcome.status).toBe('completedWithIssues')
    expect(routes()).toEqual({ package: 497, session: 2 })
    const failed = journal.items({ afterId: 0, limit: 10, states: ['failed'] })
    expect(failed.map(({ name, errorCode, failureStage, message }) => [name, errorCode, failureStage, message])).toEqual([
      ['f77 & x;[a].bin', 'DST_REFUSED', 'uploading', 'Nor do I. The import refused it: The column does not take this.'],
    ])
    expect(storedFiles(destination)).toHaveLength(499)
    expect(doubled(destination)).toEqual([])
  })

  test('names what an import refuses when packages alone are asked for, and brings everything else', async () => {
    const { destination, imports } = library()
    const source = tree(500)
    imports.poison = (name) => (/f(7|77|400) /.test(name) ? 'The column does not take this.' : undefined)
    const outcome = await runTest({ journal, source, destination, settings: { route: 'package' } })
    expect(outcome.status).toBe('completedWithIssues')
    const failed = journal.items({ afterId: 0, limit: 10, states: ['failed'] })
    expect(
      failed.map(({ errorCode, failureStage, message }) => [errorCode, failureStage, message?.includes('does not take')]),
    ).toEqual(Array.from({ length: 3 }, () => ['JOB_ITEM_REFUSED', 'submitting', true]))
    expect(storedFiles(destination)).toHaveLength(497)
  })

  test('finds whoever ends every job by halving', async () => {
    const { destination, imports } = library()
    const source = tree(400)
    imports.killer = (name) => /f(33|350) /.test(name)
    await runTest({ journal, source, destination, settings: { route: 'package' } })
    const failed = journal.items({ afterId: 0, limit: 10, states: ['failed'] })
    expect(failed.map(({ errorCode, name }) => [errorCode, name]).sort()).toEqual([
      ['JOB_FATAL', 'f33 & x;[a].bin'],
      ['JOB_FATAL', 'f350 & x;[a].bin'],
    ])
    expect(storedFiles(destination)).toHaveLength(398)
    expect(doubled(destination)).toEqual([])
  })

  test.each([99, 100, 101])('%i errors in one job lose no good file', async (count) => {
    const { destination, imports } = library()
    const source = tree(400)
    imports.poison = (name) => (Number(/f(\d+)/.exec(name)?.[1]) < count ? 'bad' : undefined)
    await runTest({ journal, source, destination, settings: { route: 'package' } })
    expect(storedFiles(destination)).toHaveLength(400 - count)
    expect(journal.items({ afterId: 0, limit: 500, states: ['failed'] })).toHaveLength(count)
  })

  test('sends by the other route what an import left out without a word, and what was there already', async () => {
    const { destination, imports } = library()
    const source = tree(350)
    imports.skips = (name) => /f1\d /.test(name)
    let isRaced = false
    destination.onCall = ({ name }) => {
      if (name !== 'submit' || isRaced) return
      isRaced = true
      destination.seed('d0/e0/f0 & x;[a].bin', 'content 0', Date.UTC(2021, 5, 1))
    }
    const outcome = await runTest({ journal, source, destination })
    expect(outcome.status).toBe('completed')
    expect(storedFiles(destination)).toEqual(sentFiles(source))
    expect(routes()).toEqual({ package: 339, session: 11 })
    expect(doubled(destination)).toEqual([])
  })

  test.each(['before', 'after'] as const)('a submission without an answer (%s its effect) is never repeated', async (when) => {
    const { destination, imports } = library()
    const source = tree(320)
    let isLost = false
    destination.onCall = (call) => {
      if (call.name === 'submit' && call.when === when && !isLost) {
        isLost = true
        throw lostAnswer()
      }
      // The job that nobody knows of runs all the same.
      if (call.name === 'has' && call.when === 'before' && isLost) imports.runAll()
    }
    const outcome = await runTest({ journal, source, destination })
    expect(outcome.status).toBe('completed')
    expect(storedFiles(destination)).toEqual(sentFiles(source))
    expect(doubled(destination)).toEqual([])
    const all = imports.submissions.flat()
    expect(new Set(all).size).toBe(all.length)
  })

  test('a job that vanishes is judged by what is there', async () => {
    const { destination, imports } = library()
    imports.forgetsJobs = true
    const source = tree(320)
    const outcome = await runTest({ journal, source, destination })
    expect([outcome.status, routes()]).toEqual(['completed', { package: 320 }])
    expect(journal.packages({ afterId: 0, limit: 9 }).map((one) => one.outcome)).toEqual(['lost', 'lost'])
  })

  test('an account that may not import sends everything the other way, unless nothing else was asked for', async () => {
    const { destination } = library()
    const source = tree(310)
    destination.onCall = ({ name, when }) => {
      if (name !== 'submit' || when !== 'before') return
      throw new MigrationError('JOB_NOT_ALLOWED', 'Not an administrator.', { remedy: { kind: 'stopTask' } })
    }
    const outcome = await runTest({ journal, source, destination })
    expect([outcome.status, routes()]).toEqual(['completed', { session: 310 }])
    expect(storedFiles(destination)).toEqual(sentFiles(source))
    const second = openSqliteJournal(path.join(folder, 'forced.sqlite'), {
      sealer: { seal: (text) => text, open: (text) => text },
    })
    const forced = await runTest({
      journal: second,
      source: tree(5).put('fresh', 'x'),
      destination,
      settings: { route: 'package' },
    })
    expect([forced.status, forced.error?.code]).toEqual(['failed', 'JOB_NOT_ALLOWED'])
    second.close()
  })

  test('files that cannot be read for a package are tried again by the other route', async () => {
    const { destination } = library()
    const source = tree(310)
    source.locked.set('d5/e2/f5 & x;[a].bin', 1)
    const outcome = await runTest({ journal, source, destination })
    expect([outcome.status, routes()]).toEqual(['completed', { package: 309, session: 1 }])
  })

  test('small files travel in archives, larger ones by themselves', async () => {
    const { destination, imports } = library()
    const source = tree(320).put('large.bin', 'x'.repeat(120_000))
    const outcome = await runTest({ journal, source, destination })
    expect([outcome.status, routes()]).toEqual(['completed', { package: 321 }])
    expect(archived(imports)).toEqual([2, 320])
    expect(
      [...imports.blobsOf.values()].flatMap((blobs) => [...blobs.keys()]).filter((name) => name.endsWith('.dat')),
    ).toHaveLength(1)
    expect(storedFiles(destination)).toEqual(sentFiles(source))
  })

  test('an import that cannot read archives gets every file by itself, and fails none', async () => {
    const { destination, imports } = library()
    imports.archives = 'refuses'
    const source = tree(600)
    const outcome = await runTest({ journal, source, destination, settings: { route: 'package' } })
    expect([outcome.status, routes()]).toEqual(['completed', { package: 600 }])
    expect(storedFiles(destination)).toEqual(sentFiles(source))
    expect(doubled(destination)).toEqual([])
  })

  test('an import that passes over what is in archives is found out by the proof, and given no more of them', async () => {
    const { destination, imports } = library()
    imports.archives = 'skips'
    const source = tree(3000)
    const outcome = await runTest({ journal, source, destination })
    expect(outcome.status).toBe('completed')
    expect(storedFiles(destination)).toEqual(sentFiles(source))
    const [archiveCount = 0, archivedCount = 0] = archived(imports)
    expect(archiveCount).toBeLessThan(imports.jobs.size)
    expect(routes().package).toBe(3000 - archivedCount)
  })

  test('a file that has grown since the scan leaves the archive, one that cannot be read leaves the package', async () => {
    const { destination, imports } = library()
    const source = tree(310)
    let isScanned = false
    destination.onCall = ({ name }) => {
      if (name !== 'provision' || isScanned) return
      isScanned = true
      source.put('d0/e0/f0 & x;[a].bin', 'y'.repeat(150_000), Date.UTC(2022, 1, 1))
      source.locked.set('d5/e2/f5 & x;[a].bin', 1)
    }
    const outcome = await runTest({ journal, source, destination })
    expect([outcome.status, routes()]).toEqual(['completed', { package: 309, session: 1 }])
    expect(archived(imports)).toEqual([2, 308])
    expect(storedFiles(destination)).toEqual(sentFiles(source))
  })

  test('packages become smaller while imports take long, down to their least size', async () => {
    const { destination, imports } = library()
    imports.looksPerJob = 30
    const outcome = await runTest({ journal, source: tree(2600), destination })
    const sizes = journal.packages({ afterId: 0, limit: 100 }).map(({ id }) => journal.packageItems(id).length)
    expect([outcome.status, routes()]).toEqual(['completed', { package: 2600 }])
    expect(Math.max(...sizes)).toBe(PACKAGE_ITEMS_MAX)
    expect(Math.min(...sizes.slice(0, -1))).toBe(PACKAGE_ITEMS_MIN)
  })
})
