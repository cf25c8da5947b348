import { Command, CommanderError } from 'commander'
import type { Invocation } from './commands/invocation.ts'
import { EXIT, endOf, INTERRUPTED } from './exitCodes.ts'
import { createOutput, endWithReader } from './output.ts'
import { createProgram } from './program.ts'
import { createStops } from './stops.ts'
import { usageError } from './usageError.ts'

const stops = createStops()
endWithReader(process.stdout)

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
      end(thrown, options.json === true)
    }
  }
}

/** One line for people on stderr, one document for scripts on stdout, and the exit code. */
function end(thrown: unknown, isJson: boolean): void {
  const output = createOutput(isJson)
  const { error, exitCode, sentence, document } = endOf(thrown)
  if (stops.drop.aborted && error.code === 'INTERNAL') {
    output.note(`${INTERRUPTED.error.message} ${INTERRUPTED.error.fix}`)
    if (isJson) output.result(INTERRUPTED, () => '')
    process.exitCode = EXIT.interrupted
    return
  }
  output.note(sentence)
  if (isJson) output.result(document, () => '')
  const cause = error.cause ?? thrown
  if (process.env.PORTAGE_LOG === 'debug' && cause instanceof Error) process.stderr.write(`${cause.stack ?? ''}\n`)
  process.exitCode = exitCode
}

const program = createProgram(invoke)
const asksForJson = process.argv.includes('--json')
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (thrown: unknown) => {
    end(thrown, asksForJson)
    process.exit()
  })
}

try {
  await program.parseAsync()
} catch (thrown) {
  if (!(thrown instanceof CommanderError)) throw thrown
  if (thrown.exitCode === 0) process.exitCode = EXIT.done
  else end(usageError(thrown, program, process.argv.slice(2)), asksForJson)
}
stops.dispose()
