import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runChaos } from './chaos/runChaos.ts'

/** A short run of `npm run chaos`: a failing tenant, agents that are killed, suspended for longer than a lease, and cut off. */

let workspace: string
beforeAll(() => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-chaos-test-'))
})
afterAll(() => fs.rmSync(workspace, { recursive: true, force: true }))

test('agents that die, sleep and are cut off end with the same library, and each task has one owner at a time', {
  timeout: 600_000,
}, async () => {
  const notes: string[] = []
  const note = (text: string) => void notes.push(text)
  const result = await runChaos({ seed: 20, agents: 3, seconds: 12, tasks: 12, rate: 20, workspace, note })
  expect(notes).toEqual([])
  expect(result).toMatchObject({
    lost: 0,
    doubled: 0,
    different: 0,
    retryAfterViolations: 0,
    zombieWrites: 0,
    crashes: 0,
    unknown: 0,
    isGood: true,
  })
  for (const trouble of [result.kills, result.suspends, result.partitions, result.takeOvers, result.faults])
    expect(trouble).toBeGreaterThan(0)
})
