import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  addTask,
  begin,
  connected,
  createWorkspace,
  documents,
  expectRefusal,
  refused,
  run,
  startTenant,
  until,
} from './commandLine.ts'

/** The service goes away while an agent works. Nothing of that is a failure of the task. */

const SLOW_MS = 120_000
const FILES = 48
const workspace = createWorkspace('outage')
const agents = new Set<ReturnType<typeof begin>>()
const tenants = new Set<Awaited<ReturnType<typeof startTenant>>>()

afterAll(async () => {
  for (const { child } of agents) child.kill('SIGKILL')
  for (const tenant of tenants) await tenant.close()
  workspace.remove()
})

/** A tenant that can go away and come back on the same port, and an install with one task. */
async function setup(name: string) {
  const dataDir = path.join(workspace.path, name, 'tenant')
  const work = path.join(workspace.path, name, 'work')
  const open = async (port: number) => {
    const tenant = await startTenant({ dataDir, port, latencyMs: 150 })
    tenants.add(tenant)
    return tenant
  }
  let tenant = await open(0)
  const { port } = tenant
  await connected(tenant, work)
  for (let index = 0; index < FILES; index++) workspace.file(`${name}/source/file ${index}.txt`, `${name} ${index}`)
  const task = await addTask(work, path.join(workspace.path, name, 'source'), ['--name', name])
  const rows = async () => rowsSchema.parse(await tenant.control('/journal?limit=10000')).rows
  return {
    work,
    task,
    /** Of files of the task; copies of its journal are put too. */
    uploads: async () =>
      (await rows()).filter(
        ({ method, path: target, status }) => method === 'PUT' && status === 201 && !target.includes('.db.zst'),
      ).length,
    /** Goes away in the middle of the transfer. */
    async vanish() {
      while ((await this.uploads()) < FILES / 6) await sleep(20)
      await tenant.close()
      tenants.delete(tenant)
    },
    async comeBack() {
      tenant = await open(port)
    },
  }
}
const rowsSchema = z.object({ rows: z.array(z.object({ method: z.string(), path: z.string(), status: z.number() })) })

/** Every file is there and proved, and none was stored twice. */
async function expectWhole(service: Awaited<ReturnType<typeof setup>>): Promise<void> {
  const ran = await run(['verify', service.task, '--work-dir', service.work, '--json'])
  expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
  expect(documents(ran)).toEqual([
    expect.objectContaining({
      migrated: expect.objectContaining({ files: FILES }),
      failed: [],
      unfinished: [],
      receipts: expect.objectContaining({ exact: FILES }),
    }),
  ])
  expect(await service.uploads()).toBeLessThanOrEqual(FILES)
}

describe.concurrent('an outage in the middle of a transfer', () => {
  test('an agent waits, says so, and goes on by itself', { timeout: SLOW_MS }, async () => {
    const service = await setup('waits')
    const agent = beginAgent(['agent', 'run', '--work-dir', service.work, '--json'])
    await service.vanish()
    await until(agent, 'stdout', /"event":"waiting"/)
    await service.comeBack()
    while (!(await statusOf(service)).isEnded) await sleep(500)
    agent.child.kill('SIGTERM')
    const ran = await agent.ended
    expect([ran.exitCode, ran.stderr]).toEqual([5, ''])
    const events = documents(ran).map((document) => z.object({ event: z.string() }).parse(document).event)
    expect(events).toEqual(expect.arrayContaining(['progress', 'waiting', 'goesOn', 'ended']))
    expect(documents(ran).at(-1)).toMatchObject({ event: 'ended', taskId: service.task, status: 'completed' })
    await expectWhole(service)
  })

  test('with --once it ends resumable when its patience is over, and the next run finishes', { timeout: SLOW_MS }, async () => {
    const service = await setup('once')
    const agent = beginAgent(['agent', 'run', '--once', '--patience', '1', '--work-dir', service.work, '--json'])
    await service.vanish()
    const gone = { exitCode: 5, code: 'NET_INTERRUPTED', says: /refuses connections.*run the same command again: it goes on/ }
    expectRefusal(await agent.ended, gone)
    // A service that was never reached is not waited for.
    await refused(['agent', 'run', '--once', '--work-dir', service.work], gone)
    await refused(['task', 'list', '--work-dir', service.work], {
      exitCode: 4,
      code: 'NET_UNREACHABLE',
      says: /refuses connections.*Check the network/,
    })
    await service.comeBack()
    expect(await statusOf(service)).toMatchObject({ status: 'inProgress', isEnded: false })
    const ran = await run(['agent', 'run', '--once', '--work-dir', service.work, '--json'])
    expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
    expect(documents(ran).at(-1)).toMatchObject({ event: 'ended', taskId: service.task, status: 'completed' })
    await expectWhole(service)
  })
})

function beginAgent(args: readonly string[]): ReturnType<typeof begin> {
  const agent = begin(args)
  agents.add(agent)
  return agent
}

async function statusOf({ work }: { readonly work: string }) {
  const ran = await run(['status', '--work-dir', work, '--json'])
  expect([ran.exitCode, ran.stderr]).toEqual([0, ''])
  const [task] = z
    .object({ tasks: z.array(z.object({ status: z.string(), isEnded: z.boolean() })) })
    .parse(documents(ran)[0]).tasks
  if (!task) throw new Error('no task')
  return task
}
