import { createHash } from 'node:crypto'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { parseSddl } from '../../engine/access/sddl.ts'
import { findWine, openWine, type WineSession } from '../testing/wineRun.ts'
import { connectionError } from './shareConnection.ts'

/** The Windows adapters on a Windows API that we did not write. Debian as root installs Wine; elsewhere the test says what is missing. */

const answerSchema = z.object({
  entries: z.array(
    z.looseObject({
      relPath: z.string(),
      kind: z.string(),
      sizeBytes: z.number(),
      createdMs: z.number().optional(),
      modifiedMs: z.number().optional(),
      isHidden: z.boolean(),
      isOffline: z.boolean(),
      fileId: z.string().optional(),
      issue: z.unknown().optional(),
    }),
  ),
  contents: z.record(z.string(), z.string()),
  many: z.object({ count: z.number(), digest: z.string() }),
  nodeSays: z.object({ modifiedMs: z.number(), createdMs: z.number(), fileId: z.string() }),
  sddl: z.string(),
  accounts: z.array(z.object({ name: z.string(), use: z.number() }).nullable()),
  streams: z.array(z.unknown()),
  refused: z.string(),
  connection: z.object({
    seen: z.array(z.number()),
    isWiped: z.boolean(),
    code: z.string(),
    message: z.string(),
    fix: z.string(),
  }),
  members: z.array(z.object({ name: z.string(), sid: z.string().optional() })),
  nobody: z.unknown().optional(),
})

const START_MS = 180_000
let session: WineSession | undefined
let whyNot = ''

beforeAll(async () => {
  const found = findWine()
  if ('reason' in found) {
    whyNot = found.reason
    return
  }
  session = await openWine(found, {
    main: path.join(import.meta.dirname, 'testing/probe.ts'),
    threads: { walkWorker: path.join(import.meta.dirname, '../fileshare/walkWorker.ts') },
  })
}, START_MS)
afterAll(() => session?.close())

test('a tree is read on the API of Windows: attributes, times, ids, long paths, access lists', { timeout: START_MS }, async ({
  skip,
}) => {
  if (!session) return skip(whyNot)
  const answer = answerSchema.parse(await session.run([]))
  const at = (relPath: string) => answer.entries.find((entry) => entry.relPath === relPath)
  const far = ['deep', 'a'.repeat(120), 'b'.repeat(120), 'c'.repeat(60), 'far.txt'].join('/')
  expect(answer.entries.filter(({ issue }) => issue !== undefined)).toEqual([])
  expect(at('hidden.txt')).toMatchObject({ kind: 'file', sizeBytes: 4, isHidden: true })
  expect(at('hidden.txt')?.warnings).toEqual([
    { code: 'RULE_ATTRIBUTES_LOST', effect: 'warns', detail: expect.stringContaining('read-only, hidden') },
  ])
  // Wine tells of no streams; that the call is there and answers is what is shown here, what it answers with in streams.test.ts.
  expect(answer.streams).toEqual([])
  expect(at('empty')).toMatchObject({ kind: 'file', sizeBytes: 0, isOffline: false })
  expect(at('Ünïcode 文')).toMatchObject({ kind: 'folder' })
  expect(at('Ünïcode 文/plan.txt')).toMatchObject({ sizeBytes: 4, ...answer.nodeSays })
  expect(at(far)).toMatchObject({ kind: 'file', sizeBytes: 8 })
  expect(answer.contents).toEqual({
    'Ünïcode 文/plan.txt': 'plan',
    'hidden.txt': 'seen',
    empty: '',
  })
  const names = Array.from({ length: 1500 }, (_, index) => `file ${index}.txt`).sort()
  expect(answer.many).toEqual({ count: 1500, digest: createHash('sha256').update(names.join('/')).digest('hex') })
  const { owner, entries } = parseSddl(answer.sddl)
  expect(owner).toMatch(/^S-1-5-21-/)
  expect(entries?.length).toBeGreaterThan(0)
  // Wine knows one member of every local group: whoever runs the test.
  expect(answer.members).toEqual([{ name: expect.stringMatching(/\w/), sid: owner }])
  expect(answer.nobody).toBeUndefined()
  expect(answer.accounts).toEqual([{ name: expect.stringMatching(/SYSTEM$/), use: 5 }, { name: 'Everyone', use: 5 }, null])
  expect(answer.refused).toBe('ENOENT')
  // Wine has no network provider: whatever it refuses with is to come back as one of the answers that we foresaw.
  const [windowsCode = 0] = answer.connection.seen
  expect(answer.connection.seen).toEqual([expect.any(Number)])
  expect(windowsCode).not.toBe(0)
  const expected = connectionError({ server: 'nowhere.invalid', share: 'data' }, windowsCode)
  expect(expected.code).not.toBe('SRC_READ_FAILED')
  expect(answer.connection).toMatchObject({ code: expected.code, message: expected.message, fix: expected.fix, isWiped: true })
})
