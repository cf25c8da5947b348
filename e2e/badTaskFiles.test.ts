import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  connected,
  createWorkspace,
  documents,
  expectOneSentence,
  FINANCE,
  filesBelow,
  refused,
  run,
  startTenant,
  stateOf,
} from './commandLine.ts'

/** Bulk files: every bad row is named, and nothing is added unless all are good or the person says so. */

const workspace = createWorkspace('bad-task-files')
const work = path.join(workspace.path, 'work')
const resultSchema = z.object({
  created: z.array(z.object({ id: z.string(), name: z.string() })),
  problems: z.array(z.object({ row: z.number(), field: z.string(), value: z.string(), message: z.string(), fix: z.string() })),
  warnings: z.array(z.object({ row: z.number(), field: z.string() })),
  rows: z.number(),
})
let tenant: Awaited<ReturnType<typeof startTenant>>

beforeAll(async () => {
  tenant = await startTenant()
  await connected(tenant, work)
})
beforeEach(async () => {
  const ran = await run(['task', 'list', '--work-dir', work, '--json'])
  for (const { id } of z.array(z.object({ id: z.string() })).parse(documents(ran)[0]))
    await run(['task', 'delete', id, '--work-dir', work])
})
afterAll(async () => {
  await tenant?.close()
  workspace.remove()
})

const row = (source: string, site = FINANCE, library = 'Documents', folder = '') => `${source},,,${site},${library},${folder}`
const importing = async (file: string, ...more: readonly string[]) => {
  const ran = await run(['task', 'import', file, ...more, '--work-dir', work, '--json'])
  return { ...ran, ...resultSchema.parse(documents(ran)[0]) }
}
const flaws = (result: { readonly problems: readonly { readonly row: number; readonly field: string }[] }) =>
  result.problems.map((problem) => `${problem.row} ${problem.field}`)

const bad = { exitCode: 2, code: 'INPUT_TASK_FILE' } as const

async function nothingAdded(name: string, content: string | Uint8Array, says: RegExp): Promise<void> {
  const file = workspace.file(name, content)
  const before = await stateOf(tenant, work)
  await refused(['task', 'import', file, '--work-dir', work], { ...bad, says })
  expect(await stateOf(tenant, work)).toEqual(before)
}

describe('a file that cannot be read', () => {
  test('absent, or a folder', async () => {
    const unreadable = { exitCode: 2, code: 'INPUT_FILE_UNREADABLE' }
    await refused(['task', 'import', '/nowhere/t.csv', '--work-dir', work], {
      ...unreadable,
      says: /\/nowhere\/t\.csv" cannot be read.*Check its path/,
    })
    await refused(['task', 'import', workspace.path, '--work-dir', work], { ...unreadable, says: /cannot be read/ })
  })

  test('empty, half a JSON, JSON of something else', async () => {
    await nothingAdded('empty.csv', '', /holds no task/)
    await nothingAdded('half.json', '{"Tasks":[', /half\.json.*JSON/)
    await nothingAdded('other.json', '{"name":"x"}', /other\.json/)
  })

  test('in a Windows code page: the first line that shows it', async () => {
    const bytes = Buffer.from(`${row('\\\\files\\a')}\r\n${row('\\\\files\\B\u00fcro')}\r\n`, 'latin1')
    await nothingAdded('windows.csv', bytes, /row 2, encoding: The file is not UTF-8.*CSV UTF-8/)
  })
})

test('UTF-16 and UTF-8 with a mark are read', async () => {
  const text = `${row('\\\\files\\B\u00fcro')}\r\n`
  const wide = await importing(workspace.file('wide.csv', Buffer.from(`\ufeff${text}`, 'utf16le')), '--dry-run')
  const marked = await importing(workspace.file('marked.csv', `\ufeff${text}`), '--dry-run')
  expect([wide.exitCode, wide.rows, wide.problems, marked.exitCode, marked.rows, marked.problems]).toEqual([0, 1, [], 0, 1, []])
})

test('every bad row is named with field and fix, and nothing is added; --skip-bad adds the others', async () => {
  const file = workspace.file(
    'mixed.csv',
    [row('\\\\files\\good'), 'a,b', row('', FINANCE), row('\\\\files\\x', 'no address'), row('\\\\FILES\\GOOD')].join('\n'),
  )
  const before = await stateOf(tenant, work)
  const all = await importing(file)
  expect(all.exitCode).toBe(2)
  expect(all.created).toEqual([])
  expect(flaws(all)).toEqual(['2 columns', '3 FileSharePath', '4 SharePointSite', '5 FileSharePath'])
  for (const { message, fix } of all.problems)
    expect([message, fix]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)])
  expectOneSentence(all.stderr)
  expect(all.stderr).toMatch(/of 5 rows these are wrong: row 2, columns: .*and 3 more.*--skip-bad/)
  expect(await stateOf(tenant, work)).toEqual(before)

  const some = await importing(file, '--skip-bad')
  expect([some.exitCode, some.stderr, some.created.map(({ name }) => name)]).toEqual([0, '', ['good']])
  expect(flaws(some)).toEqual(flaws(all))
})

test('a row that the list has already is refused; the same file again adds nothing', async () => {
  const file = workspace.file('twice.csv', [row('\\\\files\\one'), row('\\\\files\\two')].join('\n'))
  const first = await importing(file)
  expect([first.exitCode, first.created.length]).toEqual([0, 2])
  const before = await stateOf(tenant, work)
  const again = await importing(file)
  expect([again.exitCode, flaws(again)]).toEqual([2, ['1 FileSharePath', '2 FileSharePath']])
  expect(again.problems[0]?.message).toContain(`task ${first.created[0]?.id.slice(0, 8)} "one"`)
  expect((await importing(file, '--skip-bad')).exitCode).toBe(2)
  expect(await stateOf(tenant, work)).toEqual(before)

  const longer = workspace.file('longer.csv', [row('\\\\files\\one'), row('\\\\files\\two'), row('\\\\files\\three')].join('\n'))
  const some = await importing(longer, '--skip-bad')
  expect([some.exitCode, some.created.map(({ name }) => name)]).toEqual([0, ['three']])
})

test('what is understood and changes nothing is a note, not a refusal', async () => {
  const task = {
    SourcePath: '\\\\files\\spmt',
    TargetPath: FINANCE,
    TargetList: 'Documents',
    Settings: { EnableIncremental: true },
  }
  const result = await importing(workspace.file('spmt.json', JSON.stringify({ Tasks: [task] })))
  expect([result.exitCode, result.stderr, result.created.length]).toEqual([0, '', 1])
  expect(result.warnings.length).toBeGreaterThan(0)
  const text = await run([
    'task',
    'import',
    workspace.file('spmt2.json', JSON.stringify({ Tasks: [{ ...task, SourcePath: '\\\\files\\other' }] })),
    '--dry-run',
    '--work-dir',
    work,
  ])
  expect(text.stdout).toMatch(/Row +Field +Value +Note/)
  expect(text.stdout).toMatch(/1 of 1 rows are good\.\n$/)
})

test('for people: a table of what is wrong on stdout, one sentence on stderr', async () => {
  const file = workspace.file('people.csv', [row('\\\\files\\p'), 'a,b'].join('\n'))
  const ran = await run(['task', 'import', file, '--work-dir', work])
  expect(ran.exitCode).toBe(2)
  expect(ran.stdout).toMatch(/^Row +Field +Value +Problem +Fix\n2 +columns +a,b +The row has 2 columns/)
  expectOneSentence(ran.stderr)
})

test('a list of sources for a scan is judged in the same way', async () => {
  workspace.file('share/a.txt', 'a')
  const list = workspace.file('scan.csv', `${path.join(workspace.path, 'share')}\nhttps://contoso.sharepoint.com\n`)
  const before = filesBelow(work)
  const ran = await run(['scan', '--list', list, '--work-dir', work, '--json'])
  expect(ran.exitCode).toBe(2)
  expectOneSentence(ran.stderr)
  expect(documents(ran).at(-1)).toMatchObject({ problems: [{ row: 2 }], error: { code: 'INPUT_TASK_FILE' } })
  expect(filesBelow(work)).toEqual(before)
})
