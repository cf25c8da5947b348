import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addTask,
  begin,
  type Connection,
  connected,
  connectionOf,
  createWorkspace,
  documents,
  expectRefusal,
  FINANCE,
  filesBelow,
  refused,
  run,
  startTenant,
  stateOf,
  until,
} from './commandLine.ts'

/** Connections that lead nowhere, or to somebody who may not. */

const workspace = createWorkspace('bad-connections')
const work = path.join(workspace.path, 'work')
let tenant: Awaited<ReturnType<typeof startTenant>>
let good: Connection

beforeAll(async () => {
  tenant = await startTenant()
  good = connectionOf(tenant)
  await connected(tenant, work)
})
afterAll(async () => {
  await tenant?.close()
  workspace.remove()
})

/** A connect that is refused keeps the profile of before, and a fresh install gets none. */
async function connectRefused(file: string, expected: Parameters<typeof refused>[1]): Promise<void> {
  const before = await stateOf(tenant, work)
  await refused(['connect', '--connection', file, '--work-dir', work], expected)
  expect(await stateOf(tenant, work)).toEqual(before)
}

const source = () => workspace.file('source/a.txt', 'a')

let written = 0
const variant = (change: object): string => workspace.file(`connection-${++written}.json`, JSON.stringify({ ...good, ...change }))
const auth = (change: Partial<Connection['auth']>) => variant({ auth: { ...good.auth, ...change } })
const network = (change: object) => variant({ network: { ...good.network, ...change } })

describe('a connection file that is none', () => {
  const wrong = (says: RegExp) => ({ exitCode: 2, code: 'INPUT_CONNECTION_FILE', says })

  test('absent, a folder, not JSON, another file', async () => {
    await connectRefused(path.join(workspace.path, 'gone.json'), wrong(/gone\.json cannot be read: there is no such file/))
    await connectRefused(workspace.path, wrong(/cannot be read: it is a folder/))
    await connectRefused(workspace.file('half.json', '{"kind":'), wrong(/half\.json is not JSON/))
    await connectRefused(workspace.file('other.json', '{"name":"x"}'), wrong(/kind: must be "portage-connection".*[^;]$/))
  })

  test('a field is missing or wrong', async () => {
    await connectRefused(variant({ clientId: undefined }), wrong(/clientId: is missing/))
    await connectRefused(
      variant({ coordinationSite: 'http://contoso.sharepoint.com/sites/x' }),
      wrong(/coordinationSite: must start with https/),
    )
  })

  test('the key file is missing, or belongs to another certificate', async () => {
    await connectRefused(
      auth({ privateKeyFile: '/nowhere/key.pem' }),
      wrong(/privateKeyFile \/nowhere\/key\.pem cannot be read: there is no such file/),
    )
    await connectRefused(auth({ privateKeyFile: good.auth.privateKeyFile.replace('practice', 'unprivileged') }), {
      exitCode: 2,
      code: 'INPUT_CONNECTION_FILE',
      says: /private key does not belong to its certificate/,
    })
    await connectRefused(
      network({ caFile: workspace.file('ca.pem', 'no certificate') }),
      wrong(/caFile is not a PEM certificate/),
    )
  })
})

describe('a tenant that does not let in', () => {
  test('a certificate of another app', async () => {
    await connectRefused(
      auth({
        certificateFile: good.auth.certificateFile.replace('practice', 'unprivileged'),
        privateKeyFile: good.auth.privateKeyFile.replace('practice', 'unprivileged'),
      }),
      {
        exitCode: 4,
        code: 'AUTH_REFUSED',
        says: /certificate of this connection is not registered for the app \(AADSTS700027\)/,
      },
    )
  })

  test('an unknown app, an unknown tenant, an unknown coordination site', async () => {
    await connectRefused(variant({ clientId: '00000000-0000-4000-8000-000000000000' }), {
      exitCode: 4,
      code: 'AUTH_REFUSED',
      says: /the app is not known in this tenant.*Correct clientId/,
    })
    await connectRefused(variant({ tenantId: '00000000-0000-4000-8000-000000000000' }), {
      exitCode: 4,
      code: 'AUTH_REFUSED',
      says: /the tenant does not exist in this cloud.*Correct tenantId/,
    })
    await connectRefused(variant({ coordinationSite: 'https://contoso.sharepoint.com/sites/nowhere' }), {
      exitCode: 2,
      code: 'DST_SITE_NOT_FOUND',
      says: /sites\/nowhere does not exist/,
    })
  })

  test('consent is missing', async () => {
    await tenant.control('/identity/refuse', { body: { number: 65001, error: 'invalid_grant', suberror: 'consent_required' } })
    await connectRefused(variant({}), {
      exitCode: 4,
      code: 'AUTH_CONSENT_NEEDED',
      says: /no consent in this tenant.*administrator must grant/,
    })
  })

  test('the service cannot be reached: nobody listens, or the name is unknown', async () => {
    const map = (change: object) => network({ map: good.network.map.map((row) => ({ ...row, ...change })) })
    await connectRefused(map({ port: 1 }), {
      exitCode: 4,
      code: 'NET_UNREACHABLE',
      says: /refuses connections.*Check the network/,
    })
    await connectRefused(map({ address: 'nowhere.invalid' }), {
      exitCode: 4,
      code: 'NET_UNREACHABLE',
      says: /cannot be resolved.*DNS/,
    })
  })

  test('its certificate is not trusted', async () => {
    await connectRefused(network({ caFile: undefined }), {
      exitCode: 4,
      code: 'NET_TLS_UNTRUSTED',
      says: /is not trusted.*network\.caFile/,
    })
  })
})

describe('ways to sign in on the command line', () => {
  const install = [
    '--tenant',
    'contoso.com',
    '--client-id',
    '00000000-0000-4000-8000-000000000000',
    '--site',
    'https://contoso.sharepoint.com/sites/x',
  ]
  test('none, two, or half of what is needed', async () => {
    const usage = (says: RegExp) => ({ exitCode: 2, code: 'INPUT_USAGE', says })
    await refused(['connect', '--work-dir', work], usage(/--tenant is missing.*Give --connection FILE/))
    await refused(['connect', ...install, '--work-dir', work], usage(/No way to sign in/))
    await refused(['connect', ...install, '--device-code', '--interactive', '--work-dir', work], usage(/More than one way/))
    await refused(['connect', ...install.with(5, 'nowhere'), '--device-code', '--work-dir', work], {
      exitCode: 2,
      code: 'INPUT_USAGE',
      says: /--site is "nowhere".*full https address/,
    })
  })
})

describe('an install that is not connected', () => {
  const fresh = path.join(workspace.path, 'fresh')
  test.each(['status', 'task list', 'agent run --once', 'verify x', `report export --out ${fresh}`])('%s', async (words) => {
    await refused([...words.split(' '), '--work-dir', fresh], {
      exitCode: 4,
      code: 'AUTH_NOT_CONNECTED',
      says: /Run "portage connect" first/,
    })
    expect(filesBelow(fresh)).toEqual({})
  })
})

describe('an account without rights', () => {
  test('an app that may only read is told which permission is missing', async () => {
    const file = variant({
      clientId: await appId('Portage unprivileged'),
      auth: {
        ...good.auth,
        certificateFile: good.auth.certificateFile.replace('practice', 'unprivileged'),
        privateKeyFile: good.auth.privateKeyFile.replace('practice', 'unprivileged'),
      },
    })
    await connectRefused(file, { exitCode: 4, code: 'AUTH_CONSENT_NEEDED', says: /Sites\.Read\.All.*grant admin consent/ })
  })

  test('a person who is no administrator of the coordination site; a sign-in that was revoked', async () => {
    const person = workspace.file('person.json', JSON.stringify({ ...good, auth: { kind: 'deviceCode' } }))
    const theirs = path.join(workspace.path, 'theirs')
    expectRefusal(await connectAs('ann@contoso.com', person, theirs), {
      exitCode: 4,
      code: 'AUTH_CONSENT_NEEDED',
      says: /is not administrator of|may not/,
    })
    const ran = await connectAs('admin@contoso.com', person, theirs)
    expect(ran.exitCode).toBe(0)
    const before = await stateOf(tenant, theirs)
    const again = { exitCode: 4, code: 'AUTH_SIGN_IN_NEEDED', says: /revoked.*Sign in again with "portage connect"/ }
    await tenant.control('/identity/revoke', { body: { upn: 'admin@contoso.com' } })
    await refused(['task', 'list', '--work-dir', theirs], again)
    await refused(['task', 'add', path.dirname(source()), '--to', FINANCE, '--work-dir', theirs], again)
    expect(await stateOf(tenant, theirs)).toEqual(before)
    await refused(['agent', 'run', '--once', '--work-dir', theirs], again)
  })
})

async function connectAs(upn: string, connection: string, workFolder: string) {
  const running = begin(['connect', '--connection', connection, '--work-dir', workFolder, '--json'])
  const [, userCode] = await until(running, 'stderr', /code ([A-Z0-9-]{6,})/)
  await tenant.control('/identity/device', { body: { userCode, upn, outcome: 'approve' } })
  const ran = await running.ended
  // The invitation to sign in is the first line.
  return { ...ran, stderr: ran.stderr.split('\n').slice(1).join('\n') }
}

async function appId(name: string): Promise<string> {
  const answer = await tenant.control('/identity/token', { body: { app: name } })
  return String(Reflect.get(Object(answer), 'client_id'))
}

test('a task list that this account may not write', async () => {
  const folder = path.dirname(source())
  await tenant.control('/faults', {
    body: {
      version: 1,
      faults: [
        {
          name: 'no',
          when: { method: 'POST', host: 'graph.microsoft.com' },
          do: { action: 'status', status: 403, code: 'accessDenied' },
        },
      ],
    },
  })
  const before = await stateOf(tenant, work)
  await refused(['task', 'add', folder, '--to', FINANCE, '--work-dir', work], {
    exitCode: 4,
    code: 'DST_NO_ACCESS',
    says: /permission|access/,
  })
  await tenant.control('/faults', { method: 'DELETE' })
  expect(await stateOf(tenant, work)).toEqual(before)
})

test('a site that was made read-only fails the task with the reason, not the files one by one', async () => {
  const id = await addTask(work, path.dirname(source()))
  await tenant.control('/faults', {
    body: {
      version: 1,
      faults: ['PUT', 'POST'].map((method) => ({
        name: `locked ${method}`,
        when: { method, path: '/v1.0/drives/*' },
        do: { action: 'status', status: 423, code: 'serviceReadOnly', message: 'The site is read-only.' },
      })),
    },
  })
  const ran = await run(['agent', 'run', '--once', '--work-dir', work, '--json'])
  await tenant.control('/faults', { method: 'DELETE' })
  expect([ran.exitCode, ran.stderr]).toEqual([3, ''])
  expect(documents(ran).at(-1)).toMatchObject({
    event: 'ended',
    taskId: id,
    status: 'failed',
    reason: expect.stringMatching(/the site is read-only.*Unlock the site/),
  })
})
