import fs from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import type { IdentityView } from '../../../shared/contract/identities.ts'
import { identityMappingSchema } from '../../../shared/domain/identity.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { type Host, withHost } from '../../host/createHost.ts'
import { identityText, readIdentityMap } from '../../host/identityMap.ts'
import { identityViews } from '../../host/identityViews.ts'
import { EXIT } from '../exitCodes.ts'
import { formatCount } from '../format.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'
import { parsed, wrong } from './planOptions.ts'

export function addIdentityCommands(program: Command, invoke: Invoke): void {
  const identity = program
    .command('identity')
    .description('Who the accounts of the sources are at the destination, for the whole project.')
  withCommonOptions(identity.command('list'))
    .description('Accounts that scans and rounds of this install have met, how each was found, and how many items it concerns.')
    .option('--unmapped', 'only accounts that are nobody at the destination')
    .action(invoke(list))
  withCommonOptions(identity.command('suggest'))
    .description('Whom unmapped accounts might be; nothing is taken by itself.')
    .option('--out <file>', 'write the suggestions that are the only one as a mapping file, to be looked through and imported')
    .action(invoke(suggest))
  withCommonOptions(identity.command('import'))
    .description("Settle the rows of Migration Manager's mapping file for every task of the project.")
    .argument('<file>')
    .action(invoke(importRows))
  withCommonOptions(identity.command('export'))
    .description("Write what is settled as Migration Manager's mapping file.")
    .requiredOption('--out <file>')
    .action(invoke(exportRows))
  withCommonOptions(identity.command('map'))
    .description('Settle one account.')
    .argument('<account>', 'SID, or DOMAIN\\name as the source shows it')
    .argument('<target>', 'user principal name; with --group a group of the directory, or site:NAME for one of the site')
    .option('--group', 'the target is a group')
    .action(invoke(mapOne))
  withCommonOptions(identity.command('unmap'))
    .description('Take what was settled for accounts back.')
    .argument('<account...>')
    .action(invoke(unmap))
}

const views = (host: Host, signal: AbortSignal): Promise<readonly IdentityView[]> =>
  identityViews(
    { workFolder: host.environment.workFolder, directory: host.service.directory, identities: host.identities },
    signal,
  )

const list: Act = async ({ options, output, workFolder, stops }) => {
  const all = await withHost(hostEnvironment(workFolder), (host) => views(host, stops.drop))
  const identities = options.unmapped === true ? all.filter(({ isUnmapped }) => isUnmapped) : all
  output.result({ identities }, () =>
    identities.length === 0
      ? 'No accounts are known: scan a source with --permissions first.'
      : textTable(
          ['Account', 'Name', 'Becomes', 'Found by', 'Suggestions', 'Listed on', 'Owns'],
          identities.map((one) => [
            one.source,
            one.name ?? '',
            one.target ?? '—',
            one.way,
            one.suggestions.map(({ target }) => target).join(', '),
            formatCount(one.listedCount),
            formatCount(one.ownedCount),
          ]),
        ),
  )
  return EXIT.done
}

const suggest: Act = async ({ options, output, workFolder, stops }) => {
  const all = await withHost(hostEnvironment(workFolder), (host) => views(host, stops.drop))
  const unmapped = all.filter(({ isUnmapped, suggestions }) => isUnmapped && suggestions.length > 0)
  const rows = unmapped.flatMap(({ source, suggestions }) => {
    const [only, another] = suggestions
    return only === undefined || another !== undefined ? [] : [{ source, ...only }]
  })
  const file = typeof options.out === 'string' ? path.resolve(options.out) : undefined
  if (file !== undefined) write(file, identityText(rows))
  output.result({ identities: unmapped, rows: rows.length, ...(file === undefined ? {} : { file }) }, () =>
    [
      unmapped.length === 0
        ? 'Nothing to suggest.'
        : textTable(
            ['Account', 'Name', 'Might be', 'Listed on', 'Owns'],
            unmapped.map((one) => [
              one.source,
              one.name ?? '',
              one.suggestions.map(({ target }) => target).join(' or '),
              formatCount(one.listedCount),
              formatCount(one.ownedCount),
            ]),
          ),
      ...(file === undefined
        ? []
        : [`${file}: ${formatCount(rows.length)} rows. Look through them, then: portage identity import`]),
    ].join('\n'),
  )
  return EXIT.done
}

const importRows: Act = async ({ args, output, workFolder, stops }) => {
  const rows = await readIdentityMap(path.resolve(String(args[0])), { rowsMax: Number.POSITIVE_INFINITY })
  if (rows.length > 0) await withHost(hostEnvironment(workFolder), (host) => host.identities.put(rows, stops.drop))
  output.result({ rows: rows.length }, () => `${formatCount(rows.length)} accounts are settled for the project.`)
  return EXIT.done
}

const exportRows: Act = async ({ options, output, workFolder, stops }) => {
  const rows = await withHost(hostEnvironment(workFolder), (host) => host.identities.rows(stops.drop))
  const file = path.resolve(String(options.out))
  write(file, identityText(rows))
  output.result({ file, rows: rows.length }, () => `${file}: ${formatCount(rows.length)} rows.`)
  return EXIT.done
}

const mapOne: Act = async ({ args, options, output, workFolder, stops }) => {
  const [source, target] = args
  const isGroup = options.group === true
  if (!isGroup && !/^[^@\s]+@[^@\s]+$/.test(target ?? ''))
    throw wrong(
      `"${target ?? ''}" is no user principal name.`,
      'Write it in the form name@contoso.com, or add --group for a group.',
    )
  const row = parsed(identityMappingSchema, { source, target, isGroup }, 'The account or its target')
  await withHost(hostEnvironment(workFolder), (host) => host.identities.put([row], stops.drop))
  output.result({ row }, () => `${row.source} is ${row.target}.`)
  return EXIT.done
}

const unmap: Act = async ({ args, output, workFolder, stops }) => {
  const removed = await withHost(hostEnvironment(workFolder), (host) => host.identities.remove(args, stops.drop))
  output.result({ removed }, () => `${formatCount(removed)} rows were taken back.`)
  return EXIT.done
}

function write(file: string, text: string): void {
  try {
    fs.writeFileSync(file, text)
  } catch (cause) {
    throw new MigrationError('INPUT_OUTPUT_FOLDER', `The file ${file} cannot be written.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Choose a folder in which this account may create files.',
      cause,
    })
  }
}
