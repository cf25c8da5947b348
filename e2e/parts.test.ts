import fs from 'node:fs'
import path from 'node:path'
import Papa from 'papaparse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { SHARD_FILES_MIN } from '../src/shared/limits.ts'
import { addTask, begin, connected, createWorkspace, documents, type Running, run, startTenant } from './commandLine.ts'

/** One large task and two agents: what makes it large is worked on by the one that had nothing to do, and it stays one task. */

const space = createWorkspace('parts')
const first = path.join(space.path, 'first')
const second = path.join(space.path, 'second')
const FILES = 2 * SHARD_FILES_MIN + 20
const PATIENCE_MS = 300_000
const FOLDER_TIME_S = 1_500_000_000
const running: Running[] = []
let tenant: Awaited<ReturnType<typeof startTenant>>

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  await connected(tenant, first)
  await connected(tenant, second)
})
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.map(({ ended }) => ended))
  await tenant?.close()
  space.remove()
})

const taskSchema = z.looseObject({
  status: z.string(),
  round: z.number(),
  reason: z.string().optional(),
  agent: z.string().optional(),
  progress: z
    .looseObject({ migratedFiles: z.number(), plannedFiles: z.number().optional(), skippedItems: z.number() })
    .optional(),
  parts: z.array(z.looseObject({ path: z.string(), status: z.string(), agent: z.string().optional() })).optional(),
})

async function portage(workFolder: string, ...args: readonly string[]): Promise<unknown> {
  const ran = await run([...args, '--work-dir', workFolder, '--json'])
  expect([ran.exitCode, ran.stderr], ran.stdout).toEqual([0, ''])
  return documents(ran).at(-1)
}
const show = async (id: string) => taskSchema.parse(await portage(first, 'task', 'show', id))

function startAgent(workFolder: string, name: string): Running {
  const agent = begin(['agent', 'run', '--work-dir', workFolder, '--name', name, '--json'])
  running.push(agent)
  return agent
}

/** Two folders of which each is worth a part, and some files beside them. */
function largeShare(): string {
  for (const folder of ['north', 'south'])
    for (let index = 0; index < SHARD_FILES_MIN; index++) space.file(`share/${folder}/deep/f${index}.txt`, `${folder} ${index}`)
  for (let index = 0; index < 20; index++) space.file(`share/top${index}.txt`, `top ${index}`)
  const source = path.join(space.path, 'share')
  for (const folder of ['north/deep', 'south/deep', 'north', 'south'])
    fs.utimesSync(path.join(source, folder), FOLDER_TIME_S, FOLDER_TIME_S)
  return source
}

let id: string

test('a large task is cut, the idle agent takes a part, and it ends once, when all of it is proved', {
  timeout: PATIENCE_MS,
}, async () => {
  const source = largeShare()
  const helper = startAgent(second, 'helper')
  while (!z.array(z.looseObject({ state: z.string() })).parse(await portage(first, 'agent', 'list')).length);
  id = await addTask(first, source, ['--folder', 'whole', '--route', 'session'])
  const owner = startAgent(first, 'owner')
  let task = await show(id)
  while (!['completed', 'completedWithIssues', 'failed'].includes(task.status)) task = await show(id)
  for (const agent of [owner, helper]) agent.child.kill('SIGINT')
  await Promise.all([owner.ended, helper.ended])
  expect([task.status, task.reason, task.agent]).toEqual(['completed', undefined, undefined])
  expect(task.parts?.length).toBeGreaterThan(0)
  for (const part of task.parts ?? []) {
    expect(part).toMatchObject({ path: expect.stringMatching(/^(north|south)\/deep$/), status: 'completed' })
    expect(part.agent).toBeUndefined()
  }
  expect(task.progress).toMatchObject({ migratedFiles: FILES, plannedFiles: FILES })
})

const rowSchema = z.looseObject({ Source: z.string(), Status: z.string(), 'Device name': z.string(), 'Content type': z.string() })

test('any machine can export one set of reports of the whole task, relative to its source', {
  timeout: PATIENCE_MS,
}, async () => {
  for (const workFolder of [second, first]) {
    const out = path.join(space.path, `reports-${path.basename(workFolder)}`)
    await portage(workFolder, 'report', 'export', '--out', out, '--task', id)
    const [folder = ''] = fs.readdirSync(out).filter((name) => name.startsWith('share'))
    const rows = Papa.parse(fs.readFileSync(path.join(out, folder, 'ItemReport_R0.csv'), 'utf8').replace(/^\uFEFF/, ''), {
      header: true,
      skipEmptyLines: true,
    })
    const items = z.array(rowSchema).parse(rows.data)
    expect(items.filter(({ Status }) => Status !== 'Migrated')).toEqual([])
    const files = items.filter((item) => item['Content type'] === 'File')
    expect(new Set(files.map(({ Source }) => path.relative(path.join(space.path, 'share'), Source))).size).toBe(FILES)
    expect(items.length - files.length).toBe(4)
  }
  expect(await portage(second, 'verify', id)).toMatchObject({ migrated: { files: FILES }, unfinished: [], failed: [] })
})

test('the next round, on the other machine, knows what both have done and sends only what is new', {
  timeout: PATIENCE_MS,
}, async () => {
  space.file('share/south/deep/late.txt', 'late')
  await portage(second, 'task', 'retry', id)
  await portage(second, 'agent', 'run', '--once')
  const task = await show(id)
  expect([task.status, task.round, task.parts]).toEqual(['completed', 1, undefined])
  expect(task.progress).toMatchObject({ migratedFiles: 1, plannedFiles: 1 })
})

test('a task that is deleted takes its parts along', { timeout: PATIENCE_MS }, async () => {
  await portage(first, 'task', 'delete', id)
  expect(z.looseObject({ tasks: z.array(z.unknown()) }).parse(await portage(first, 'status')).tasks).toEqual([])
})
