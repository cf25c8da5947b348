import path from 'node:path'
import type { Command } from 'commander'
import type { WaveDraft } from '../../../shared/domain/wave.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { MINUTE_MS } from '../../../shared/units.ts'
import { withHost } from '../../host/createHost.ts'
import { type CheckedTask, type CheckOptions, type Cutover, createCutover } from '../../host/cutover.ts'
import { writeReconciliation, writeRollback } from '../../host/cutoverExports.ts'
import { recordsOf } from '../../host/waveTasks.ts'
import { EXIT } from '../exitCodes.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invocation, type Invoke, withCommonOptions } from './invocation.ts'
import { checkedDocument, describeChecked, describeWave, waveDocument } from './waveText.ts'

/** Differences that one run keeps to print or write; the counts go on. */
const KEPT_MAX = 100_000
const SHOWN = 20

export function addWaveCommands(program: Command, invoke: Invoke): void {
  const wave = program
    .command('wave')
    .description('Tasks that are cut over together: dates, gates, go or no go, and what follows.')
  const named = (name: string, description: string): Command =>
    withCommonOptions(wave.command(name)).description(description).argument('<wave>', 'its name')
  withCommonOptions(wave.command('list')).description('Show all waves, each with whether it is a go.').action(invoke(list))
  named('show', 'The go/no-go list of a wave: every gate, and what to do about it.').action(invoke(show))
  named('plan', 'Make a wave, or change one: what is left out stays as it was.')
    .option('--tag <text>', 'its tasks are those with this tag (needed for a new wave)')
    .option('--date <time>', 'the last round does not begin before, for example 2026-11-22T20:00:00Z')
    .option('--frozen-from <time>', 'from then on nobody is to change anything at the sources')
    .option('--max-failed <n>', 'items that may have failed in the last rounds (default: 0)')
    .option('--max-minutes <n>', 'longest that the last round of a task may be expected to take')
    .option('--freeze-age <minutes>', 'how old the freeze check may be (default: 30)')
    .option('--without <gate>', 'do not ask for freeze, permissions or mapping; may be repeated', collect)
    .action(invoke(plan))
  named('delete', 'Remove a wave; its tasks stay.').action(invoke(remove))
  named('rehearse', 'Everything of the last round but its writes: what it would send, and how long that takes.').action(
    invoke(rehearse),
  )
  named('freeze-check', 'Whether the sources stand still: open and locked files, and files that changed too late.')
    .option('--quiet <minutes>', 'a file that changed within this time changed too late (default: 15)')
    .action(invoke(freezeCheck))
  named('go', 'Begin the last round of every task, when every gate is met.')
    .option('--despite <reason>', 'begin although a gate is not met; the reason stands in the audit')
    .action(invoke(go))
  named('reconcile', 'Compare sources and destination anew, item by item, and name whatever is not the same.')
    .option('--out <folder>', 'write the differences there as CSV')
    .action(invoke(reconcile))
  named('rollback-list', 'What the rounds of the wave made or replaced at the destination, as CSV.')
    .requiredOption('--out <folder>')
    .action(invoke(rollbackList))
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

function withCutover<T>({ workFolder }: Invocation, act: (cutover: Cutover) => Promise<T>): Promise<T> {
  return withHost(hostEnvironment(workFolder), (host) => act(createCutover(host)))
}

const list: Act = async (invocation) => {
  const { output, stops } = invocation
  const states = await withCutover(invocation, (cutover) => cutover.list(stops.drop))
  output.result(states.map(waveDocument), () =>
    states.length === 0
      ? 'No waves yet. Make one with "portage wave plan NAME --tag TAG".'
      : textTable(
          ['Name', 'Tag', 'Tasks', 'Date', 'Go', 'Begun'],
          states.map(({ wave, tasks, isGo }) => [
            wave.name,
            wave.tag,
            String(tasks.length),
            wave.plannedFor ?? '',
            isGo ? 'go' : 'no go',
            wave.gone?.at ?? '',
          ]),
        ),
  )
  return EXIT.done
}

const show: Act = async (invocation) => {
  const { args, output, stops } = invocation
  const state = await withCutover(invocation, (cutover) => cutover.show(args[0] ?? '', stops.drop))
  output.result(waveDocument(state), () => describeWave(state))
  return EXIT.done
}

const plan: Act = async (invocation) => {
  const { args, options, output, stops } = invocation
  const name = args[0] ?? ''
  const state = await withHost(hostEnvironment(invocation.workFolder), async (host) => {
    const known = (await host.waves.list(stops.drop)).find((wave) => wave.name.toLowerCase() === name.trim().toLowerCase())
    const tag = typeof options.tag === 'string' ? options.tag : known?.tag
    if (tag === undefined) throw usage('A new wave needs a tag.', 'Say which tasks belong to it with --tag.')
    return createCutover(host).plan({ name, tag, ...datesFrom(options), gates: gatesFrom(options) }, stops.drop)
  })
  output.result(waveDocument(state), () => describeWave(state))
  return EXIT.done
}

type Options = Readonly<Record<string, unknown>>

function datesFrom(options: Options): Pick<WaveDraft, 'plannedFor' | 'frozenFrom'> {
  const moment = (value: unknown, option: string): string => {
    const ms = /^\d{4}-\d{2}-\d{2}T/.test(String(value)) ? Date.parse(String(value)) : Number.NaN
    if (Number.isNaN(ms))
      throw usage(`${option} is "${String(value)}".`, 'Write the time like 2026-11-22T20:00:00Z or 2026-11-22T20:00:00+01:00.')
    return new Date(ms).toISOString()
  }
  return {
    ...(options.date === undefined ? {} : { plannedFor: moment(options.date, '--date') }),
    ...(options.frozenFrom === undefined ? {} : { frozenFrom: moment(options.frozenFrom, '--frozen-from') }),
  }
}

function gatesFrom(options: Options): NonNullable<WaveDraft['gates']> {
  const without = Array.isArray(options.without) ? options.without.map(String) : []
  const unknown = without.find((gate) => !['freeze', 'permissions', 'mapping'].includes(gate))
  if (unknown !== undefined) throw usage(`--without is "${unknown}".`, 'It takes freeze, permissions or mapping.')
  return {
    ...(options.maxFailed === undefined ? {} : { failedMax: whole(options.maxFailed, '--max-failed', 0) }),
    ...(options.maxMinutes === undefined ? {} : { deltaMaxMs: whole(options.maxMinutes, '--max-minutes', 1) * MINUTE_MS }),
    ...(options.freezeAge === undefined ? {} : { freezeMaxAgeMs: whole(options.freezeAge, '--freeze-age', 1) * MINUTE_MS }),
    ...(without.includes('freeze') ? { needsFreezeCheck: false } : {}),
    ...(without.includes('permissions') ? { needsPermissions: false } : {}),
    ...(without.includes('mapping') ? { needsMapping: false } : {}),
  }
}

function whole(value: unknown, option: string, least: number): number {
  const number = /^\d{1,9}$/.test(String(value)) ? Number(value) : Number.NaN
  if (number >= least) return number
  throw usage(`${option} is "${String(value)}".`, `It takes a whole number from ${least} on.`)
}

const remove: Act = async (invocation) => {
  const { args, output, stops } = invocation
  const wave = await withCutover(invocation, (cutover) => cutover.remove(args[0] ?? '', stops.drop))
  output.result({ name: wave.name, tag: wave.tag }, () => `Wave "${wave.name}" was removed.`)
  return EXIT.done
}

interface Kept {
  readonly rows: { readonly task: string; readonly [column: string]: string }[]
}

/** Runs a check and says task by task what it found; 3 = something is not as it should be. */
async function check(
  invocation: Invocation,
  run: (cutover: Cutover, options: CheckOptions) => Promise<readonly CheckedTask[]>,
  isGood: (task: CheckedTask) => boolean,
): Promise<number> {
  const { output, stops } = invocation
  const kept: Kept = { rows: [] }
  const tasks = await withCutover(invocation, (cutover) =>
    run(cutover, {
      onTask: (name) => output.note(`${name} …`),
      onDifference: ({ task }, { kind, itemKind, path: at, url, cause, detail }) => {
        if (kept.rows.length < KEPT_MAX)
          kept.rows.push({ task: task.name, result: kind, type: itemKind, path: at, url, cause, detail })
      },
      onFreezeFinding: ({ task }, { kind, path: at, detail }) => {
        if (kept.rows.length < KEPT_MAX) kept.rows.push({ task: task.name, result: kind, path: at, detail })
      },
      signal: stops.drop,
    }),
  )
  const areGood = tasks.every((task) => task.error === undefined && isGood(task))
  output.result({ isGood: areGood, tasks: tasks.map(checkedDocument), findings: kept.rows }, () =>
    [
      describeChecked(tasks),
      ...(kept.rows.length === 0
        ? []
        : [
            '',
            textTable(
              ['Task', 'Result', 'Path', 'What'],
              kept.rows.slice(0, SHOWN).map((row) => [row.task, row.result ?? '', row.path ?? '', row.detail ?? '']),
            ),
            ...(kept.rows.length > SHOWN ? [`… and ${kept.rows.length - SHOWN} more; --json has them.`] : []),
          ]),
    ].join('\n'),
  )
  return areGood ? EXIT.done : EXIT.someFailed
}

const rehearse: Act = (invocation) =>
  check(
    invocation,
    (cutover, options) => cutover.rehearse(invocation.args[0] ?? '', options),
    () => true,
  )

const freezeCheck: Act = (invocation) => {
  const { quiet } = invocation.options
  const quietMs = quiet === undefined ? undefined : whole(quiet, '--quiet', 0) * MINUTE_MS
  return check(
    invocation,
    (cutover, options) => cutover.freezeCheck(invocation.args[0] ?? '', { ...options, quietMs }),
    ({ freeze }) => freeze?.isFrozen === true,
  )
}

const reconcile: Act = async (invocation) => {
  const { args, options, output, stops } = invocation
  if (options.out === undefined) {
    return check(
      invocation,
      (cutover, how) => cutover.reconcile(args[0] ?? '', how),
      ({ comparison }) =>
        comparison !== undefined && comparison.missing + comparison.different + comparison.extra + comparison.left === 0,
    )
  }
  const folder = path.resolve(String(options.out))
  const result = await withHost(hostEnvironment(invocation.workFolder), (host) =>
    writeReconciliation(createCutover(host), args[0] ?? '', {
      folder,
      onTask: (name) => output.note(`${name} …`),
      signal: stops.drop,
    }),
  )
  output.result(
    { isGood: result.isZero, tasks: result.tasks.map(checkedDocument), file: result.path, rows: result.rowCount },
    () => [describeChecked(result.tasks), '', `${result.path} (${result.rowCount} rows)`].join('\n'),
  )
  return result.isZero ? EXIT.done : EXIT.someFailed
}

const go: Act = async (invocation) => {
  const { args, options, output, stops } = invocation
  const despite = typeof options.despite === 'string' && options.despite.trim() !== '' ? options.despite.trim() : undefined
  const state = await withCutover(invocation, (cutover) => cutover.go(args[0] ?? '', { despite, signal: stops.drop }))
  output.result(waveDocument(state), () => `The last round of ${state.tasks.length} tasks of "${state.wave.name}" has begun.`)
  return EXIT.done
}

const rollbackList: Act = async ({ args, options, output, workFolder, stops }) => {
  const folder = path.resolve(String(options.out))
  const written = await withHost(hostEnvironment(workFolder), async (host) => {
    const wave = await host.waves.find(args[0] ?? '', stops.drop)
    return writeRollback(host, { records: await recordsOf(host, wave, stops.drop), folder, signal: stops.drop })
  })
  output.result({ file: written.path, rows: written.rowCount }, () => `${written.path} (${written.rowCount} rows)`)
  return EXIT.done
}

function usage(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
