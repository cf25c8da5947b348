import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runChaos } from './chaos/runChaos.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    agents: { type: 'string', default: '6' },
    seconds: { type: 'string', default: '150' },
    tasks: { type: 'string' },
    rate: { type: 'string', default: '20' },
    json: { type: 'boolean' },
  },
})

function wholeNumber(
  name: 'seed' | 'agents' | 'seconds' | 'tasks' | 'rate',
  value: unknown,
  range: readonly [number, number],
): number {
  const number = Number(value)
  if (Number.isInteger(number) && number >= range[0] && number <= range[1]) return number
  console.error(`--${name} must be a whole number from ${range[0]} to ${range[1]}.`)
  process.exit(2)
}

const seed = wholeNumber('seed', values.seed, [0, 1_000_000])
const agents = wholeNumber('agents', values.agents, [1, 12])
const seconds = wholeNumber('seconds', values.seconds, [1, 36_000])
const tasks = wholeNumber('tasks', values.tasks ?? Math.max(20, Math.min(2_000, seconds * 2)), [2, 5_000])
const rate = wholeNumber('rate', values.rate, [1, 40])
const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-chaos-'))
console.error(
  `seed ${seed}, ${agents} agents, ${tasks} tasks, ${seconds} s of chaos at ${rate} times the speed, workspace ${workspace}`,
)
const startedAtMs = Date.now()
const tell = (text: string) => console.error(`${((Date.now() - startedAtMs) / 1000).toFixed(1)} s  ${text}`)
const result = await runChaos({ seed, agents, seconds, tasks, rate, workspace, note: (text) => console.error(text), tell })
if (values.json) console.log(JSON.stringify(result))
else console.table(result)
if (result.isGood) fs.rmSync(workspace, { recursive: true, force: true })
else console.error(`kept for a look: ${workspace}`)
process.exitCode = result.isGood ? 0 : 1
