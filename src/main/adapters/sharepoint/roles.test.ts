import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import type { TokenProvider } from '../auth/tokenProvider.ts'
import { createClientFixture } from '../testing/clientFixture.ts'
import { type Answer, type ServiceFixture, startService } from '../testing/serviceFixture.ts'
import { checkAccess } from './roles.ts'

const never = new AbortController().signal
let service: ServiceFixture
beforeAll(async () => {
  service = await startService(() => ({ status: 200 }))
})
afterAll(() => service.close())

const site: Answer = { status: 200, json: { id: 'S', webUrl: 'https://contoso.sharepoint.com/sites/migration' } }
const forbidden: Answer = { status: 403, json: { error: { code: 'accessDenied' } } }
const user = (isAdmin: boolean): Answer => ({
  status: 200,
  json: { LoginName: 'i:0#.f|membership|ann@contoso.com', IsSiteAdmin: isAdmin },
})
const roles = (...ids: string[]): Answer => ({ status: 200, json: { value: ids.map((roleTemplateId) => ({ roleTemplateId })) } })

async function check(options: {
  claims?: object
  isApp?: boolean
  site?: Answer
  user?: Answer
  roles?: Answer
  signInFails?: boolean
}) {
  service.answer = ({ path }) => {
    if (path.includes('/currentuser')) return options.user ?? user(true)
    if (path.includes('transitiveMemberOf')) return options.roles ?? roles()
    return options.site ?? site
  }
  const { client } = createClientFixture(service)
  const tokens: TokenProvider = {
    isApp: options.isApp ?? false,
    getToken: async () => {
      if (options.signInFails)
        throw new MigrationError('AUTH_SIGN_IN_NEEDED', 'Nobody is signed in.', { remedy: { kind: 'stopTask' }, fix: 'Sign in.' })
      return `x.${Buffer.from(JSON.stringify(options.claims ?? { upn: 'ann@contoso.com', scp: 'Sites.FullControl.All' })).toString('base64url')}.y`
    },
    signIn: async () => ({ name: '', isApp: false }),
    signOut: async () => undefined,
  }
  const checks = await checkAccess({ client, tokens, connection: service.connection }, never)
  return Object.fromEntries(checks.map(({ check: name, ok, found, fix }) => [name, [ok, found, fix !== undefined]]))
}

describe('the access check', () => {
  test.each([
    ['Directory.Read.All', /^can be looked up$/],
    ['User.Read.All GroupMember.Read.All', /^can be looked up$/],
    ['User.Read.All Group.Read.All', /^can be looked up$/],
    ['User.Read.All', /grant GroupMember.Read.All on/],
    ['User.ReadBasic.All Group.Read.All', /grant User.Read.All on/],
  ])('%s: people %s', async (scp, found) => {
    const checks = await check({ claims: { upn: 'ann@contoso.com', scp } })
    expect(checks['People of the directory']).toEqual([true, expect.stringMatching(found), false])
  })

  test('a person with everything', async () => {
    expect(await check({ roles: roles('other', 'f28a1f50-f6e7-4571-818b-6a12f2af6b6c') })).toEqual({
      'Sign-in': [true, 'as ann@contoso.com', false],
      Permissions: [true, 'Sites.FullControl.All', false],
      'People of the directory': [true, expect.stringContaining('grant User.Read.All and GroupMember.Read.All'), false],
      'Administrator role': [true, 'SharePoint Administrator', false],
      'Coordination site': [true, 'https://contoso.sharepoint.com/sites/migration', false],
      'Site administrator': [true, 'yes', false],
    })
  })

  test('an app needs no role and no membership', async () => {
    const found = await check({
      isApp: true,
      claims: { app_displayname: 'Portage', roles: ['Sites.FullControl.All'] },
      user: user(false),
    })
    expect([Object.keys(found).includes('Administrator role'), found['Sign-in'], found['Site administrator']]).toEqual([
      false,
      [true, 'as the app Portage', false],
      [true, 'the app acts with its own permissions', false],
    ])
  })

  test('every gap comes with its fix', async () => {
    const found = await check({
      claims: { upn: 'ann@contoso.com', scp: 'Sites.Read.All User.Read' },
      site: forbidden,
      user: user(false),
      roles: forbidden,
    })
    expect(found).toMatchObject({
      Permissions: [false, 'Sites.Read.All, User.Read', true],
      'Administrator role': [true, expect.stringContaining('unknown'), false],
      'Coordination site': [false, expect.stringContaining('may not be accessed'), true],
      'Site administrator': [false, expect.stringContaining('ann@contoso.com is not administrator'), true],
    })
  })

  test('without sign-in there is nothing further to check', async () => {
    expect(await check({ signInFails: true })).toEqual({ 'Sign-in': [false, 'Nobody is signed in.', true] })
  })

  test('a token that is no token of the known kind tells nothing, and breaks nothing', async () => {
    expect((await check({ claims: [] }))['Sign-in']?.[0]).toBe(true)
  })
})
