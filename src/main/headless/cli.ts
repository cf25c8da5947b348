import { Command, CommanderError } from 'commander'
import { addAgentCommands } from './commands/agent.ts'
import { addConnectCommand } from './commands/connect.ts'
import type { Invocation } from './commands/invocation.ts'
import { addReportCommands } from './commands/report.ts'
import { addScanCommand } from './commands/scan.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTaskCommands } from './commands/task.ts'
import { addTenantCommands } from './commands/tenant.ts'
import { addUiCommand } from './commands/ui.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { EXIT, endOf } from './exitCodes.ts'
import { createOutput } from './output.ts'
import { createStops } from './stops.ts'

const program = new Command('portage')
  .description('Moves Windows file shares into Microsoft 365 and proves that every file arrived.')
  .showHelpAfterError('(portage COMMAND --help shows the options)')
  .configureHelp({ showGlobalOptions: true })
  .exitOverride()

const stops = createStops()

/** Wraps what a command does: options, output, stops, and the exit code of whatever it ends with. */
function invoke(act: (invocation: Invocation) => Promise<number>): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1)
    if (!(command instanceof Command)) throw new TypeError('commander passes the command last')
    const options = command.optsWithGlobals<Record<string, unknown>>()
    const output = createOutput(options.json === true)
    const workFolder = typeof options.workDir === 'string' ? options.workDir : undefined
    try {
      process.exitCode = await act({ args: command.args, options, output, workFolder, stops })
    } catch (thrown) {
      const { error, exitCode, sentence } = endOf(thrown)
      if (stops.drop.aborted && error.code === 'INTERNAL') {
        output.note('Stopped. Run the same command again to go on.')
        process.exitCode = EXIT.interrupted
      } else {
        output.note(sentence)
        if (output.isJson) output.result({ error: { code: error.code, message: error.message, fix: error.fix } }, () => '')
        if (error.code === 'INTERNAL' && error.cause instanceof Error) output.note(error.cause.stack ?? '')
        process.exitCode = exitCode
      }
    }
  }
}

addTenantCommands(program, invoke)
addConnectCommand(program, invoke)
addScanCommand(program, invoke)
addTaskCommands(program, invoke)
addAgentCommands(program, invoke)
addStatusCommand(program, invoke)
addReportCommands(program, invoke)
addVerifyCommand(program, invoke)
addUiCommand(program, invoke)

try {
  await program.parseAsync()
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown
  process.exitCode = thrown.exitCode === 0 ? EXIT.done : EXIT.usage
}
stops.dispose()
