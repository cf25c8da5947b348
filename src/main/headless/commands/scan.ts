import path from 'node:path'
import type { Command } from 'commander'
import type { SourceSpec } from '../../../shared/domain/task.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { readScanFile, scanOnly } from '../../host/scan.ts'
import { EXIT, endOf } from '../exitCodes.ts'
import { describeProgress, formatBytes, formatCount } from '../format.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { identityMapFrom } from './identityOption.ts'
import { type Act, type Invocation, type Invoke, withCommonOptions } from './invocation.ts'
import { absoluteSource, destinationFrom, settingsFrom, withDestinationOptions, withSettingOptions } from './taskOptions.ts'

const NOTE_EVERY_MS = 2000
const SHOWN = 20

export function addScanCommand(program: Command, invoke: Invoke): void {
  withSettingOptions(withDestinationOptions(withCommonOptions(program.command('scan'))))
    .description('Look at a source without writing anything: what would travel, under which name, and what would not.')
    .argument('[source]')
    .option('--list <file>', "instead of one source: Migration Manager's scan list, a CSV with one source per line")
    .option('--access-list <file>', 'permissions that "icacls SHARE /save FILE /t" saved on the file server')
    .option('--out <folder>', 'write the scan reports there')
    .action(invoke(run))
}

const run: Act = async (invocation) => {
  const { args, options, output } = invocation
  const [given] = args
  if ((given === undefined) === (options.list === undefined)) {
    throw new MigrationError('INPUT_USAGE', 'A scan takes one source or a list of them.', {
      remedy: { kind: 'stopTask' },
      fix: 'Give a folder, or --list FILE.',
    })
  }
  const out = typeof options.out === 'string' ? path.resolve(options.out) : undefined
  const accessList = typeof options.accessList === 'string' ? { accessListFile: path.resolve(options.accessList) } : {}
  if (given !== undefined) return scanOne(invocation, { kind: 'fileShare', path: absoluteSource(given), ...accessList }, out)
  const { sources, problems } = await readScanFile(path.resolve(String(options.list)))
  if (problems.length > 0) {
    const [first] = problems
    const failure = endOf(
      new MigrationError(
        'INPUT_TASK_FILE',
        `Row ${first?.row ?? 0} of ${String(options.list)} is wrong: ${first?.message ?? ''}`,
        {
          remedy: { kind: 'stopTask' },
          fix: first?.fix ?? 'Mend the file.',
        },
      ),
    )
    output.note(failure.sentence)
    output.result({ problems, ...failure.document }, () =>
      textTable(
        ['Row', 'Value', 'Problem', 'Fix'],
        problems.map(({ row, value, message, fix }) => [String(row), value, message, fix]),
      ),
    )
    return EXIT.usage
  }
  for (const { row, source } of sources) {
    // Each source has a folder of its own: two shares may have the same name.
    const exitCode = await scanOne(invocation, source, out === undefined ? undefined : path.join(out, `row-${row}`))
    if (exitCode !== EXIT.done) return exitCode
  }
  return EXIT.done
}

async function scanOne(
  { options, output, workFolder, stops }: Invocation,
  source: SourceSpec,
  reportsFolder: string | undefined,
): Promise<number> {
  let notedAtMs = Date.now()
  const destination = destinationFrom(options)
  const result = await scanOnly(
    hostEnvironment(workFolder),
    {
      source,
      settings: { ...settingsFrom(options), ...(await identityMapFrom(options)) },
      ...(destination ? { destination } : {}),
      ...(reportsFolder === undefined ? {} : { reportsFolder }),
    },
    {
      drain: stops.drain,
      drop: stops.drop,
      onProgress(progress) {
        if (Date.now() - notedAtMs < NOTE_EVERY_MS) return
        notedAtMs = Date.now()
        output.note(describeProgress(progress))
      },
    },
  )
  output.event({ source: source.path, ...result }, () =>
    [
      source.path,
      `${formatCount(result.files)} files in ${formatCount(result.folders)} folders, ${formatBytes(result.bytes)}: ${formatCount(result.travels)} would travel.`,
      ...result.issues.map((issue) => `${formatCount(issue.itemCount).padStart(9)}  ${issue.code}  ${issue.title}`),
      ...(result.examples.length > 0
        ? [
            '',
            textTable(
              ['Path', 'Becomes', 'Code', 'What'],
              result.examples.slice(0, SHOWN).map((item) => [item.path, item.destName ?? '—', item.code, item.detail]),
            ),
          ]
        : []),
      ...(result.reports.length > 0 ? ['', ...result.reports] : []),
    ].join('\n'),
  )
  return stops.drain.aborted ? EXIT.interrupted : EXIT.done
}
