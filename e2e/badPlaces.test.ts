import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addTask, connected, createWorkspace, documents, FINANCE, refused, run, startTenant, stateOf } from './commandLine.ts'

/** Sources and destinations that are not there, or not for us. */

const workspace = createWorkspace('bad-places')
const work = path.join(workspace.path, 'work')
const good = path.join(workspace.path, 'good')
const NOBODY = 65_534
let tenant: Awaited<ReturnType<typeof startTenant>>

beforeAll(async () => {
  workspace.file('good/a.txt', 'a')
  workspace.file('file.txt', 'no folder')
  tenant = await startTenant()
  await connected(tenant, work)
})
afterAll(async () => {
  await tenant?.close()
  workspace.remove()
})

async function unchanged(act: () => Promise<unknown>): Promise<void> {
  const before = await stateOf(tenant, work)
  await act()
  expect(await stateOf(tenant, work)).toEqual(before)
}

const to = ['--to', FINANCE, '--work-dir', work]

describe('a source that is not there', () => {
  const cases = [
    ['a missing folder', () => path.join(workspace.path, 'gone'), 'SRC_NOT_FOUND', /gone" does not exist\. Check the spelling/],
    ['a file', () => path.join(workspace.path, 'file.txt'), 'SRC_NOT_A_FOLDER', /file\.txt" is not a folder\. Name the folder/],
    ['a path through a file', () => path.join(workspace.path, 'file.txt', 'x'), 'SRC_NOT_FOUND', /does not exist \(ENOTDIR\)/],
    ['nothing', () => '', 'INPUT_USAGE', /The source is empty\. Give the path/],
  ] as const

  test.each(cases)('%s: neither task nor scan', async (_what, source, code, says) => {
    await unchanged(async () => {
      await refused(['task', 'add', source(), ...to], { exitCode: 2, code, says })
      await refused(['scan', source(), '--work-dir', work], { exitCode: 2, code, says })
    })
  })

  test('a relative path is taken from the current folder', async () => {
    await unchanged(() =>
      refused(['scan', 'gone/for/good', '--work-dir', work], {
        exitCode: 2,
        code: 'SRC_NOT_FOUND',
        says: /^The source "\/.*gone\/for\/good" does not exist/,
      }),
    )
    const ran = await run(['scan', 'good', '--work-dir', work, '--json'], { cwd: workspace.path })
    expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
    expect(documents(ran)).toEqual([expect.objectContaining({ source: good, files: 1 })])
  })

  test.runIf(process.platform !== 'win32')(
    'a share cannot be scanned without an account for it, but may be a task for another agent',
    async () => {
      await refused(['scan', '\\\\files\\finance', '--work-dir', work], {
        exitCode: 4,
        code: 'SRC_NO_ACCESS',
        says: /no credentials for \\\\files\\finance\. Store them with: portage source credentials set/,
      })
      const id = await addTask(work, '\\\\files\\finance')
      await run(['task', 'delete', id, '--work-dir', work])
    },
  )

  test.runIf(process.platform !== 'win32')('a folder that this account may not read', async ({ skip }) => {
    const source = path.join(workspace.path, 'secret')
    fs.mkdirSync(source, { mode: 0 })
    const mine = path.join(workspace.path, 'nobody')
    fs.mkdirSync(mine)
    // Root reads everything: then the command runs as nobody.
    const as = process.getuid?.() === 0 ? { uid: NOBODY } : {}
    fs.chmodSync(workspace.path, 0o755)
    fs.chmodSync(mine, 0o777)
    const tried = await run(['--help'], as).catch(() => undefined)
    if (tried?.exitCode !== 0) skip('this checkout cannot be read by the account nobody')
    await refused(
      ['scan', source, '--work-dir', path.join(mine, 'work')],
      {
        exitCode: 4,
        code: 'SRC_NO_ACCESS',
        says: /may not be read by this account .*Give the account of this agent read access/,
      },
      as,
    )
  })

  test('the source may be one that only other agents see', async () => {
    const id = await addTask(work, '/mnt/elsewhere', ['--no-check'])
    await run(['task', 'delete', id, '--work-dir', work])
  })
})

describe('a destination that is not there', () => {
  const cases = [
    [
      'an unknown site',
      ['--to', 'https://contoso.sharepoint.com/sites/nowhere'],
      2,
      'DST_SITE_NOT_FOUND',
      /sites\/nowhere does not exist/,
    ],
    ['no web address', ['--to', 'finance'], 2, 'INPUT_DESTINATION', /Give --to with the full https address/],
    [
      'an unknown library',
      ['--to', FINANCE, '--library', 'Nope', '--no-create'],
      2,
      'DST_LIBRARY_NOT_FOUND',
      /no library Nope; it has: Documents, Archive/,
    ],
    ['an unknown person', ['--onedrive', 'nobody@contoso.com'], 2, 'DST_SITE_NOT_FOUND', /no user nobody@contoso\.com/],
    [
      'a OneDrive that does not exist yet',
      ['--onedrive', 'carla@contoso.com'],
      2,
      'DST_ONEDRIVE_NOT_PROVISIONED',
      /carla@contoso\.com does not exist yet/,
    ],
    ['two destinations', ['--to', FINANCE, '--onedrive', 'ann@contoso.com'], 2, 'INPUT_USAGE', /More than one destination/],
    ['none', [], 2, 'INPUT_USAGE', /No destination was given/],
  ] as const

  test.each(cases)('%s: no task', async (_what, destination, exitCode, code, says) => {
    await unchanged(() => refused(['task', 'add', good, ...destination, '--work-dir', work], { exitCode, code, says }))
  })

  test('a library that the task may create is no obstacle', async () => {
    const id = await addTask(work, good, ['--to', FINANCE, '--library', 'New one'])
    await run(['task', 'delete', id, '--work-dir', work])
  })

  test('a scan for an unknown site, and an edit to one', async () => {
    const id = await addTask(work, good)
    await unchanged(async () => {
      const nowhere = ['--to', 'https://contoso.sharepoint.com/sites/nowhere', '--work-dir', work]
      const expected = { exitCode: 2, code: 'DST_SITE_NOT_FOUND', says: /Check the address/ }
      await refused(['scan', good, ...nowhere], expected)
      await refused(['task', 'edit', id, ...nowhere], expected)
    })
    await run(['task', 'delete', id, '--work-dir', work])
  })
})
