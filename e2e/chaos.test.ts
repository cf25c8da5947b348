import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runChaos } from './chaos/runChaos.ts'

/** A short run of `npm run chaos`: the tenant fails, the agent is killed three times and more. */

let workspace: string
beforeAll(() => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-chaos-test-'))
})
afterAll(() => fs.rmSync(workspace, { recursive: true, force: true }))

test('an agent that is killed again and again ends with the same library', { timeout: 300_000 }, async () => {
  const notes: string[] = []
  const result = await runChaos({
    seed: 20,
    agents: 1,
    seconds: 1,
    filesPerTask: 60,
    workspace,
    note: (text) => notes.push(text),
  })
  expect(notes).toEqual([])
  expect(result).toMatchObject({
    lost: 0,
    doubled: 0,
    different: 0,
    retryAfterViolations: 0,
    crashes: 0,
    unknown: 0,
    isGood: true,
  })
  expect(result.kills).toBeGreaterThanOrEqual(3)
  expect(result.faults).toBeGreaterThan(0)
})
