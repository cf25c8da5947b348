import path from 'node:path'
import type { Command } from 'commander'
import { withHost } from '../../host/createHost.ts'
import { exportReports } from '../../host/reports.ts'
import { EXIT } from '../exitCodes.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

export function addReportCommands(program: Command, invoke: Invoke): void {
  const report = program.command('report').description('Reports with the names and columns of Migration Manager.')
  withCommonOptions(report.command('export'))
    .description('Write the CSV set of the tasks whose journals are on this machine, also while they run.')
    .requiredOption('--out <folder>')
    .option('--task <task>', 'only this task: id, its first characters, or name')
    .action(invoke(run))
}

const run: Act = async ({ options, output, workFolder, stops }) => {
  const folder = path.resolve(String(options.out))
  const written = await withHost(hostEnvironment(workFolder), async (host) => {
    const chosen = typeof options.task === 'string' ? await host.tasks.find(options.task, stops.drop) : undefined
    return exportReports(host, { taskIds: chosen ? [chosen.task.id] : undefined, folder, signal: stops.drop })
  })
  output.result({ folder, files: written.map((file) => file.path), rows: written }, () =>
    written.map((file) => `${file.path} (${file.rowCount} rows)`).join('\n'),
  )
  return EXIT.done
}
