import type { Command } from 'commander'
import type { AuditEntry } from '../../../shared/domain/audit.ts'
import { withHost } from '../../host/createHost.ts'
import { EXIT } from '../exitCodes.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

export function addAuditCommands(program: Command, invoke: Invoke): void {
  const audit = program.command('audit').description('Who did what to which task, and when.')
  withCommonOptions(audit.command('list'))
    .description('Show the audit, oldest first.')
    .option('--task <task>', 'only of this task: id, or the name it had')
    .action(invoke(list))
  withCommonOptions(audit.command('verify'))
    .description('Prove that no entry was changed, removed or put in.')
    .action(invoke(verify))
}

const list: Act = async ({ options, output, workFolder, stops }) => {
  const all = await withHost(hostEnvironment(workFolder), (host) => host.audit.read(stops.drop))
  const { task } = options
  const isWanted = ({ taskId, subject }: AuditEntry) =>
    typeof task !== 'string' || subject === task || (task.length >= 4 && taskId?.startsWith(task) === true)
  const entries = all.filter(isWanted)
  output.result(entries, () =>
    entries.length === 0
      ? 'Nothing was done yet.'
      : textTable(
          ['When', 'Who', 'What', 'To', 'Detail'],
          entries.map(({ at, who, action, subject, detail }) => [at, who, action, subject ?? '', detail ?? '']),
        ),
  )
  return EXIT.done
}

const verify: Act = async ({ output, workFolder, stops }) => {
  const result = await withHost(hostEnvironment(workFolder), (host) => host.audit.verify(stops.drop))
  output.result({ isIntact: result.findings.length === 0, ...result }, () =>
    [
      ...result.findings.map(({ text }) => text),
      `${result.entryCount} entries of ${result.chainCount} installs: ${result.findings.length === 0 ? 'nothing was changed, removed or put in.' : 'the audit was tampered with.'}`,
    ].join('\n'),
  )
  return result.findings.length === 0 ? EXIT.done : EXIT.someFailed
}
