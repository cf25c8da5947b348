import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TaskSettings, taskSettingsSchema } from '../../../shared/domain/settings.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { SCOPE_CHILDREN_MAX } from '../../../shared/limits.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { accessReport } from '../report/accessReport.ts'
import { runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemoryPermissions } from '../testing/memoryPermissions.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { createAccessJudge } from './accessJudge.ts'
import { AccessPlanner } from './accessPlanner.ts'

const PLACE = 'sites/finance/Shared Documents'
const STAFF = 'S-1-5-21-1-1-1-2001'
const BOSS = 'S-1-5-21-1-1-1-1001'
const GONE = 'S-1-5-21-1-1-1-9999'
const staff = `D:AI(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;${STAFF})`
const bossOnly = `D:PAI(A;OICI;FA;;;BA)(A;OICI;FA;;;${BOSS})`
const identityMap = [
  { source: STAFF, target: 'staff', isGroup: true },
  { source: 'CONTOSO\\boss', target: 'boss', isGroup: false },
]

let folder: string
let journal: Journal
let source: MemorySource
let destination: MemoryDestination
let permissions: MemoryPermissions
let lists: Map<string, string>

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-access-'))
  journal = open()
  source = new MemorySource()
  destination = new MemoryDestination()
  permissions = new MemoryPermissions(['staff', 'boss', 'everyone'])
  destination.permissions = permissions
  lists = new Map()
  source.access = {
    descriptor: async (relPath) => lists.get(relPath) ?? staff,
    accountSpellings: (sid) => (sid === BOSS ? [sid, 'CONTOSO\\boss'] : [sid]),
  }
})
afterEach(() => {
  journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

function open(name = 'R0'): Journal {
  return openSqliteJournal(path.join(folder, `${name}.sqlite`), { sealer: { seal: (text) => text, open: (text) => text } })
}

const run = (settings: Partial<TaskSettings> = {}) =>
  runTest({ journal, source, destination, settings: { permissions: 'folders', identityMap, ...settings } })

function rows(): string[][] {
  return [...accessReport(journal).rows].map((row) => row.slice(2).map((cell) => String(cell ?? '')))
}

test('only folders whose access differs from the one above get their own; files inherit', async () => {
  source.put('public/a.txt', '1').put('boss/secret.txt', '2').put('boss/deep/x', '3').put('boss/open/y', '4')
  lists.set('boss', bossOnly).set('boss/deep', bossOnly).set('boss/open', staff).set('boss/secret.txt', staff)
  const outcome = await run()
  expect([outcome.status, outcome.reason]).toEqual(['completed', undefined])
  expect(permissions.tree(PLACE)).toEqual({ boss: { boss: 'fullControl' }, 'boss/open': { staff: 'read' } })
  expect(permissions.assignCount).toBe(2)
  expect(rows()).toEqual([
    ['Set', 'boss', 'fullControl', ''],
    ['Set', 'staff', 'read', ''],
  ])
})

test('with files too, a file of its own gets its own', async () => {
  source.put('a.txt', '1').put('b.txt', '2')
  lists.set('b.txt', bossOnly)
  await run({ permissions: 'all' })
  expect(permissions.tree(PLACE)).toEqual({ 'b.txt': { boss: 'fullControl' } })
})

test('nothing is asked or set when it is not wanted', async () => {
  source.put('boss/a', '1')
  lists.set('boss', bossOnly)
  expect((await run({ permissions: 'none' })).status).toBe('completed')
  expect(permissions.scopes.size).toBe(0)
})

test("the library's own permissions stay; a folder that the task goes into gets those of the source's root", async () => {
  source.put('a', '1')
  lists.set('', bossOnly).set('a', bossOnly)
  await run()
  expect(permissions.scopes.size).toBe(0)
  journal.close()
  fs.rmSync(path.join(folder, 'R0.sqlite'))
  journal = open()
  destination.isLibraryRoot = false
  await run()
  expect(permissions.scopes.get(PLACE)).toEqual(new Map([['boss', 'fullControl']]))
})

test('what does not travel as it was is told, and keeps the round from being completed', async () => {
  source.put('refused/a', '1').put('unknown/b', '2').put('broken/c', '3')
  lists.set('refused', `D:P(D;OICI;FA;;;${BOSS})(A;OICI;0x1301bf;;;${STAFF})`)
  lists.set('unknown', `D:P(A;OICI;FA;;;${GONE})`)
  lists.set('broken', 'D:(A;;QQ;;;WD)')
  const outcome = await run()
  expect(outcome.status).toBe('completedWithIssues')
  expect(outcome.reason).toMatch(/2 items have not got its own permissions|not got/)
  // Nobody is let in who was refused: the folder is the owners' alone.
  expect(permissions.tree(PLACE)).toEqual({ refused: {} })
  const told = rows()
  expect(told).toContainEqual(['Set', '', '', 'Nobody but the owners of the site may open it.'])
  expect(told.some(([, account, , note]) => account === STAFF && note?.includes(BOSS))).toBe(true)
  expect(told.some(([state, , , note]) => state === 'Not set' && note?.includes('rights "QQ"'))).toBe(true)
  expect(told.some(([state, account]) => state === 'Not set' && account === GONE)).toBe(true)
})

describe('a later round', () => {
  let previous: Journal

  /** Ends the round that the test began with, and begins the next. */
  async function next(change: () => void = () => undefined) {
    previous = journal
    journal = open('R1')
    permissions.assignCount = 0
    change()
    const outcome = await runTest({
      journal,
      source,
      destination,
      previous,
      round: 1,
      settings: { permissions: 'folders', identityMap },
    })
    previous.close()
    return outcome
  }

  beforeEach(async () => {
    source.put('boss/deep/open/a', '1').put('other/b', '2')
    lists.set('boss', bossOnly).set('boss/deep', bossOnly).set('boss/deep/open', staff)
    await run()
    expect(permissions.tree(PLACE)).toEqual({ boss: { boss: 'fullControl' }, 'boss/deep/open': { staff: 'read' } })
  })

  test('touches nothing where nothing changed', async () => {
    expect((await next()).status).toBe('completed')
    expect(permissions.assignCount).toBe(0)
    expect(journal.accessTotals()).toMatchObject({ assigned: 2, planned: 0 })
  })

  test('sets what is new, and only that', async () => {
    await next(() => void lists.set('other', bossOnly))
    expect(permissions.assignCount).toBe(1)
    expect(permissions.tree(PLACE)).toMatchObject({ other: { boss: 'fullControl' } })
  })

  test('what needs nothing of its own any more inherits again', async () => {
    await next(() => void lists.set('boss/deep/open', bossOnly))
    expect(permissions.assignCount).toBe(1)
    expect(permissions.tree(PLACE)).toEqual({ boss: { boss: 'fullControl' } })
  })

  test('what a folder above has cleared by getting its own is set again', async () => {
    await next(() => void lists.set('boss', staff))
    // `boss` inherits again, `boss/deep` gets its own for the first time, which clears `boss/deep/open`.
    expect(permissions.tree(PLACE)).toEqual({ 'boss/deep': { boss: 'fullControl' }, 'boss/deep/open': { staff: 'read' } })
  })
})

test('a refusal with unknown members leaves the item to the owners of the site, when that was decided', async () => {
  source.put('refused/a', '1')
  lists.set('refused', `D:P(D;OICI;FA;;;${GONE})(A;OICI;0x1301bf;;;${STAFF})(A;OICI;FR;;;${BOSS})`)
  const outcome = await run({ whenDenied: 'close' })
  expect(outcome.status).toBe('completedWithIssues')
  expect(permissions.tree(PLACE)).toEqual({ refused: {} })
})

test('whoever wants to be asked is asked before anything moves', async () => {
  source.put('refused/a', '1')
  lists.set('refused', `D:P(D;OICI;FA;;;${GONE})(A;OICI;0x1301bf;;;${STAFF})`)
  const outcome = await run({ whenDenied: 'ask' })
  expect([outcome.status, outcome.error?.code, outcome.reason]).toEqual([
    'failed',
    'RULE_ACCESS_UNDECIDED',
    expect.stringContaining('refused'),
  ])
  expect(destination.tree()).toEqual({})
})

test('the share itself limits what everything below it gives', async () => {
  source.put('boss/a', '1')
  lists.set('boss', bossOnly)
  if (source.access) source.access = { ...source.access, shareDescriptor: async () => 'D:(A;;0x1200a9;;;WD)' }
  await run()
  expect(permissions.tree(PLACE)).toEqual({ boss: { boss: 'read' } })
})

test('a share whose permissions cannot be read is told in the report', async () => {
  source.put('boss/a', '1')
  lists.set('boss', bossOnly)
  if (source.access) source.access = { ...source.access, shareDescriptor: async () => undefined }
  await run()
  expect(permissions.tree(PLACE)).toEqual({ boss: { boss: 'fullControl' } })
  const told = rows().filter(([, , , note]) => note !== '')
  expect(told).toEqual([['Inherited', '', '', expect.stringContaining('permissions of the share itself cannot be read')]])
})

test.each([
  [SCOPE_CHILDREN_MAX, 'planned', undefined],
  [SCOPE_CHILDREN_MAX + 1, 'failed', 'More than 100000 items'],
])('a folder with %i items below it: %s', async (count, state, message) => {
  const { access } = source
  if (access === undefined) throw new Error('the source tells lists')
  lists.set('large', bossOnly)
  const judge = createAccessJudge({
    settings: taskSettingsSchema.parse({ identityMap }),
    projectMap: [],
    access,
    directory: undefined,
    signal: new AbortController().signal,
  })
  const planner = new AccessPlanner({
    journal: { ...journal, countBelow: (_path, limit) => Math.min(count, limit) },
    judge,
    previous: undefined,
    isLibraryRoot: true,
    atSite: async (judged) => judged,
    flush: () => undefined,
  })
  source.put('large/a', '1')
  await run({ permissions: 'none' })
  const item = journal.itemAt('large')
  if (!item) throw new Error('the folder was scanned')
  const decided = await planner.judge(item)
  expect([decided.state, decided.message?.slice(0, 22)]).toEqual([state, message])
})

test('a source without access lists is refused before anything moves', async () => {
  source.put('a', '1')
  source.access = undefined
  const outcome = await run()
  expect([outcome.status, outcome.error?.code]).toEqual(['failed', 'SRC_NO_ACCESS_LISTS'])
  expect(destination.tree()).toEqual({})
})

test('cut off before and after every assignment, the next start ends in the same state', async () => {
  source.put('boss/deep/x', '1').put('boss/open/y', '2').put('other/z', '3')
  lists.set('boss', bossOnly).set('boss/deep', staff).set('boss/open', staff).set('other', bossOnly)
  let calls = 0
  for (let cutAt = 1; ; cutAt++) {
    calls = 0
    permissions.onAssign = () => {
      if (++calls === cutAt) throw new MigrationError('JNL_DISK_FULL', 'cut', { remedy: { kind: 'stopTask' } })
    }
    const outcome = await run()
    journal.close()
    journal = open()
    if (outcome.status === 'completed') break
    permissions.onAssign = () => undefined
    expect((await run()).status).toBe('completed')
    expect(permissions.tree(PLACE)).toEqual({
      boss: { boss: 'fullControl' },
      'boss/deep': { staff: 'read' },
      'boss/open': { staff: 'read' },
      other: { boss: 'fullControl' },
    })
    journal.close()
    fs.rmSync(folder, { recursive: true })
    fs.mkdirSync(folder)
    journal = open()
    permissions.scopes.clear()
    destination.nodes.forEach((node, id) => {
      if (node.parentId !== undefined) destination.nodes.delete(id)
    })
  }
  expect(calls).toBeGreaterThanOrEqual(8)
})
