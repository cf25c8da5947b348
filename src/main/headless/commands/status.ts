import type { Command } from 'commander'
import { describeDestination } from '../../../shared/domain/task.ts'
import { createHost } from '../../host/createHost.ts'
import { type ProjectStatus, readStatus } from '../../host/status.ts'
import { EXIT } from '../exitCodes.ts'
import { doneBytes, doneFiles, formatBytes, formatCount, formatDuration } from '../format.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

const WATCH_MS = 2000

export function addStatusCommand(program: Command, invoke: Invoke): void {
  withCommonOptions(program.command('status'))
    .description('Progress of the whole project: files, bytes, rate, time left, and why something waits.')
    .option('--watch', 'go on until every task has ended or Ctrl-C')
    .action(invoke(run))
}

const run: Act = async ({ options, output, workFolder, stops }) => {
  const host = await createHost(hostEnvironment(workFolder))
  try {
    for (;;) {
      const status = await readStatus(host, stops.drop)
      output.event(status, () => render(status))
      if (options.watch !== true || status.tasks.every((task) => task.isEnded)) return EXIT.done
      await host.environment.clock.sleep(WATCH_MS, stops.drain).catch(() => undefined)
      if (stops.drain.aborted) return EXIT.done
    }
  } finally {
    await host.close()
  }
}

function render(status: ProjectStatus): string {
  const { totals } = status
  const bottleneck = totals.bottleneck === undefined ? [] : [`Slowed by ${totals.bottleneck.kind}: ${totals.bottleneck.text}`]
  return [
    `${formatCount(totals.uploadedFiles)} of ${formatCount(totals.knownFiles)} files, ${formatBytes(totals.uploadedBytes)} of ${formatBytes(totals.knownBytes)}, ${formatBytes(totals.bytesPerSecond)}/s${describeEta(totals.eta)}`,
    ...bottleneck,
    textTable(
      ['Task', 'Status', 'Stage', 'Files', 'Bytes', 'Failed', 'Rate', 'Left', 'Agent', 'Why'],
      status.tasks.map((task) => [
        task.name,
        task.status,
        task.progress?.stage ?? '',
        task.progress
          ? `${formatCount(doneFiles(task.progress))}/${formatCount(task.progress.plannedFiles ?? task.progress.scannedFiles)}`
          : '',
        task.progress
          ? `${formatBytes(doneBytes(task.progress))}/${formatBytes(task.progress.plannedBytes ?? task.progress.scannedBytes)}`
          : '',
        task.progress ? formatCount(task.progress.failedFiles) : '',
        task.progress ? `${formatBytes(task.progress.bytesPerSecond)}/s` : '',
        task.eta === undefined ? '' : describeRange(task.eta),
        task.agent ?? '',
        task.why ?? describeDestination(task.destination),
      ]),
    ),
  ].join('\n')
}

function describeEta(eta: ProjectStatus['totals']['eta']): string {
  if (eta === undefined) return ''
  const unknown = eta.unknownTasks === 0 ? '' : `, ${eta.unknownTasks} tasks of unknown size guessed`
  return `, ${describeRange(eta)} left (P50 to P90${unknown})`
}

const describeRange = ({ p50Ms, p90Ms }: { readonly p50Ms: number; readonly p90Ms: number }): string =>
  `${formatDuration(p50Ms)} to ${formatDuration(p90Ms)}`
