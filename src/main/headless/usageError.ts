import type { Command, CommanderError } from 'commander'
import { MigrationError } from '../../shared/errors.ts'

/** What was wrong with a command line, in one sentence, and which --help shows the right way. */
export function usageError(thrown: CommanderError, program: Command, args: readonly string[]): MigrationError {
  const command = commandOf(program, args)
  const path = pathOf(command)
  const said = thrown.message.replace(/^error: /, '').replaceAll('\n', ' ')
  const names = command.commands.map((one) => one.name()).join(', ')
  // Only commands that do something have options; the words before them are no commands.
  const isHelp = thrown.code === 'commander.help' || (names !== '' && said === "unknown option '--json'")
  const message = isHelp ? `${path} needs a command: ${names}.` : `${said.charAt(0).toUpperCase()}${said.slice(1)}.`
  return new MigrationError('INPUT_USAGE', message.replace(/([.?)])\.$/, '$1'), {
    remedy: { kind: 'stopTask' },
    fix: `${path} --help shows what there is.`,
  })
}

/** The innermost command that the words name. */
function commandOf(program: Command, args: readonly string[]): Command {
  let found = program
  for (const word of args) {
    const next = found.commands.find((one) => one.name() === word)
    if (next === undefined) break
    found = next
  }
  return found
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}
