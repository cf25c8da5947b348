import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { accessMatrixReport, accountReport } from '../report/accessMatrixReport.ts'
import { runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemoryPermissions } from '../testing/memoryPermissions.ts'
import { MemorySource } from '../testing/memorySource.ts'

const STAFF = 'S-1-5-21-1-1-1-2001'
const BOSS = 'S-1-5-21-1-1-1-1001'
const GONE = 'S-1-5-21-1-1-1-9999'
const identityMap = [
  { source: STAFF, target: 'staff', isGroup: true },
  { source: BOSS, target: 'boss@contoso.com', isGroup: false },
]

let folder: string
let journal: Journal
let source: MemorySource
let destination: MemoryDestination
let permissions: MemoryPermissions

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-forecast-'))
  journal = openSqliteJournal(path.join(folder, 'R0.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
  source = new MemorySource().put('open/a', '1').put('boss/b', '2').put('refused/c', '3').put('odd/d', '4')
  source.owners.set('open/a', BOSS).set('boss/b', BOSS).set('odd/d', GONE)
  const lists: Readonly<Record<string, string>> = {
    boss: `D:P(A;OICI;FA;;;${BOSS})`,
    refused: `D:P(D;OICI;FA;;;${GONE})(A;OICI;0x1301bf;;;${STAFF})`,
    odd: `D:P(A;OICI;0x130089;;;${STAFF})(A;OICI;FR;;;${GONE})(A;OICI;0x12019f;;;${BOSS})`,
  }
  source.access = {
    descriptor: async (relPath) => lists[relPath.split('/')[0] ?? ''] ?? `D:(A;OICI;0x1200a9;;;${STAFF})`,
    accountSpellings: (sid) => [sid],
  }
  destination = new MemoryDestination()
  permissions = new MemoryPermissions(['staff', 'boss@contoso.com'])
  destination.permissions = permissions
})
afterEach(() => {
  journal.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

const run = (settings: Partial<TaskSettings> = {}) =>
  runTest({ journal, source, destination, settings: { permissions: 'folders', identityMap, ...settings } })

const rows = (table: { readonly rows: Iterable<readonly unknown[]> }) =>
  [...table.rows].map((row) => row.map((cell) => String(cell ?? '')).join(' | '))

test('a scan says what the pass would do, place by place and account by account, and sets nothing', async () => {
  expect((await run({ isScanOnly: true })).status).toBe('readyToMigrate')
  expect(permissions.scopes.size).toBe(0)
  expect(journal.accessTotals()).toMatchObject({ inherits: 2, planned: 3 })
  const issues = Object.fromEntries(
    journal
      .items({ afterId: 0, limit: 20, hasIssues: true })
      .map(({ relPath, issues }) => [relPath, issues.map(({ code }) => code)]),
  )
  expect(issues).toEqual({
    refused: ['RULE_ACCESS_UNDECIDED'],
    odd: ['RULE_ACCESS_WIDER', 'RULE_ACCESS_LEFT', 'RULE_ACCOUNT_UNKNOWN'],
    'odd/d': ['RULE_OWNER_UNKNOWN'],
  })
  const matrix = rows(accessMatrixReport(journal)).map((row) => row.replace(/^[^|]*\/share/, ''))
  expect(matrix).toEqual(
    expect.arrayContaining([
      expect.stringMatching(new RegExp(`^/boss .*${BOSS} .* full \\| fullControl \\| Same$`)),
      expect.stringMatching(new RegExp(`^/refused .*${STAFF} .* modify \\| none \\| Less$`)),
      expect.stringMatching(new RegExp(`^/odd .*${BOSS} .* write \\| contribute \\| More$`)),
    ]),
  )
  expect(rows(accountReport(journal))).toEqual([
    `${BOSS} |  | boss@contoso.com | Mapping |  | 2 | 2`,
    `${STAFF} |  | staff | Mapping |  | 4 | 0`,
    `${GONE} |  | nobody | Not looked up |  | 2 | 1`,
  ])
})

test('a round after the scan begins anew, and counts nothing twice', async () => {
  await run({ isScanOnly: true })
  await run()
  expect(Object.keys(permissions.tree('sites/finance/Shared Documents')).sort()).toEqual(['boss', 'odd', 'refused'])
  const [boss] = journal.accounts({ afterSid: '', limit: 1 })
  expect(boss).toMatchObject({ sid: BOSS, way: 'mapping', target: 'boss@contoso.com', listedCount: 2 })
})

test('what counts as below a folder is what is to be at the destination', async () => {
  await run({ isScanOnly: true, exclude: ['odd/d'] })
  expect([journal.countBelow('', 100), journal.countBelow('', 3), journal.countBelow('boss', 100)]).toEqual([7, 3, 1])
  expect(journal.countBelow('odd', 100)).toBe(0)
})

test('a source without access lists is told, not passed over', async () => {
  source.access = undefined
  const outcome = await run({ isScanOnly: true })
  expect([outcome.status, outcome.error?.code]).toEqual(['failed', 'SRC_NO_ACCESS_LISTS'])
})
