import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { SHARD_FILES_MIN } from '../src/shared/limits.ts'
import { addTask, begin, connected, createWorkspace, documents, run, startTenant, until } from './commandLine.ts'

/** One large task and two agents: the folder that makes it large is worked on by the one that had nothing to do. */

const space = createWorkspace('parts')
const first = path.join(space.path, 'first')
const second = path.join(space.path, 'second')
let tenant: Awaited<ReturnType<typeof startTenant>>

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  await connected(tenant, first)
  await connected(tenant, second)
})
afterAll(async () => {
  await tenant?.close()
  space.remove()
})

const taskSchema = z.looseObject({
  status: z.string(),
  reason: z.string().optional(),
  agent: z.string().optional(),
  progress: z
    .looseObject({ migratedFiles: z.number(), plannedFiles: z.number().optional(), scannedFolders: z.number() })
    .optional(),
  parts: z.array(z.looseObject({ path: z.string(), status: z.string() })).optional(),
})

async function show(id: string) {
  const ran = await run(['task', 'show', id, '--work-dir', first, '--json'])
  expect([ran.exitCode, ran.stderr], ran.stdout).toEqual([0, ''])
  return taskSchema.parse(documents(ran).at(-1))
}

/** Two folders of which each is worth a part, and some files beside them. */
function largeShare(name: string): string {
  for (const folder of ['north', 'south'])
    for (let index = 0; index < SHARD_FILES_MIN; index++) space.file(`${name}/${folder}/deep/f${index}.txt`, `${folder} ${index}`)
  for (let index = 0; index < 20; index++) space.file(`${name}/top${index}.txt`, `top ${index}`)
  fs.utimesSync(path.join(space.path, name, 'north'), 1_500_000_000, 1_500_000_000)
  return path.join(space.path, name)
}

test('a large task is cut; an idle agent of the group takes a part; the task is one, and ends when all of it is proved', {
  timeout: 240_000,
}, async () => {
  const source = largeShare('share')
  const helper = begin(['agent', 'run', '--work-dir', second, '--name', 'helper', '--json'], { env: { PORTAGE_LOG: 'info' } })
  await until(helper, 'stderr', /agent\.joined|list|\{/)
  const id = await addTask(first, source, ['--folder', 'whole', '--route', 'session'])
  const owner = begin(['agent', 'run', '--work-dir', first, '--name', 'owner', '--json'], { env: { PORTAGE_LOG: 'info' } })
  let task = await show(id)
  while (!['completed', 'completedWithIssues', 'failed'].includes(task.status)) task = await show(id)
  for (const agent of [owner, helper]) agent.child.kill('SIGINT')
  await Promise.all([owner.ended, helper.ended])
  expect([task.status, task.reason]).toEqual(['completed', undefined])
  expect(task.agent).toBeUndefined()
  expect(task.parts?.map(({ path: folder, status }) => [folder, status])).toEqual([
    [expect.stringMatching(/^(north|south)$/), 'completed'],
  ])
  expect(task.progress).toMatchObject({ migratedFiles: 2 * SHARD_FILES_MIN + 20, plannedFiles: 2 * SHARD_FILES_MIN + 20 })
})
