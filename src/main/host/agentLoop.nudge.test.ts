import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { runAgent } from './agentLoop.ts'
import {
  createCountingRandom,
  createFakeHost,
  createManualClock,
  fakeAgentId,
  MemoryCoordination,
  settle,
  silentLogger,
} from './testing/fakeHost.ts'
import { openWorkFolder } from './workFolder.ts'

test('an idle agent looks at the list again as soon as it is nudged, without waiting for its next turn', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-nudge-'))
  const clock = createManualClock()
  const coordination = new MemoryCoordination()
  const host = createFakeHost(
    { workFolder: openWorkFolder(folder), clock, random: createCountingRandom(), logger: silentLogger },
    coordination,
  )
  const drain = new AbortController()
  const never = new AbortController()
  let nudged = new AbortController()
  const started: string[] = []
  const running = runAgent(
    {
      agentId: fakeAgentId('pc-1'),
      coordination,
      places: () => 1,
      member: { session: 's', isProven: () => true, presentCount: 1 },
      terms: () => ({ name: 'pc-1', group: 'Default', isEnabled: true }),
      clock,
      random: createCountingRandom(),
      logger: silentLogger,
      onProgress: () => undefined,
      runRound: async ({ task }) => {
        started.push(task.name)
        throw new Error('far enough')
      },
    },
    { once: false, drain: drain.signal, drop: never.signal, nudged: () => nudged.signal },
  ).catch(() => undefined)
  await settle()
  await host.tasks.add(
    {
      name: 'New',
      source: { kind: 'fileShare', path: '/s' },
      destination: { kind: 'oneDrive', upn: 'ann@contoso.com', folder: '' },
    },
    never.signal,
  )
  await settle()
  expect(started).toEqual([])
  nudged.abort()
  nudged = new AbortController()
  await settle()
  expect(started[0]).toBe('New')
  drain.abort()
  await running
  fs.rmSync(folder, { recursive: true, force: true })
})
