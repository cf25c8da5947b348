import { Command } from 'commander'
import { addAgentCommands } from './commands/agent.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addConnectCommand } from './commands/connect.ts'
import { addIdentityCommands } from './commands/identity.ts'
import type { Invoke } from './commands/invocation.ts'
import { addRedirectCommands } from './commands/redirect.ts'
import { addReportCommands } from './commands/report.ts'
import { addScanCommand } from './commands/scan.ts'
import { addSettingsCommands } from './commands/settings.ts'
import { addSourceCommands } from './commands/source.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTaskCommands } from './commands/task.ts'
import { addTenantCommands } from './commands/tenant.ts'
import { addUiCommand } from './commands/ui.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { addWaveCommands } from './commands/wave.ts'

/** All commands of `portage`. Throws CommanderError instead of ending the process, and says nothing by itself but help. */
export function createProgram(invoke: Invoke): Command {
  const program = new Command('portage')
    .description('Moves Windows file shares into Microsoft 365 and proves that every file arrived.')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => undefined, outputError: () => undefined })
    .exitOverride()
  for (const add of [
    addTenantCommands,
    addConnectCommand,
    addScanCommand,
    addIdentityCommands,
    addTaskCommands,
    addAgentCommands,
    addSourceCommands,
    addStatusCommand,
    addSettingsCommands,
    addAuditCommands,
    addReportCommands,
    addVerifyCommand,
    addWaveCommands,
    addRedirectCommands,
    addUiCommand,
  ])
    add(program, invoke)
  return program
}
