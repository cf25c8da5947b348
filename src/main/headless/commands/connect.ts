import fs from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { errorCatalogue } from '../../../shared/errorCatalogue.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { type ConnectResult, connect } from '../../host/connect.ts'
import { EXIT } from '../exitCodes.ts'
import { openUrl } from '../openUrl.ts'
import { textTable } from '../output.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

const optionsSchema = z.object({
  connection: z.string().optional(),
  tenant: z.string().optional(),
  clientId: z.string().optional(),
  site: z.string().optional(),
  cloud: z.string().optional(),
  certificate: z.string().optional(),
  privateKey: z.string().optional(),
  deviceCode: z.boolean().default(false),
  interactive: z.boolean().default(false),
  repair: z.boolean().default(false),
})

export function addConnectCommand(program: Command, invoke: Invoke): void {
  withCommonOptions(program.command('connect'))
    .description('Sign in to a tenant, check roles and access, and prepare the shared task list.')
    .option('--connection <file>', 'a connection file, for example of the practice tenant')
    .option('--tenant <id>', 'tenant id or domain, for example contoso.onmicrosoft.com')
    .option('--client-id <id>', 'your app registration')
    .option('--site <url>', 'the site that holds the shared task list')
    .option('--cloud <name>', 'global, usGov, usGovHigh, dod or china (default: global)')
    .option('--certificate <file>', 'sign in as the app with this certificate (PEM; may hold the key as well)')
    .option('--private-key <file>', 'its private key (PEM)')
    .option('--device-code', 'sign in as a person with a code on any device')
    .option('--interactive', 'sign in as a person in the browser of this machine')
    .option('--repair', 'mend damaged lists of the coordination site; no agent may work meanwhile')
    .action(invoke(run))
}

const run: Act = async ({ options, output, workFolder, stops }) => {
  const given = optionsSchema.parse(options)
  const environment = hostEnvironment(workFolder, {
    openUrl,
    showDeviceCode: (message) => output.note(message),
  })
  const ways = [given.certificate !== undefined, given.deviceCode, given.interactive].filter(Boolean).length
  if (ways > 1)
    throw usage('More than one way to sign in was given.', 'Give one of --certificate, --device-code and --interactive.')
  const isAgain =
    given.repair && given.tenant === undefined && given.site === undefined && fs.existsSync(environment.workFolder.connectionFile)
  const file = given.connection ?? (isAgain ? environment.workFolder.connectionFile : undefined)
  if (file === undefined) {
    for (const [name, value] of [
      ['--tenant', given.tenant],
      ['--client-id', given.clientId],
      ['--site', given.site],
    ] as const) {
      if (value === undefined)
        throw usage(`${name} is missing.`, 'Give --connection FILE, or --tenant, --client-id, --site and a way to sign in.')
    }
    if (!/^https:\/\/[^/]/.test(given.site ?? ''))
      throw usage(
        `--site is "${given.site ?? ''}".`,
        'Give the full https address of a site, for example https://contoso.sharepoint.com/sites/migration.',
      )
    if (ways === 0) throw usage('No way to sign in was given.', 'Add --certificate FILE, --device-code or --interactive.')
  }
  const result = await connect(
    environment,
    {
      file,
      repairs: given.repair,
      tenant: given.tenant,
      clientId: given.clientId,
      coordinationSite: given.site,
      cloud: given.cloud,
      auth: given.certificate
        ? { kind: 'certificate', certificateFile: given.certificate, privateKeyFile: given.privateKey ?? given.certificate }
        : given.deviceCode
          ? { kind: 'deviceCode' }
          : given.interactive
            ? { kind: 'interactive' }
            : undefined,
    },
    stops.drop,
  )
  output.result({ connected: result.isConnected, ...result, ...errorOf(result) }, () =>
    [
      textTable(
        ['', 'Check', 'Found'],
        result.checks.map((check) => [
          check.ok ? 'ok' : 'FAIL',
          check.check,
          check.ok || !check.fix ? check.found : `${check.found} ${check.fix}`,
        ]),
      ),
      '',
      ...result.repaired,
      result.isConnected ? `Connected to ${result.tenantId}. Secrets: ${result.secretProtection}.` : 'Not connected.',
    ].join('\n'),
  )
  const failed = result.checks.find((check) => !check.ok)
  if (failed)
    output.note(
      `Not connected: ${failed.found}${/[.!?]$/.test(failed.found) ? '' : '.'} ${failed.fix ?? 'Mend this and connect again.'}`,
    )
  if (result.isConnected) return EXIT.done
  return failed?.code === undefined ? EXIT.notAllowed : errorCatalogue[failed.code].exitCode
}

/** What stands in the way, in the form in which every command tells its error. */
function errorOf({ checks }: ConnectResult): object {
  const failed = checks.find((check) => !check.ok)
  if (!failed) return {}
  return {
    error: {
      code: failed.code ?? 'AUTH_CONSENT_NEEDED',
      message: failed.found,
      fix: failed.fix ?? 'Mend this and connect again.',
    },
  }
}

function usage(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
