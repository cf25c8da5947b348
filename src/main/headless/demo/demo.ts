import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { taskProgressSchema } from '../../../shared/domain/progress.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { writeSampleShare } from '../../host/sampleShare.ts'
import { EXIT, endOf } from '../exitCodes.ts'
import { describeProgress } from '../format.ts'
import { createOutput } from '../output.ts'
import { countSource } from './countSource.ts'
import { createDisplay } from './display.ts'
import { runPortage, startPortage, stopAll } from './processes.ts'
import { type DemoResult, mergeSummaries, renderResult, taskSummarySchema } from './result.ts'

/** A tenant of more than 50,000 licences: the largest budget the service grants, so that a big --source does not wait for days. */
const DEMO_LICENSES = 60_000
const AGENTS = 2

const tenantSchema = z.object({
  connectionFile: z.string(),
  dataDir: z.string(),
  port: z.number(),
  sites: z.array(z.object({ url: z.string() })),
})
const taskSchema = z.object({ id: z.string(), name: z.string() })
const progressSchema = z.object({ event: z.literal('progress'), name: z.string(), progress: taskProgressSchema })

/** What travels where: the sample share is three tasks, so that two agents have something to share; a folder of the user's is one. */
interface DemoTask {
  readonly source: string
  readonly name: string
  readonly to: readonly string[]
}

const { values } = parseArgs({
  options: {
    source: { type: 'string' },
    json: { type: 'boolean' },
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
const output = createOutput(values.json === true)
const display = createDisplay(values.json === true ? undefined : process.stderr)
const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-demo-'))
const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort(signal))

async function main(): Promise<number> {
  const startedAtMs = Date.now()
  const reportsFolder = path.resolve(values.out ?? path.join('out', `demo-${new Date().toISOString().replace(/[:.]/g, '-')}`))
  const share =
    values.source === undefined ? await writeSampleShare(path.join(workspace, 'share'), Number(values.seed)) : undefined
  try {
    const sourceRoot = share?.path ?? existingFolder(values.source ?? '')
    display.step('Starting a practice tenant')
    const tenant = await startPracticeTenant()
    const workFolders = Array.from({ length: AGENTS }, (_, index) => path.join(workspace, `agent-${index + 1}`))
    const [first = ''] = workFolders
    display.step('Connecting two agents')
    for (const folder of workFolders) await runPortage(['connect', '--connection', tenant.connectionFile, '--work-dir', folder])

    const tasks = []
    for (const task of demoTasks(sourceRoot, share !== undefined)) {
      const { document } = await runPortage(['task', 'add', task.source, '--name', task.name, ...task.to, '--work-dir', first])
      tasks.push(taskSchema.parse(document))
    }
    display.step(`Migrating ${sourceRoot} in ${tasks.length} task${tasks.length === 1 ? '' : 's'}`)
    const agents = workFolders.map((folder, index) => runAgent(folder, index))
    await Promise.race([Promise.all(agents), aborted()])

    display.step('Comparing with an independent listing')
    const summaries = []
    for (const task of tasks) {
      for (const folder of workFolders.filter((one) => fs.existsSync(path.join(one, 'journals', task.id)))) {
        const { document } = await runPortage(['verify', task.id, '--work-dir', folder])
        summaries.push(taskSummarySchema.parse(document))
      }
    }
    display.step('Exporting the reports')
    const reports: string[] = []
    for (const folder of workFolders) {
      const { document } = await runPortage([
        'report',
        'export',
        '--out',
        path.join(reportsFolder, path.basename(folder)),
        '--work-dir',
        folder,
      ])
      reports.push(...z.object({ files: z.array(z.string()) }).parse(document).files)
    }
    const { document: spent } = await runPortage(['tenant', 'journal', '--port', String(tenant.port)])
    const result: DemoResult = {
      ...z.object({ resourceUnits: z.number(), requests: z.number() }).parse(spent),
      ...mergeSummaries(summaries, await countSource(sourceRoot), (source) => path.relative(sourceRoot, source)),
      reports,
      durationMs: Date.now() - startedAtMs,
      agents: new Set(summaries.map((summary) => summary.agent)).size,
    }
    output.result(result, () => renderResult(result, share?.description ?? []))
    return result.unaccounted.length > 0 || result.receipts.different > 0 ? EXIT.unexpected : EXIT.done
  } finally {
    share?.lock.close()
  }
}

function demoTasks(sourceRoot: string, isSample: boolean): readonly DemoTask[] {
  const finance = 'https://contoso.sharepoint.com/sites/finance'
  if (!isSample) return [{ source: sourceRoot, name: path.basename(sourceRoot), to: ['--to', finance, '--library', 'Documents'] }]
  return fs
    .readdirSync(sourceRoot)
    .sort()
    .map((name, index) => ({
      source: path.join(sourceRoot, name),
      name,
      // A share of a few hundred files shows both routes only when it is told to.
      to: [
        ...(index === 0
          ? ['--to', finance, '--library', 'Documents']
          : ['--to', 'https://contoso.sharepoint.com/sites/projects', '--library', 'Documents', '--folder', name]),
        '--route',
        'package',
      ],
    }))
}

function existingFolder(source: string): string {
  const folder = path.resolve(source)
  if (fs.existsSync(folder) && fs.statSync(folder).isDirectory()) return folder
  throw new MigrationError('SRC_NOT_FOUND', `The source ${folder} is not a folder.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Give an existing folder with --source.',
  })
}

async function startPracticeTenant(): Promise<z.infer<typeof tenantSchema>> {
  const tenant = startPortage(
    ['tenant', 'start', '--foreground', '--licenses', String(DEMO_LICENSES), '--seed', values.seed],
    (line) => display.progress('tenant', line),
  )
  for await (const line of tenant.lines) return tenantSchema.parse(line)
  throw new MigrationError('INTERNAL', 'The practice tenant did not start.', { remedy: { kind: 'stopTask' } })
}

async function runAgent(workFolder: string, index: number): Promise<void> {
  const name = `agent-${index + 1}`
  const agent = startPortage(['agent', 'run', '--once', '--name', name, '--work-dir', workFolder], (line) =>
    display.progress(`${name} note`, line),
  )
  for await (const line of agent.lines) {
    const event = progressSchema.safeParse(line).data
    if (event) display.progress(name, `${name} · ${event.name}: ${describeProgress(event.progress)}`)
  }
  const exitCode = await agent.ended
  if (exitCode !== EXIT.done && exitCode !== EXIT.someFailed) {
    throw new MigrationError('INTERNAL', `${name} ended with exit code ${exitCode}.`, { remedy: { kind: 'stopTask' } })
  }
}

function aborted(): Promise<never> {
  return new Promise((_, reject) =>
    stopped.signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true }),
  )
}

try {
  process.exitCode = await main()
} catch (thrown) {
  display.end()
  const { exitCode, sentence } = endOf(thrown)
  output.note(stopped.signal.aborted ? 'Stopped.' : sentence)
  process.exitCode = stopped.signal.aborted ? EXIT.interrupted : exitCode
} finally {
  await stopAll()
  fs.rmSync(workspace, { recursive: true, force: true })
}
