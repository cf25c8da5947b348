import path from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { asMigrationError, MigrationError, toWire } from '../../../shared/errors.ts'
import { EXIT } from '../exitCodes.ts'
import { type RunningTenantRecord, recordTenant, runningTenants, stopTenant } from '../tenantProcess.ts'
import { startInBackground } from '../tenantStart.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

const startOptionsSchema = z.object({
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  data: z.string().optional(),
  seed: z.coerce.number().int().nonnegative().default(1),
  licenses: z.coerce.number().int().positive().default(1000),
  profile: z.enum(['strict', 'lenient']).default('strict'),
  faults: z.string().optional(),
  latency: z.coerce.number().nonnegative().default(0),
  lag: z.coerce.number().nonnegative().default(0),
  officeRewrite: z.coerce.number().min(-1).default(2000),
  foreground: z.boolean().default(false),
})
export type TenantStartOptions = z.infer<typeof startOptionsSchema>

export function addTenantCommands(program: Command, invoke: Invoke): void {
  const tenant = program
    .command('tenant')
    .description('The practice tenant: a strict Microsoft 365 on this machine, for rehearsals and tests.')
  withCommonOptions(tenant.command('start'))
    .description('Start it in the background; prints how to reach it.')
    .option('--port <n>', 'TCP port on 127.0.0.1 (default: a free one)')
    .option('--data <folder>', 'keep the state there across restarts (default: in memory, gone at stop)')
    .option('--seed <n>', 'same seed, same ids and same random behaviour')
    .option('--licenses <n>', 'licences of the tenant; they choose the throttling budgets')
    .option('--profile <name>', 'strict or lenient')
    .option('--faults <file>', 'faults to inject, see docs/practice-tenant.md')
    .option('--latency <ms>', 'added to every answer (default: 0)')
    .option('--lag <ms>', 'listings and queries may miss the writes of so long (default: 0)')
    .option('--office-rewrite <ms>', 'SharePoint changes Office files so long after their upload; -1 = never (default: 2000)')
    .option('--foreground', 'stay in the foreground until Ctrl-C')
    .action(invoke(start))
  withCommonOptions(tenant.command('stop'))
    .description('Stop a practice tenant.')
    .option('--port <n>', 'the one on this port')
    .option('--data <folder>', 'the one with this data folder')
    .action(invoke(stop))
  withCommonOptions(tenant.command('token'))
    .description('Print a usable token set, for pointing other clients at the practice tenant.')
    .option('--user <upn>', 'a token that speaks for this user')
    .option('--app', 'a token that speaks for the practice app')
    .requiredOption('--resource <name>', 'graph or sharepoint')
    .option('--data <folder>', 'the tenant with this data folder (default: the running one)')
    .option('--port <n>', 'the tenant on this port')
    .action(invoke(token))
  withCommonOptions(tenant.command('journal'))
    .description('What the running practice tenant was asked: requests, resource units, throttling, violations.')
    .option('--data <folder>', 'the tenant with this data folder')
    .option('--port <n>', 'the tenant on this port')
    .action(invoke(journal))
  withCommonOptions(tenant.command('faults'))
    .description('Show the faults that the running practice tenant injects, and how often each was used.')
    .option('--clear', 'stop injecting')
    .option('--data <folder>', 'the tenant with this data folder')
    .option('--port <n>', 'the tenant on this port')
    .action(invoke(faults))
}

/** Loaded by the commands that need it: all others start sooner. */
const simulator = () => import('../../../simulator/index.ts')

const start: Act = async ({ options, output, stops }) => {
  const parsed = startOptionsSchema.safeParse(options)
  if (!parsed.success) throw usage(parsed.error, options)
  if (!parsed.data.foreground) {
    const description = await startInBackground(parsed.data)
    output.result(description, () => describe(description))
    return EXIT.done
  }
  const { describeTenant, startTenant } = await simulator()
  const tenant = await startTenant({
    port: parsed.data.port,
    seed: parsed.data.seed,
    licences: parsed.data.licenses,
    profile: parsed.data.profile,
    latencyMs: parsed.data.latency,
    queryLagMs: parsed.data.lag,
    hashLagMs: parsed.data.lag,
    ...(parsed.data.officeRewrite < 0 ? {} : { officeRewriteDelayMs: parsed.data.officeRewrite }),
    ...(parsed.data.data === undefined ? {} : { dataDir: path.resolve(parsed.data.data) }),
    ...(parsed.data.faults === undefined ? {} : { faultsFile: path.resolve(parsed.data.faults) }),
  }).catch((thrown: unknown) => {
    const error = startProblem(thrown, parsed.data)
    process.send?.({ kind: 'failed', error: toWire(error) })
    throw error
  })
  const record = recordTenant({ pid: process.pid, port: tenant.port, dataDir: tenant.dataDir })
  const description = describeTenant(tenant)
  output.event(description, () => describe(description))
  process.send?.({ kind: 'ready', description })
  await new Promise<void>((resolve) => {
    stops.drain.addEventListener('abort', () => resolve(), { once: true })
    void tenant.stopped.then(resolve)
  })
  await tenant.close()
  record.remove()
  return EXIT.done
}

function describe(description: object): string {
  const known = z
    .object({ connectionFile: z.string(), port: z.number(), caFile: z.string(), users: z.array(z.object({ upn: z.string() })) })
    .parse(description)
  return [
    `Practice tenant on 127.0.0.1:${known.port}`,
    `  connection   ${known.connectionFile}`,
    `  certificate  ${known.caFile}`,
    `  users        ${known.users.map((user) => user.upn).join(', ')}`,
    `Connect with: portage connect --connection ${known.connectionFile}`,
  ].join('\n')
}

/** The one running tenant that the options mean. */
function chosen(options: Readonly<Record<string, unknown>>): RunningTenantRecord {
  const data = typeof options.data === 'string' ? path.resolve(options.data) : undefined
  const port = options.port === undefined ? undefined : Number(options.port)
  if (port !== undefined && !Number.isInteger(port))
    throw wrong(`--port is "${String(options.port)}".`, 'Give the number of a port.')
  const found = runningTenants().filter(
    (one) => (data === undefined || one.dataDir === data) && (port === undefined || one.port === port),
  )
  const [only] = found
  if (only && found.length === 1) return only
  const which = port === undefined ? (data === undefined ? '' : ` with the data folder ${data}`) : ` on port ${port}`
  throw new MigrationError(
    'INPUT_USAGE',
    only
      ? `${found.length} practice tenants are running (ports ${found.map((one) => one.port).join(', ')}).`
      : `No practice tenant${which} is running.`,
    { remedy: { kind: 'stopTask' }, fix: only ? 'Say which one with --port.' : 'Start one with "portage tenant start".' },
  )
}

const stop: Act = async ({ options, output }) => {
  const record = chosen(options)
  await stopTenant(record)
  output.result(
    { stopped: true, port: record.port, dataDir: record.dataDir },
    () => `Stopped the practice tenant on port ${record.port}.`,
  )
  return EXIT.done
}

const token: Act = async ({ options, output }) => {
  const resource = z.enum(['graph', 'sharepoint']).safeParse(options.resource)
  if (!resource.success)
    throw new MigrationError('INPUT_USAGE', `--resource is "${String(options.resource)}".`, {
      remedy: { kind: 'stopTask' },
      fix: 'Use graph or sharepoint.',
    })
  const upn = typeof options.user === 'string' ? options.user : undefined
  if ((upn === undefined) === (options.app !== true)) {
    throw new MigrationError('INPUT_USAGE', 'A token speaks for one user or for the app.', {
      remedy: { kind: 'stopTask' },
      fix: 'Give either --user UPN or --app.',
    })
  }
  const hosts = { graph: 'https://graph.microsoft.com', sharepoint: 'https://contoso.sharepoint.com' }
  const { practiceToken } = await simulator()
  const tokens = await practiceToken({
    dataDir: chosen(options).dataDir,
    resource: hosts[resource.data],
    ...(upn === undefined ? {} : { upn }),
  }).catch((thrown: unknown) => {
    const isUnknown = upn !== undefined && thrown instanceof Error && /answered 404/.test(thrown.message)
    throw isUnknown ? wrong(`There is no user ${upn} in the practice tenant.`, 'portage tenant start lists the users.') : thrown
  })
  output.result(tokens, () => JSON.stringify(tokens, null, 2))
  return EXIT.done
}

const journal: Act = async ({ options, output }) => {
  const { callTenant } = await simulator()
  const summary = await callTenant(chosen(options).dataDir, '/journal/summary')
  output.result(summary, () => JSON.stringify(summary, null, 2))
  return EXIT.done
}

const faults: Act = async ({ options, output }) => {
  const { callTenant } = await simulator()
  const report = await callTenant(chosen(options).dataDir, '/faults', options.clear === true ? { method: 'DELETE' } : {})
  output.result(report, () => JSON.stringify(report, null, 2))
  return EXIT.done
}

const TAKES: Readonly<Record<string, string>> = {
  port: 'a number from 0 to 65535',
  seed: 'a whole number that is not negative',
  licenses: 'a whole number above 0',
  profile: 'strict or lenient',
  latency: 'milliseconds that are not negative',
  lag: 'milliseconds that are not negative',
  officeRewrite: 'milliseconds, or -1 for never',
}

function usage(error: z.ZodError, given: Readonly<Record<string, unknown>>): MigrationError {
  const name = String(error.issues[0]?.path[0] ?? 'option')
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  return wrong(`${flag} is "${String(given[name])}".`, `Give ${TAKES[name] ?? 'what portage tenant start --help shows'}.`)
}

/** Why a tenant did not start, in words that name what was given. */
function startProblem(thrown: unknown, given: TenantStartOptions): MigrationError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const place = thrown instanceof Error && 'path' in thrown ? String(thrown.path) : ''
  if (code === 'EADDRINUSE') return wrong(`Port ${given.port} is in use.`, 'Leave --port out to get a free one.')
  if (code === 'EACCES' && place === '')
    return wrong(`Port ${given.port} may not be used by this account.`, 'Give a port above 1023.')
  if (
    given.faults !== undefined &&
    (place === path.resolve(given.faults) || (thrown instanceof Error && /fault script/.test(thrown.message)))
  ) {
    const why =
      code === '' && thrown instanceof Error
        ? thrown.message.replaceAll(/Invalid input: expected [^\n→]*received undefined/g, 'missing').replaceAll(/\s*\n\s*/g, ' ')
        : `it cannot be read (${code})`
    return wrong(`The fault file ${given.faults} is of no use: ${why}.`, 'docs/practice-tenant.md shows what it may hold.')
  }
  if (given.data !== undefined && (place.startsWith(path.resolve(given.data)) || place !== '')) {
    return new MigrationError('INPUT_OUTPUT_FOLDER', `The data folder ${given.data} cannot be used (${code}).`, {
      remedy: { kind: 'stopTask' },
      fix: 'Give a folder that you may write with --data, or leave it out.',
    })
  }
  if (code === '' && thrown instanceof Error && /^The data folder/.test(thrown.message))
    return wrong(thrown.message, 'Stop that tenant, or give another folder with --data.')
  return asMigrationError(thrown)
}

function wrong(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
