import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addTask, begin, connected, createWorkspace, documents, run, startTenant } from './commandLine.ts'

/** An agent that dies in the middle of a large upload, and another one, on another machine, that goes on from what the service holds. */

const MIB = 1024 * 1024
/** PORTAGE_TAKE_OVER_MB=2048 takes a file as large as the issue asks for; the tests of every day a smaller one. */
const SIZE_MB = Number(process.env.PORTAGE_TAKE_OVER_MB ?? 200)
const SIZE_BYTES = SIZE_MB * MIB + 12_345
const FRAGMENT_BYTES = 10 * MIB
const FRAGMENTS_BEFORE_DEATH = Math.ceil((0.4 * SIZE_BYTES) / FRAGMENT_BYTES)
const SMALL = 'a small file'
const LEASE_MS = 8 * 60_000
const workspace = createWorkspace('take-over')
const agents = new Set<ReturnType<typeof begin>>()
const tenants = new Set<Awaited<ReturnType<typeof startTenant>>>()
afterAll(async () => {
  for (const { child } of agents) child.kill('SIGKILL')
  for (const tenant of tenants) await tenant.close()
  workspace.remove()
})

const rowsSchema = z.object({
  rows: z.array(
    z.looseObject({ seq: z.number(), method: z.string(), path: z.string(), status: z.number(), bytesIn: z.number() }),
  ),
})

test('another agent finishes the upload in the same session, and sends nothing that the service holds', {
  timeout: 120_000 + SIZE_MB * 1_000,
}, async () => {
  const tenant = await startTenant({ throttling: false })
  tenants.add(tenant)
  const [work1, work2] = [path.join(workspace.path, 'work1'), path.join(workspace.path, 'work2')]
  await connected(tenant, work1)
  await connected(tenant, work2)
  // Sparse, with something at its ends to tell its bytes apart.
  const source = path.join(workspace.path, 'source')
  fs.mkdirSync(source)
  const large = fs.openSync(path.join(source, 'large.vhd'), 'w')
  fs.ftruncateSync(large, SIZE_BYTES)
  for (const at of [0, 55 * MIB, 120 * MIB, SIZE_BYTES - 5]) fs.writeSync(large, 'bytes', at)
  fs.closeSync(large)
  workspace.file('source/small.txt', SMALL)
  const task = await addTask(work1, source, ['--library', 'Taken over'])
  const slow = {
    name: 'slow line',
    when: { path: '*uploadSession*', method: 'PUT' },
    do: { action: 'delay', ms: 700 },
  }
  await tenant.control('/faults', { method: 'POST', body: { version: 1, seed: 1, faults: [slow] } })
  const rows = async () => rowsSchema.parse(await tenant.control('/journal?limit=100000')).rows
  const fragments = async () =>
    (await rows()).filter((row) => row.method === 'PUT' && /uploadSession/.test(row.path) && row.bytesIn !== SMALL.length)
  const copies = async () =>
    (await rows()).filter((row) => row.method === 'PUT' && /\/R0-e1-\d+\.db\.zst:?\/content/.test(row.path) && row.status === 201)

  const first = begin(['agent', 'run', '--once', '--name', 'first', '--work-dir', work1])
  agents.add(first)
  while (
    (await copies()).length === 0 ||
    (await fragments()).filter(({ status }) => status === 202).length < FRAGMENTS_BEFORE_DEATH
  ) {
    expect(first.child.exitCode, first.said.stderr).toBeNull()
    await sleep(50)
  }
  first.child.kill('SIGKILL')
  await first.ended
  // What was on its way when it died has ended at the service too.
  await sleep(1_500)
  const before = await fragments()
  const heldBytes = before.filter(({ status }) => status === 202).length * FRAGMENT_BYTES
  expect(heldBytes).toBeLessThan(0.8 * SIZE_BYTES)
  await tenant.control('/faults', { method: 'DELETE' })

  // Nobody may have it before the lease has run out.
  const early = await run(['agent', 'run', '--once', '--name', 'second', '--work-dir', work2, '--json'])
  expect([early.exitCode, early.stdout]).toEqual([0, ''])
  await tenant.control('/clock/advance', { method: 'POST', body: { ms: LEASE_MS + 30_000 } })
  const ran = await run(['agent', 'run', '--once', '--name', 'second', '--work-dir', work2, '--json'])
  expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
  expect(documents(ran).at(-1)).toMatchObject({ event: 'ended', status: 'completed' })

  const after = (await fragments()).filter(({ seq }) => !before.some((row) => row.seq === seq))
  const sentBytes = after.reduce((sum, { bytesIn }) => sum + bytesIn, 0)
  expect(sentBytes).toBeLessThanOrEqual(SIZE_BYTES - heldBytes)
  expect(sentBytes).toBeGreaterThan(0)
  if (process.env.PORTAGE_TAKE_OVER_MB) console.log(JSON.stringify({ sizeBytes: SIZE_BYTES, heldBytes, sentBytes }))
  const sessionOf = (target: string) => /guid='([^']+)'/.exec(decodeURIComponent(target))?.[1]
  expect(new Set([...before, ...after].map((row) => sessionOf(row.path))).size).toBe(1)
  const opened = (await rows()).filter((row) => row.method === 'POST' && /large\.vhd:?\/createUploadSession/.test(row.path))
  expect(opened.length).toBe(1)

  const proof = await run(['verify', task, '--work-dir', work2, '--json'])
  expect(documents(proof)).toEqual([
    expect.objectContaining({ migrated: expect.objectContaining({ files: 2 }), failed: [], unfinished: [] }),
  ])
})
