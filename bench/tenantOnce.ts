import { startTenant } from '../src/simulator/index.ts'

/** A practice tenant without budgets in a process of its own: `tenantOnce.ts FOLDER LATENCY_MS` prints how to reach it; ends with SIGTERM. */

const [dataDir = '', latencyMs = '0'] = process.argv.slice(2)
const tenant = await startTenant({
  dataDir,
  profile: 'lenient',
  throttling: false,
  latencyMs: Number(latencyMs),
})
const { port, caFile, connectionFile } = tenant
process.once('SIGTERM', () => void tenant.close())
console.log(JSON.stringify({ port, caFile, connectionFile, dataDir }))
