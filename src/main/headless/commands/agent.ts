import type { Command } from 'commander'
import { groupNameSchema } from '../../../shared/domain/taskRank.ts'
import { asMigrationError, isPassingOutage, MigrationError } from '../../../shared/errors.ts'
import { SECOND_MS } from '../../../shared/units.ts'
import { createHost } from '../../host/createHost.ts'
import { runThisAgent } from '../../host/runThisAgent.ts'
import { EXIT } from '../exitCodes.ts'
import { describeProgress } from '../format.ts'
import { addAgentListCommands, placesFrom } from './agents.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'
import { parsed } from './planOptions.ts'

const NOTE_EVERY_MS = 2000

export function addAgentCommands(program: Command, invoke: Invoke): void {
  const agent = program.command('agent').description('This install as a worker, and all others.')
  withCommonOptions(agent.command('run'))
    .description('Take tasks from the shared list and migrate them.')
    .option('--once', 'end when no task is left that this agent may take')
    .option('--patience <seconds>', 'with --once: how long a service that went away is waited for (default: 60)')
    .option('--name <text>', 'shown in lists and reports (default: the name of this computer)')
    .option('--group <name>', 'take the tasks of this group, and scans of all')
    .option('--tasks <count>', 'tasks at the same time (default: by cores and memory)')
    .action(invoke(run))
  addAgentListCommands(agent, invoke)
}

const run: Act = async ({ options, output, workFolder, stops }) => {
  const host = await createHost(hostEnvironment(workFolder))
  let notedAtMs = 0
  try {
    const ended = await runThisAgent(host, {
      once: options.once === true,
      ...(typeof options.name === 'string' ? { name: options.name } : {}),
      group: options.group === undefined ? undefined : parsed(groupNameSchema, options.group, '--group'),
      places: options.tasks === undefined ? undefined : placesFrom(options.tasks, '--tasks'),
      patienceMs: patienceFrom(options.patience),
      onOutage(error) {
        output.event(
          error ? { event: 'waiting', error: { code: error.code, message: error.message } } : { event: 'goesOn' },
          () => (error ? `Waiting for the service: ${error.message}` : 'The service answers again.'),
        )
      },
      drain: stops.drain,
      drop: stops.drop,
      onProgress(record, progress) {
        const nowMs = host.environment.clock.now()
        if (nowMs - notedAtMs < NOTE_EVERY_MS && progress.stage !== 'done') return
        notedAtMs = nowMs
        output.event(
          { event: 'progress', taskId: record.task.id, name: record.task.name, progress },
          () => `${record.task.name}: ${describeProgress(progress)}`,
        )
      },
    })
    for (const task of ended) {
      output.event(
        { event: 'ended', ...task },
        () => `${task.name}: ${task.status}${task.reason === undefined ? '' : ` — ${task.reason}`}`,
      )
    }
    if (stops.drain.aborted) return EXIT.interrupted
    return ended.every((task) => task.status === 'completed' || task.status === 'readyToMigrate') ? EXIT.done : EXIT.someFailed
  } catch (thrown) {
    const error = asMigrationError(thrown)
    if (!isPassingOutage(error)) throw thrown
    throw new MigrationError('NET_INTERRUPTED', error.message, {
      remedy: { kind: 'retry' },
      fix: `${error.fix ?? 'Check the network.'} Then run the same command again: it goes on where it stopped.`,
      cause: error,
    })
  } finally {
    await host.close()
  }
}

function patienceFrom(given: unknown): number | undefined {
  if (given === undefined) return undefined
  const seconds = Number(given)
  if (typeof given === 'string' && given.trim() !== '' && seconds >= 0) return seconds * SECOND_MS
  throw new MigrationError('INPUT_USAGE', `--patience is "${String(given)}".`, {
    remedy: { kind: 'stopTask' },
    fix: 'Give a number of seconds.',
  })
}
