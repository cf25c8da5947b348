// dependency-cruiser over src, and a guard that it really looked: with an unknown compiler it passes on nothing.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { bin, root } from './run.mjs'

const result = spawnSync(
  process.execPath,
  [bin('dependency-cruiser:depcruise'), 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
  { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
)
const { modules, summary } = JSON.parse(result.stdout)
for (const violation of summary.violations) {
  const way = violation.cycle ? violation.cycle.map((step) => step.name).join(' → ') : violation.to
  console.error(`boundaries: ${violation.rule.name}: ${violation.from} → ${way}`)
}
const ours = modules.filter((module) => module.source.startsWith('src/')).length
const files = fs
  .readdirSync(path.join(root, 'src'), { recursive: true })
  .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts')).length
console.error(
  `boundaries: ${ours} of ${files} modules, ${summary.totalDependenciesCruised} imports, ${summary.violations.length} violations`,
)
process.exit(summary.violations.length === 0 && ours >= files && summary.totalDependenciesCruised > 0 ? 0 : 1)
