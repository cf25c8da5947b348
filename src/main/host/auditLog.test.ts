import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AuditEntry } from '../../shared/domain/audit.ts'
import { MigrationError } from '../../shared/errors.ts'
import { MemoryKeyedList } from '../engine/testing/memoryKeyedList.ts'
import { createAuditLog } from './auditLog.ts'
import { silentLogger } from './testing/fakeHost.ts'
import { openWorkFolder } from './workFolder.ts'

const never = new AbortController().signal
let folder: string
let list: MemoryKeyedList<AuditEntry>
let isAway = false
let nowMs = Date.parse('2026-11-21T08:00:00Z')

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-audit-'))
  list = new MemoryKeyedList<AuditEntry>()
  isAway = false
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const logOf = (name: string) =>
  createAuditLog({
    list: {
      prepare: () => list.prepare(),
      get: (key) => list.get(key),
      list: () => list.list(),
      change: (row, value) => list.change(row, value),
      remove: (row) => list.remove(row),
      async add(key, value) {
        if (isAway) throw new MigrationError('NET_UNREACHABLE', 'No answer.', { remedy: { kind: 'retry' } })
        return list.add(key, value)
      },
    },
    workFolder: openWorkFolder(path.join(folder, name)),
    who: 'ann@pc',
    serverNow: () => ++nowMs,
    logger: silentLogger,
    witnesses: async () => [],
  })

const told = async (log: ReturnType<typeof logOf>) => (await log.read(never)).map(({ seq, action }) => `${seq} ${action}`)

test('deeds at the same moment are told once each, in a chain without a gap', async () => {
  const log = logOf('one')
  await Promise.all(['a', 'b', 'c', 'd'].map((action) => log.record({ action }, never)))
  expect((await told(log)).map((line) => line.slice(0, 1))).toEqual(['1', '2', '3', '4'])
  expect(new Set((await log.read(never)).map(({ action }) => action)).size).toBe(4)
  expect(await log.verify(never)).toMatchObject({ entryCount: 4, chainCount: 1, findings: [] })
})

test('what happens while the service is away is told as soon as it is back, also by the next process', async () => {
  const log = logOf('one')
  await log.record({ action: 'a' }, never)
  isAway = true
  await log.record({ action: 'b' }, never)
  expect(await told(log)).toEqual(['1 a'])
  isAway = false
  await logOf('one').record({ action: 'c' }, never)
  expect(await told(log)).toEqual(['1 a', '2 b', '3 c'])
  expect((await log.verify(never)).findings).toEqual([])
})

test('an install that lost its memory goes on with its chain, and two installs have two', async () => {
  const log = logOf('one')
  for (const action of ['a', 'b', 'c']) await log.record({ action }, never)
  fs.rmSync(path.join(folder, 'one', 'audit'), { recursive: true })
  await log.record({ action: 'd' }, never)
  await logOf('two').record({ action: 'e' }, never)
  expect(await log.verify(never)).toMatchObject({ entryCount: 5, chainCount: 2, findings: [] })
})

test('the install that wrote the last entry misses it', async () => {
  const log = logOf('one')
  for (const action of ['a', 'b']) await log.record({ action }, never)
  const [, lastRow] = await list.list()
  if (lastRow) await list.remove(lastRow)
  expect((await log.verify(never)).findings).toMatchObject([{ problem: 'cut', seq: 2 }])
})
