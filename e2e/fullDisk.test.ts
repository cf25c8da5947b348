import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addTask,
  connected,
  createWorkspace,
  documents,
  expectRefusal,
  refused,
  run,
  startTenant,
  stateOf,
} from './commandLine.ts'

/** The disk of the work folder is full. Linux as root only: the test mounts a small one of its own. */

const SLOW_MS = 120_000
const FILES = 400
const DISK = '24m'
const workspace = createWorkspace('full-disk')
const disk = path.join(workspace.path, 'disk')
const work = path.join(disk, 'work')
const filler = path.join(disk, 'filler')
let tenant: Awaited<ReturnType<typeof startTenant>> | undefined
let whyNot: string | undefined

beforeAll(async () => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    whyNot = 'only root on Linux may mount a small disk'
    return
  }
  fs.mkdirSync(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', disk], { encoding: 'utf8' })
  if (mounted.status !== 0) {
    whyNot = `mount -t tmpfs is not allowed here: ${mounted.stderr ?? mounted.error?.message ?? ''}`
    return
  }
  tenant = await startTenant()
  await connected(tenant, work)
  // Long names make a journal that needs more than is left of the disk.
  for (let index = 0; index < FILES; index++) workspace.file(`source/${'long name '.repeat(12)}${index}.txt`, `content ${index}`)
})
afterAll(async () => {
  await tenant?.close()
  if (whyNot === undefined) spawnSync('umount', [disk])
  workspace.remove()
})

function fill(leavesBytes: number): void {
  const { bavail, bsize } = fs.statfsSync(disk)
  fs.writeFileSync(filler, Buffer.alloc(Math.max(bavail * bsize - leavesBytes, 0)))
}

const free = () => fs.rmSync(filler, { force: true })

test('an agent whose disk is full ends resumable with one sentence, and finishes when there is space', {
  timeout: SLOW_MS,
}, async ({ skip }) => {
  if (!tenant) return skip(whyNot)
  const id = await addTask(work, path.join(workspace.path, 'source'), ['--name', 'tight'])
  fill(400_000)
  const ran = await run(['agent', 'run', '--once', '--work-dir', work, '--json'])
  expectRefusal(ran, { exitCode: 5, code: 'JNL_DISK_FULL', says: /full.*(Free some space|free some space)/ })
  const status = await run(['status', '--work-dir', work, '--json'])
  expect([status.exitCode, status.stderr]).toEqual([0, ''])
  expect(documents(status)[0]).toMatchObject({ tasks: [{ id, status: 'inProgress', isEnded: false }] })
  free()
  const again = await run(['agent', 'run', '--once', '--work-dir', work, '--json'])
  expect([again.exitCode, again.stderr]).toEqual([0, ''])
  expect(documents(again).at(-1)).toMatchObject({ event: 'ended', taskId: id, status: 'completed' })
  const proved = await run(['verify', id, '--work-dir', work, '--json'])
  expect(documents(proved)[0]).toMatchObject({ migrated: { files: FILES }, failed: [], unfinished: [] })
})

test('a connect or an identity that cannot be stored', { timeout: SLOW_MS }, async ({ skip }) => {
  if (!tenant) return skip(whyNot)
  fill(0)
  const before = await stateOf(tenant, work)
  const full = { exitCode: 5, code: 'JNL_DISK_FULL', says: /full.*[Ff]ree some space/ }
  await refused(['connect', '--connection', tenant.connectionFile, '--work-dir', work], full)
  await refused(['connect', '--connection', tenant.connectionFile, '--work-dir', path.join(disk, 'fresh')], full)
  await refused(['report', 'export', '--out', path.join(disk, 'reports'), '--work-dir', work], full)
  expect(await stateOf(tenant, work)).toEqual(before)
  const list = await run(['task', 'list', '--work-dir', work])
  expect([list.exitCode, list.stderr]).toEqual([0, ''])
  free()
})
