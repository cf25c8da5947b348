import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addTask,
  connected,
  createWorkspace,
  expectOneSentence,
  expectRefusal,
  refused,
  run,
  startTenant,
  stateOf,
} from './commandLine.ts'

/** Words that no command knows, tasks that do not exist or not in this state, places that cannot be written. */

const workspace = createWorkspace('bad-usage')
const work = path.join(workspace.path, 'work')
const at = ['--work-dir', work]
const usage = (says: RegExp) => ({ exitCode: 2, code: 'INPUT_USAGE', says })
let tenant: Awaited<ReturnType<typeof startTenant>>
let source: string
let task: string

beforeAll(async () => {
  source = path.dirname(workspace.file('source/a.txt', 'a'))
  tenant = await startTenant()
  await connected(tenant, work)
  task = await addTask(work, source, ['--name', 'first'])
})
afterAll(async () => {
  await tenant?.close()
  workspace.remove()
})

describe('words that nobody knows', () => {
  test.each([
    ['an unknown command', ['migrate'], /Unknown command 'migrate'\. portage --help/],
    ['an unknown command of a group', ['task', 'remove'], /Unknown command 'remove'.*portage task --help/],
    ['no command of a group', ['agent'], /portage agent needs a command: run/],
    ['nothing at all', [], /portage needs a command/],
    ['an unknown option', ['scan', '/x', '--fast'], /Unknown option '--fast'.*portage scan --help/],
    ['a missing argument', ['task', 'show'], /Missing required argument 'task'/],
    ['one argument too many', ['scan', '/x', '/y'], /Too many arguments/],
    ['a missing option', ['report', 'export'], /Required option '--out <folder>' not specified/],
    ['no source', ['scan', ...at], /takes one source or a list/],
    ['a wrong number', ['agent', 'run', '--patience', 'long', ...at], /--patience is "long"/],
  ] as const)('%s', (_what, args, says) => refused(args, usage(says)))

  test('an option without its value', async () => {
    expectRefusal(await run(['scan', '/x', '--json', '--out']), usage(/'--out <folder>' argument missing/))
  })

  test('for people it is the same sentence and nothing on stdout', async () => {
    const ran = await run(['scan', '/x', '--fast'])
    expect([ran.exitCode, ran.stdout]).toEqual([2, ''])
    expectOneSentence(ran.stderr)
  })

  test('a setting that is none', async () => {
    const before = await stateOf(tenant, work)
    const settings = (says: RegExp) => ({ exitCode: 2, code: 'INPUT_SETTINGS', says })
    await refused(
      ['task', 'edit', task, '--exists', 'merge', ...at],
      settings(/--exists is not usable: it takes overwriteIfNewer, overwrite or skip/),
    )
    await refused(
      ['task', 'edit', task, '--created-after', '2016-13-45', ...at],
      settings(/--created-after is not usable: it takes a date/),
    )
    await refused(
      ['task', 'edit', task, '--replacement', '/', ...at],
      settings(/--replacement is not usable: it takes one character/),
    )
    expect(await stateOf(tenant, work)).toEqual(before)
  })
})

describe('tasks', () => {
  test('an unknown one, and one of several of that name', async () => {
    const second = await addTask(work, source, ['--name', 'first', '--folder', 'other'])
    const before = await stateOf(tenant, work)
    const missing = (says: RegExp) => ({ exitCode: 2, code: 'CRD_TASK_NOT_FOUND', says })
    await refused(['task', 'show', 'nothing like it', ...at], missing(/no task "nothing like it".*portage task list/))
    await refused(['task', 'pause', 'first', ...at], missing(/2 tasks are called "first"\. Name the task by its id/))
    await refused(['verify', second, ...at], missing(/no journal of task "first".*--work-dir of that agent/))
    expect(await stateOf(tenant, work)).toEqual(before)
    await run(['task', 'delete', second, ...at])
  })

  test('what does not fit the state is refused with the state', async () => {
    const id = await addTask(work, source, ['--name', 'states', '--folder', 'states'])
    await run(['task', 'cancel', id, ...at])
    const before = await stateOf(tenant, work)
    const state = (says: RegExp) => ({ exitCode: 2, code: 'CRD_TASK_STATE', says })
    await refused(['task', 'pause', id, ...at], state(/"states" cannot be paused: it is canceled/))
    await refused(['task', 'resume', id, ...at], state(/cannot be resumed: it is canceled\. Use "portage task retry"/))
    await refused(['task', 'edit', id, '--name', 'x', ...at], state(/cannot be edited: it is canceled/))
    expect(await stateOf(tenant, work)).toEqual(before)
    await run(['task', 'retry', id, ...at])
    await run(['task', 'pause', id, ...at])
    await refused(['task', 'retry', id, ...at], state(/cannot be retried: it is paused/))
    await run(['task', 'delete', id, ...at])
  })
})

describe('places that cannot be written', () => {
  const folder = (says: RegExp) => ({ exitCode: 2, code: 'INPUT_OUTPUT_FOLDER', says })

  test('the folder for reports', async () => {
    const file = workspace.file('file', '')
    const before = await stateOf(tenant, work)
    await refused(['report', 'export', '--out', file, ...at], folder(/cannot be written to ".*file" \(EEXIST\)/))
    await refused(['scan', source, '--out', path.join(file, 'below'), ...at], folder(/cannot be written/))
    // There the system makes no folders for anybody; Node's own recursive mkdir never comes back.
    if (process.platform === 'linux')
      await refused(['report', 'export', '--out', '/proc/portage', ...at], folder(/"\/proc\/portage" \(ENOENT\)/))
    expect(await stateOf(tenant, work)).toEqual(before)
  })

  test('the work folder', async () => {
    const file = workspace.file('file', '')
    await refused(['status', '--work-dir', file], folder(/work folder .*file cannot be written.*--work-dir/))
    await refused(['agent', 'run', '--once', '--work-dir', path.join(file, 'below')], folder(/cannot be written/))
    expect(fs.readFileSync(file, 'utf8')).toBe('')
  })
})

describe('the practice tenant', () => {
  test('a port that is none, or in use', async () => {
    const server = net.createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = String(typeof address === 'object' ? address?.port : '')
    for (const mode of [[], ['--foreground']]) {
      await refused(['tenant', 'start', '--port', port, ...mode], usage(new RegExp(`Port ${port} is in use\\. Leave --port out`)))
    }
    await new Promise((resolve) => server.close(resolve))
    await refused(['tenant', 'start', '--port', '99999'], usage(/--port is "99999"\. Give a number from 0 to 65535/))
    await refused(['tenant', 'stop', '--port', 'one'], usage(/--port is "one"/))
    await refused(['tenant', 'stop', '--port', '1'], usage(/No practice tenant on port 1 is running/))
    await refused(['ui', '--port', '-1', ...at], usage(/--port is "-1"/))
  })

  test('faults or a data folder that are of no use', async () => {
    await refused(['tenant', 'start', '--faults', '/nowhere'], usage(/fault file \/nowhere is of no use: it cannot be read/))
    await refused(
      ['tenant', 'start', '--faults', workspace.file('faults.json', '{"version":2}')],
      usage(/faults\.json is of no use/),
    )
    await refused(['tenant', 'start', '--profile', 'kind'], usage(/--profile is "kind"\. Give strict or lenient/))
    await refused(['tenant', 'start', '--data', workspace.file('file', '')], {
      exitCode: 2,
      code: 'INPUT_OUTPUT_FOLDER',
      says: /file cannot be used/,
    })
  })

  test('tokens for nobody', async () => {
    await refused(['tenant', 'token', '--app', '--resource', 'outlook'], usage(/Use graph or sharepoint/))
    await refused(['tenant', 'token', '--resource', 'graph'], usage(/Give either --user UPN or --app/))
  })
})
