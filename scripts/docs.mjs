// Writes the documents that are generated from the source; with --check it only says whether they are current.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { root } from './run.mjs'

const generators = ['limits-doc.mjs', 'errors-doc.mjs']
let failed = 0
for (const generator of generators) {
  const result = spawnSync(process.execPath, [path.join(root, 'scripts', generator), ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  if (result.status !== 0) failed++
}
process.exit(failed === 0 ? 0 : 1)
