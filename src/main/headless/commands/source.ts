import type { Command } from 'commander'
import { createShareCredentials, type ShareCredential } from '../../host/shareCredentials.ts'
import { EXIT } from '../exitCodes.ts'
import { textTable } from '../output.ts'
import { askSecret } from '../secretPrompt.ts'
import { hostEnvironment } from './hostEnvironment.ts'
import { type Act, type Invoke, withCommonOptions } from './invocation.ts'

export function addSourceCommands(program: Command, invoke: Invoke): void {
  const credentials = program
    .command('source')
    .description('File servers that this install reads from.')
    .command('credentials')
    .description('With which accounts this install signs in to file servers. Passwords stay in the secrets of this install.')
  withCommonOptions(credentials.command('set'))
    .description('Store the account for a share, or for all shares of a server; the password is asked for, or read from stdin.')
    .argument('<share>', '\\\\server\\share, smb://server/share, or \\\\server')
    .requiredOption('--user <name>', 'DOMAIN\\name, name@domain, or a name of the server itself')
    .action(invoke(set))
  withCommonOptions(credentials.command('list')).description('Show shares and accounts, never passwords.').action(invoke(list))
  withCommonOptions(credentials.command('remove'))
    .description('Forget the account of a share.')
    .argument('<share>', 'as it was stored')
    .action(invoke(remove))
}

const set: Act = async ({ args, options, output, workFolder, stops }) => {
  const [share = ''] = args
  const user = String(options.user)
  const credentials = createShareCredentials(hostEnvironment(workFolder))
  const password = await askSecret(`Password of ${user}: `, stops.drop)
  const stored = await credentials.set({ share, user, password })
  output.result(stored, () => `${stored.share} is read as ${stored.user}.`)
  return EXIT.done
}

const list: Act = async ({ output, workFolder }) => {
  const all = await createShareCredentials(hostEnvironment(workFolder)).list()
  output.result(all, () => (all.length === 0 ? 'No credentials are stored.' : render(all)))
  return EXIT.done
}

const remove: Act = async ({ args, output, workFolder }) => {
  const [share = ''] = args
  const credentials = createShareCredentials(hostEnvironment(workFolder))
  await credentials.remove(share)
  output.result({ share, isStored: false }, () => `No credentials are stored for ${share}.`)
  return EXIT.done
}

const render = (all: readonly ShareCredential[]): string =>
  textTable(
    ['Share', 'Account'],
    all.map(({ share, user }) => [share, user]),
  )
