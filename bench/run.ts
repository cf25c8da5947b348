import { parseArgs } from 'node:util'
import { bulkBench } from './bulk.bench.ts'
import { bulkLargeFileBench } from './bulkLargeFile.bench.ts'
import { fleetBench } from './fleet.bench.ts'
import { fleetBudgetBench } from './fleetBudget.bench.ts'
import { fourAgentsBench } from './fourAgents.bench.ts'
import { journalBench } from './journal.bench.ts'
import { journalCopyBench } from './journalCopy.bench.ts'
import type { Bench, BenchRow } from './measure.ts'
import { noChangeBench } from './noChange.bench.ts'
import { readHashBench } from './readHash.bench.ts'
import { scanBench } from './scan.bench.ts'
import { screensBench } from './screens.bench.ts'
import { sessionBench } from './session.bench.ts'

const benches: readonly Bench[] = [
  scanBench,
  readHashBench,
  journalBench,
  sessionBench,
  bulkBench,
  bulkLargeFileBench,
  screensBench,
  fleetBench,
  fleetBudgetBench,
  fourAgentsBench,
  journalCopyBench,
  noChangeBench,
]

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean' } } })
const chosen = benches.filter((bench) => (values.only === undefined ? !bench.isOnDemand : bench.name === values.only))
if (chosen.length === 0) {
  console.error(`There is no benchmark "${values.only}". Known: ${benches.map((bench) => bench.name).join(', ')}.`)
  process.exit(2)
}
const rows: BenchRow[] = []
for (const bench of chosen) {
  console.error(`${bench.name}: ${bench.about}`)
  rows.push(...(await bench.run((line) => console.error(`  ${line}`))))
}
if (values.json) console.log(JSON.stringify(rows))
else console.table(rows)
