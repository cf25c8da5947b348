import type { Command } from 'commander'
import { withHost } from '../../host/createHost.ts'
import { verifyTask } from '../../host/verify.ts'
import { EXIT } from '../exitCodes.ts'
import { formatBytes, formatCount } from '../format.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

const SHOWN = 20

export function addVerifyCommand(program: Command, invoke: Invoke): void {
  withCommonOptions(program.command('verify'))
    .description('Prove a task once more from a fresh listing of the destination. Writes nothing.')
    .argument('<task>', 'id, its first characters, or name')
    .action(invoke(run))
}

const run: Act = async ({ args, output, workFolder, stops }) => {
  const result = await withHost(hostEnvironment(workFolder), (host) => verifyTask(host, args[0] ?? '', stops.drop))
  const { receipts, migrated, failed, skipped, unfinished } = result
  output.result(result, () =>
    [
      `${result.name}: ${formatCount(migrated.files)} of ${formatCount(result.source.files)} files are at the destination (${formatBytes(migrated.bytes)}).`,
      `Receipts: ${receipts.exact} exact, ${receipts.rewritten} rewritten, ${receipts.different} different, ${receipts.unverifiable} unverifiable.`,
      ...(failed.length + skipped.length + unfinished.length > 0
        ? [
            textTable(
              ['Path', 'Code', 'What'],
              [...failed, ...unfinished, ...skipped].slice(0, SHOWN).map((item) => [item.path, item.code ?? '', item.message]),
            ),
          ]
        : []),
    ].join('\n'),
  )
  return failed.length + unfinished.length === 0 ? EXIT.done : EXIT.someFailed
}
