import type { Command } from 'commander'
import { createHost } from '../../host/createHost.ts'
import { runThisAgent } from '../../host/runThisAgent.ts'
import { EXIT } from '../exitCodes.ts'
import { describeProgress } from '../format.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

const NOTE_EVERY_MS = 2000

export function addAgentCommands(program: Command, invoke: Invoke): void {
  const agent = program.command('agent').description('This install as a worker.')
  withCommonOptions(agent.command('run'))
    .description('Take tasks from the shared list and migrate them.')
    .option('--once', 'end when no task is left that this agent may take')
    .option('--name <text>', 'shown in lists and reports (default: the name of this computer)')
    .action(invoke(run))
}

const run: Act = async ({ options, output, workFolder, stops }) => {
  const host = await createHost(hostEnvironment(workFolder))
  let notedAtMs = 0
  try {
    const ended = await runThisAgent(host, {
      once: options.once === true,
      ...(typeof options.name === 'string' ? { name: options.name } : {}),
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
  } finally {
    await host.close()
  }
}
