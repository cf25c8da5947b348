import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runChaos } from './chaos/runChaos.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    agents: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '40' },
    json: { type: 'boolean' },
  },
})

function wholeNumber(name: 'seed' | 'agents' | 'seconds', range: readonly [number, number]): number {
  const value = Number(values[name])
  if (Number.isInteger(value) && value >= range[0] && value <= range[1]) return value
  console.error(`--${name} must be a whole number from ${range[0]} to ${range[1]}.`)
  process.exit(2)
}

const seed = wholeNumber('seed', [0, 1_000_000])
const agents = wholeNumber('agents', [1, 8])
const seconds = wholeNumber('seconds', [1, 3600])
const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-chaos-'))
console.error(`seed ${seed}, ${agents} agents, ${seconds} s of chaos or more, workspace ${workspace}`)
const result = await runChaos({ seed, agents, seconds, workspace, note: (text) => console.error(text) })
if (values.json) console.log(JSON.stringify(result))
else console.table(result)
if (result.isGood) fs.rmSync(workspace, { recursive: true, force: true })
else console.error(`kept for a look: ${workspace}`)
process.exitCode = result.isGood ? 0 : 1
