// One tsconfig per layer, so that a layer cannot even name what it may not use.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { bin, root } from './run.mjs'

const layers = [
  'src/shared',
  'src/main/engine',
  'src/main/adapters',
  'src/main/host',
  'src/main/headless',
  'src/main/electron',
  'src/preload',
  'src/renderer',
  'src/simulator',
  '.',
]
const only = process.argv.slice(2)
let failed = 0
for (const layer of only.length > 0 ? only : layers) {
  const config = path.join(root, layer, 'tsconfig.json')
  if (!fs.existsSync(config)) throw new Error(`${config} is missing: every layer has a tsconfig.json.`)
  const result = spawnSync(process.execPath, [bin('typescript7:tsc'), '-p', config], { stdio: 'inherit' })
  if (result.status !== 0) failed++
}
console.error(failed === 0 ? 'types: every layer compiles' : `types: ${failed} layers do not compile`)
process.exit(failed === 0 ? 0 : 1)
