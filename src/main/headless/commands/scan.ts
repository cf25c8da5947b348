import path from 'node:path'
import type { Command } from 'commander'
import { scanOnly } from '../../host/scan.ts'
import { EXIT } from '../exitCodes.ts'
import { describeProgress, formatBytes, formatCount } from '../format.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'
import { absoluteSource, destinationFrom, settingsFrom, withDestinationOptions, withSettingOptions } from './task.ts'

const NOTE_EVERY_MS = 2000
const SHOWN = 20

export function addScanCommand(program: Command, invoke: Invoke): void {
  withSettingOptions(withDestinationOptions(withCommonOptions(program.command('scan'))))
    .description('Look at a source without writing anything: what would travel, under which name, and what would not.')
    .argument('<source>')
    .option('--out <folder>', 'write the scan reports there')
    .action(invoke(run))
}

const run: Act = async ({ args, options, output, workFolder, stops }) => {
  let notedAtMs = 0
  const destination = destinationFrom(options)
  const result = await scanOnly(
    hostEnvironment(workFolder),
    {
      source: { kind: 'fileShare', path: absoluteSource(args[0] ?? '') },
      settings: settingsFrom(options),
      ...(destination ? { destination } : {}),
      ...(typeof options.out === 'string' ? { reportsFolder: path.resolve(options.out) } : {}),
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
  output.result(result, () =>
    [
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
