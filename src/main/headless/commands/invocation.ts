import type { Command } from 'commander'
import type { Output } from '../output.ts'
import type { Stops } from '../stops.ts'

/** One run of one command. */
export interface Invocation {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
  readonly output: Output
  /** `--work-dir`, when given. */
  readonly workFolder: string | undefined
  readonly stops: Stops
}

/** Resolves to the exit code. */
export type Act = (invocation: Invocation) => Promise<number>
export type Invoke = (act: Act) => (...args: unknown[]) => Promise<void>

/** The two options that every command takes. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON document on stdout (one per line for streams); logs on stderr')
    .option('--work-dir <folder>', 'connection, journals and reports of this install (default: ~/.portage)')
}
