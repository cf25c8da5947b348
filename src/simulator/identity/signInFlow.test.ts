import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant, type WireReply } from '../testing/testTenant.ts'

const LOGIN = 'https://login.microsoftonline.com'

let tenant: TestTenant
beforeAll(async () => {
  tenant = await startTestTenant()
})
afterAll(() => tenant.close())

function open(change: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<WireReply> {
  const query = new URLSearchParams({
    client_id: tenant.clientId,
    response_type: 'code',
    redirect_uri: 'http://localhost:5555',
    scope: 'https://graph.microsoft.com/Sites.ReadWrite.All',
    state: 'a&b',
    ...change,
  })
  return tenant.fetchAt(`${LOGIN}/${tenant.tenantId}/oauth2/v2.0/authorize?${query}`, { headers })
}

async function submit(page: WireReply, fields: Record<string, string>): Promise<WireReply> {
  const action = /action="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const flowToken = /name="flowToken" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const loginfmt = /name="loginfmt" value="([^"]+)"/.exec(page.text)?.[1]
  return tenant.fetchAt(`${LOGIN}${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ flowToken, ...(loginfmt === undefined ? {} : { loginfmt }), ...fields }).toString(),
  })
}

const passwordOf = (name: string) => tenant.users.find(({ upn }) => upn === `${name}@contoso.com`)?.password ?? ''
const signIn = async (page: WireReply, name: string) =>
  submit(await submit(page, { account: `${name}@contoso.com` }), { passwd: passwordOf(name) })
const answer = (reply: WireReply) => new URL(String(reply.headers.location)).searchParams

describe('the sign-in pages', () => {
  test('bring a code back by query or fragment', async () => {
    expect(answer(await signIn(await open(), 'ann')).get('code')).toMatch(/^0\./)
    const fragment = await signIn(await open({ response_mode: 'fragment' }), 'ann')
    expect(new URLSearchParams(new URL(String(fragment.headers.location)).hash.slice(1)).get('state')).toBe('a&b')
  })

  test('escape what the request says', async () => {
    const page = await signIn(await open({ response_mode: 'form_post', state: '"><script>x</script>' }), 'ann')
    expect(page.text).not.toContain('<script>x')
  })

  test('keep a refusal for themselves when the redirect is not registered', async () => {
    const reply = await open({ redirect_uri: 'https://example.org' })
    expect([reply.status, reply.headers.location]).toEqual([400, undefined])
    expect(reply.text).toContain('AADSTS50011')
    expect((await open({ client_id: 'nobody' })).text).toContain('AADSTS700016')
  })

  test('do not let a disabled user in', async () => {
    expect((await signIn(await open(), 'eve')).text).toContain('AADSTS50057')
  })

  test('ask for consent where a user may give it, and for an administrator where not', async () => {
    const page = await signIn(await open({ scope: 'Mail.Send' }), 'bob')
    expect(page.text).toContain('Permissions requested')
    expect(answer(await submit(page, { action: 'cancel' })).get('error')).toBe('access_denied')
    const again = await signIn(await open({ scope: 'Mail.Send' }), 'bob')
    expect(answer(await submit(again, { action: 'accept' })).get('code')).toBeTruthy()
    expect(answer(await signIn(await open({ scope: 'Mail.Send' }), 'bob')).get('code')).toBeTruthy()
    const barred = await signIn(await open({ scope: 'RoleManagement.Read.Directory' }), 'bob')
    expect(barred.text).toContain('Need admin approval')
    expect(answer(await submit(barred, { action: 'cancel' })).get('error')).toBe('access_denied')
  })

  test('prompt=none works with a session only', async () => {
    expect(answer(await open({ prompt: 'none' })).get('error')).toBe('login_required')
    const cookie = String((await signIn(await open(), 'ann')).headers['set-cookie']).split(';')[0] ?? ''
    expect(answer(await open({ prompt: 'none' }, { cookie })).get('code')).toBeTruthy()
    expect((await open({ prompt: 'login' }, { cookie })).text).toContain('Sign in')
  })

  test('a flow that is over cannot be used again', async () => {
    const page = await open()
    await submit(page, { action: 'cancel' })
    expect((await submit(page, { account: 'ann@contoso.com' })).status).toBe(400)
  })
})

describe('admin consent', () => {
  const begin = () => {
    const query = new URLSearchParams({ client_id: tenant.clientId, redirect_uri: 'http://localhost:1', state: 's' })
    return tenant.fetchAt(`${LOGIN}/contoso.com/adminconsent?${query}`)
  }

  test('comes back with the tenant for an administrator', async () => {
    const done = await submit(await signIn(await begin(), 'admin'), { action: 'accept' })
    expect(Object.fromEntries(answer(done))).toEqual({ tenant: tenant.tenantId, state: 's', admin_consent: 'True' })
  })

  test('is not for anybody else', async () => {
    expect((await signIn(await begin(), 'ann')).text).toContain('Need admin approval')
  })
})
