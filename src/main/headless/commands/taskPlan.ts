import type { Command } from 'commander'
import { prioritySchema } from '../../../shared/domain/taskRank.ts'
import { describeSchedule } from '../../../shared/domain/windowText.ts'
import { withHost } from '../../host/createHost.ts'
import { checkPlaces } from '../../host/placeCheck.ts'
import { EXIT } from '../exitCodes.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'
import { hasSchedule, parsed, rankFrom, scheduleFrom, withRankOptions, withScheduleOptions, wrong } from './planOptions.ts'
import { taskDocument } from './taskDocument.ts'
import { destinationFrom, withDestinationOptions } from './taskOptions.ts'

const TASK = 'id, its first characters, or name'

/** What decides when and where a task runs, and tasks made from others. */
export function addTaskPlanCommands(task: Command, invoke: Invoke): void {
  withScheduleOptions(withCommonOptions(task.command('schedule')))
    .description('Say when a task begins, once or again and again; a task that has ended is queued for its next start.')
    .argument('<task>', TASK)
    .option('--clear', 'begin as soon as an agent is free, and do not repeat')
    .action(invoke(schedule))
  withCommonOptions(task.command('priority'))
    .description('Let a task go before others or after them.')
    .argument('<task>', TASK)
    .argument('<level>', 'urgent, high, normal or low')
    .action(invoke(priority))
  withRankOptions(withDestinationOptions(withCommonOptions(task.command('clone'))))
    .description('Add a task like another one.')
    .argument('<task>', TASK)
    .option('--name <text>', 'shown in lists and reports (default: its name and "(copy)")')
    .option('--no-check', 'do not look first whether a new destination is there')
    .action(invoke(clone))
}

const schedule: Act = async ({ args, options, output, workFolder, stops }) => {
  const [reference = ''] = args
  if (options.clear === true && hasSchedule(options))
    throw wrong('--clear goes with no other option.', 'Give a schedule, or clear it.')
  const record = await withHost(hostEnvironment(workFolder), async (host) => {
    if (options.clear === true) return host.tasks.schedule(reference, undefined, stops.drop)
    const zone = typeof options.timeZone === 'string' ? options.timeZone : (await host.fleet.settings(stops.drop)).timeZone
    return host.tasks.schedule(reference, scheduleFrom(options, zone), stops.drop)
  })
  const { task, dueAt } = record
  output.result(taskDocument(record), () =>
    task.schedule
      ? `Task "${task.name}" runs ${describeSchedule(task.schedule)}${dueAt === undefined ? '' : `; next at ${dueAt}`}.`
      : `Task "${task.name}" has no schedule.`,
  )
  return EXIT.done
}

const priority: Act = async ({ args, output, workFolder, stops }) => {
  const [reference = '', level = ''] = args
  const rank = { priority: parsed(prioritySchema, level, 'The priority') }
  const record = await withHost(hostEnvironment(workFolder), (host) => host.tasks.rank(reference, rank, stops.drop))
  output.result(taskDocument(record), () => `Task "${record.task.name}" has the priority ${rank.priority}.`)
  return EXIT.done
}

const clone: Act = async ({ args, options, output, workFolder, stops }) => {
  const [reference = ''] = args
  const destination = destinationFrom(options)
  const record = await withHost(hostEnvironment(workFolder), async (host) => {
    const { task } = await host.tasks.find(reference, stops.drop)
    if (destination && options.check !== false)
      await checkPlaces(host, { destination, createsDestination: task.settings.createDestination }, stops.drop)
    return host.tasks.clone(
      task.id,
      {
        ...rankFrom(options),
        ...(destination ? { destination } : {}),
        ...(typeof options.name === 'string' ? { name: options.name } : {}),
      },
      stops.drop,
    )
  })
  output.result(taskDocument(record), () => `Task ${record.task.id} "${record.task.name}" is ${record.status}.`)
  return EXIT.done
}
