// Everything that CI checks, in one command. Ends with one line `N passed, N failed, N skipped`; exits non-zero on any failure.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ensureBrowser } from './browser.mjs'
import { bin, root } from './run.mjs'

const reports = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-test-'))
const totals = { passed: 0, failed: 0, skipped: 0 }
const broken = []

function run(args, environment = {}) {
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } })
  return result.status ?? 1
}

function check(name, args) {
  const startedAt = Date.now()
  const status = run(args)
  console.error(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`)
  if (status === 0) totals.passed++
  else {
    totals.failed++
    broken.push(name)
  }
}

/** Adds up a JSON report; a runner that died, or that ran nothing, is a failure. */
function suite(name, args, environment, count) {
  const file = path.join(reports, `${name}.json`)
  const status = run(args(file), environment(file))
  let sums
  try {
    sums = count(JSON.parse(fs.readFileSync(file, 'utf8')))
  } catch {
    sums = { passed: 0, failed: 1, skipped: 0 }
  }
  if (status !== 0 && sums.failed === 0) sums.failed = 1
  if (sums.passed + sums.failed === 0) sums.failed = 1
  for (const key of Object.keys(totals)) totals[key] += sums[key]
  if (sums.failed > 0) broken.push(name)
  console.error(
    `${sums.failed === 0 ? 'ok  ' : 'FAIL'} ${name}: ${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`,
  )
}

check('lockfile complete for every platform', ['scripts/lockfile-guard.mjs'])
check('generated documents are current', ['scripts/docs.mjs', '--check'])
check('types of every layer', ['scripts/typecheck.mjs'])
check('format and lint', [bin('@biomejs/biome'), 'check', '.'])
check('typed lint', [bin('eslint'), '.'])
check('layer boundaries', ['scripts/boundaries.mjs'])
check('bundles of shell, preload and screens', ['scripts/build.mjs'])

suite(
  'unit and conformance tests',
  (file) => [bin('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
  () => ({}),
  (report) => ({
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numFailedTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  }),
)

if (!ensureBrowser().path && !process.env.CI) {
  totals.skipped++
  console.error(`skipped: browser specs (${ensureBrowser().reason})`)
} else {
  suite(
    'browser specs',
    () => ['scripts/e2e.mjs', '--reporter=list,json'],
    (file) => ({ PLAYWRIGHT_JSON_OUTPUT_NAME: file }),
    (report) => ({
      passed: report.stats.expected + report.stats.flaky,
      failed: report.stats.unexpected,
      skipped: report.stats.skipped,
    }),
  )
}

fs.rmSync(reports, { recursive: true, force: true })
for (const name of broken) console.error(`failed: ${name}`)
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exit(totals.failed === 0 ? 0 : 1)
