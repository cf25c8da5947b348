import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import type { Journal } from '../../engine/ports/journal.ts'
import { type BulkMigration, type MigrateOptions, openBulkMigration, writeTree } from '../../host/testing/bulkMigration.ts'

/** Later rounds over the wire: a real tree of files, and a tenant that knows nothing of the client. */

let tenant: RunningTenant
let bulk: BulkMigration
let opened: Journal[]
beforeAll(async () => {
  opened = []
  tenant = await startTenant({ throttling: false })
  bulk = await openBulkMigration(tenant.connectionFile)
}, 60_000)
afterAll(async () => {
  for (const journal of opened) journal.close()
  await bulk?.close()
  await tenant?.close()
})

const summary = z.looseObject({ requests: z.number(), resourceUnits: z.number() })
const rows = z.looseObject({
  rows: z.array(z.looseObject({ seq: z.number(), method: z.string(), route: z.string().optional() })),
})

async function round(source: string, library: string, options: MigrateOptions) {
  const migration = await bulk.migrate(source, library, options)
  opened.push(migration.journal)
  return migration
}

/** What the tenant was asked to change, by the names of its routes. */
async function writesDuring(act: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  const all = async (afterSeq: number) => rows.parse(await tenant.control(`/journal?after=${afterSeq}&limit=10000`)).rows
  let seq = 0
  for (let page = await all(0); page.length > 0; page = await all(seq)) seq = page.at(-1)?.seq ?? seq
  await act()
  const counts: Record<string, number> = {}
  for (let page = await all(seq); page.length > 0; page = await all(seq)) {
    seq = page.at(-1)?.seq ?? seq
    for (const { method, route = '' } of page)
      if (method !== 'GET' && !/batch|token|ProvisionMigration|login/i.test(route)) counts[route] = (counts[route] ?? 0) + 1
  }
  return counts
}

test.each(['session', 'package'] as const)(
  '%s: renames, moves, swaps and removals of a real tree keep the items',
  async (route) => {
    const source = writeTree(path.join(bulk.folder, `tree-${route}`), 60)
    const at = (...parts: readonly string[]): string => path.join(source, ...parts)
    const library = `Later ${route}`
    const settings = { route, deletions: 'recycle', maxDeletions: '20%' } as const
    const first = await round(source, library, { settings })
    expect([first.outcome.status, first.outcome.reason]).toEqual(['completed', undefined])
    const before = await bulk.listed(library)
    const inner = "it's #0 & 100%"

    fs.renameSync(at('Q1'), at('Archive (2021)'))
    fs.mkdirSync(at('New; folder'))
    const [a, b, c, gone] = fs.readdirSync(at('Q0', inner)).sort()
    if (!a || !b || !c || !gone) throw new Error('the tree is too small')
    fs.renameSync(at('Q0', inner, a), at('New; folder', `moved & renamed ${a}`))
    fs.renameSync(at('Q0', inner, b), at('swap'))
    fs.renameSync(at('Q0', inner, c), at('Q0', inner, b))
    fs.renameSync(at('swap'), at('Q0', inner, c))
    fs.rmSync(at('Q0', inner, gone))
    fs.rmSync(at('Q2', inner), { recursive: true })

    const second = { outcome: undefined as unknown, journal: first.journal }
    const writes = await writesDuring(async () => {
      const { outcome, journal } = await round(source, library, { settings, round: 1, previous: first.journal })
      Object.assign(second, { outcome, journal })
      expect([outcome.status, outcome.reason]).toEqual(['completed', undefined])
    })
    const after = await bulk.listed(library)
    const idOf = (tree: typeof after, ...parts: readonly string[]) => tree.get(parts.join('/'))?.itemId
    expect(idOf(after, 'Archive (2021)')).toBe(idOf(before, 'Q1'))
    expect(idOf(after, 'New; folder', `moved & renamed ${a}`)).toBe(idOf(before, 'Q0', inner, a))
    expect(idOf(after, 'Q0', inner, b)).toBe(idOf(before, 'Q0', inner, c))
    expect(idOf(after, 'Q0', inner, c)).toBe(idOf(before, 'Q0', inner, b))
    const wanted = fs.readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()
    expect([...after.keys()].sort()).toEqual(wanted)
    // One folder, one file, three for the swap, and folders whose content changed get their times back; five files and a folder are recycled.
    expect(writes).toMatchObject({ 'drive.children.create': 1, 'drive.item.delete': 6 })
    expect(writes['drive.item.patch']).toBeGreaterThanOrEqual(5)
    expect(writes['drive.item.patch']).toBeLessThanOrEqual(9)
    expect(Object.keys(writes).filter((name) => /content|upload|session/i.test(name))).toEqual([])

    const quiet = await writesDuring(async () => {
      const { outcome } = await round(source, library, { settings, round: 2, previous: second.journal })
      expect([outcome.status, outcome.progress.sentBytes]).toEqual(['completed', 0])
    })
    expect(quiet).toEqual({})
  },
)

test('a round without changes over 2,000 files sends nothing and costs less than 0.05 RU a file', async () => {
  const fileCount = 2000
  const source = writeTree(path.join(bulk.folder, 'many'), fileCount)
  const first = await round(source, 'Many', {})
  expect(first.outcome.status).toBe('completed')
  const before = summary.parse(await tenant.control('/journal/summary'))
  const writes = await writesDuring(async () => {
    const { outcome } = await round(source, 'Many', { round: 1, previous: first.journal })
    expect([outcome.status, outcome.progress.sentBytes]).toEqual(['completed', 0])
    expect(outcome.counts.files).toMatchObject({ skipped: fileCount, migrated: 0 })
  })
  const spent = summary.parse(await tenant.control('/journal/summary')).resourceUnits - before.resourceUnits
  expect(writes).toEqual({})
  expect(spent / fileCount).toBeLessThanOrEqual(0.05)
}, 120_000)
