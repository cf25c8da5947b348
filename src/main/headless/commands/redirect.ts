import path from 'node:path'
import type { Command } from 'commander'
import { MigrationError } from '../../../shared/errors.ts'
import { type Host, withHost } from '../../host/createHost.ts'
import { searchRedirects, writeLinks, writeRedirects } from '../../host/cutoverExports.ts'
import { recordsOf } from '../../host/waveTasks.ts'
import { EXIT } from '../exitCodes.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

const FOUND_MAX = 100

export function addRedirectCommands(program: Command, invoke: Invoke): void {
  const redirect = program.command('redirect').description('Where everything is now: old path to new address.')
  const ofTasks = (name: string): Command =>
    withCommonOptions(redirect.command(name))
      .option('--wave <name>', 'only tasks of this wave')
      .option('--task <task>', 'only this task: id, its first characters, or name')
      .option('--unc <path>', 'what people on Windows call the source, for example \\\\files\\finance')
  ofTasks('export').description('Write the redirect map as CSV.').requiredOption('--out <folder>').action(invoke(exportMap))
  ofTasks('search')
    .description('Find where something is now, by any part of its old path or new address.')
    .argument('<text>')
    .action(invoke(search))
  ofTasks('links')
    .description('Write link files (.url) that open the new addresses, into a folder outside of every source.')
    .requiredOption('--out <folder>')
    .option('--folders-only', 'links to folders, none to files')
    .action(invoke(links))
}

/** The tasks that were asked for; without a wish all. */
async function chosen(host: Host, options: Readonly<Record<string, unknown>>, signal: AbortSignal) {
  if (typeof options.wave === 'string' && options.task !== undefined)
    throw usage('--wave and --task were both given.', 'Give one of them.')
  if (typeof options.wave === 'string') return recordsOf(host, await host.waves.find(options.wave, signal), signal)
  if (typeof options.task === 'string') return [await host.tasks.find(options.task, signal)]
  const records = await host.tasks.list(signal)
  if (records.length > 0 && options.unc !== undefined && new Set(records.map(({ task }) => task.source.path)).size > 1)
    throw usage('--unc names one source, and there are several.', 'Say which task with --task.')
  return records
}

const uncFrom = ({ unc }: Readonly<Record<string, unknown>>): { readonly uncRoot?: string } => {
  if (unc === undefined) return {}
  const text = String(unc).replaceAll('/', '\\')
  if (/^\\\\[^\\]+\\[^\\]/.test(text)) return { uncRoot: text }
  throw usage(`--unc is "${String(unc)}".`, 'Write it like \\\\server\\share or \\\\server\\share\\folder.')
}

const exportMap: Act = async ({ options, output, workFolder, stops }) => {
  const folder = path.resolve(String(options.out))
  const { path: file, rowCount } = await withHost(hostEnvironment(workFolder), async (host) =>
    writeRedirects(host, { records: await chosen(host, options, stops.drop), ...uncFrom(options), folder, signal: stops.drop }),
  )
  output.result({ file, rows: rowCount }, () => `${file} (${rowCount} rows)`)
  return EXIT.done
}

const search: Act = async ({ args, options, output, workFolder, stops }) => {
  const text = args[0] ?? ''
  if (text.trim() === '') throw usage('Nothing was asked for.', 'Give some part of the old path.')
  const hits = await withHost(hostEnvironment(workFolder), async (host) =>
    searchRedirects(host, {
      records: await chosen(host, options, stops.drop),
      ...uncFrom(options),
      text,
      limit: FOUND_MAX,
      signal: stops.drop,
    }),
  )
  output.result(hits, () =>
    hits.length === 0
      ? `Nothing at the destination was once "${text}".`
      : textTable(
          ['Old path', 'New address'],
          hits.map(({ oldPath, newUrl }) => [oldPath, newUrl]),
        ),
  )
  return EXIT.done
}

const links: Act = async ({ options, output, workFolder, stops }) => {
  const folder = path.resolve(String(options.out))
  const kinds = options.foldersOnly === true ? (['folder'] as const) : (['folder', 'file'] as const)
  const count = await withHost(hostEnvironment(workFolder), async (host) =>
    writeLinks(host, {
      records: await chosen(host, options, stops.drop),
      ...uncFrom(options),
      folder,
      kinds,
      signal: stops.drop,
    }),
  )
  output.result({ folder, links: count }, () => `${count} link files in ${folder}`)
  return EXIT.done
}

function usage(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
