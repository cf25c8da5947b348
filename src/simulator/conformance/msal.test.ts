import { createHash } from 'node:crypto'
import fs from 'node:fs'
import {
  ConfidentialClientApplication,
  type INetworkModule,
  InteractionRequiredAuthError,
  type NetworkRequestOptions,
  PublicClientApplication,
} from '@azure/msal-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestTenant, type TestTenant, type WireReply } from '../testing/testTenant.ts'

const GRAPH_SCOPE = 'https://graph.microsoft.com/Sites.ReadWrite.All'
const SHAREPOINT_SCOPE = 'https://contoso.sharepoint.com/AllSites.FullControl'

let tenant: TestTenant
beforeAll(async () => {
  tenant = await startTestTenant()
})
afterAll(() => tenant.close())

/** Only the socket is another one; URLs, headers and bodies are MSAL's own. */
function network(): INetworkModule {
  const answer = <Body>(reply: WireReply) => ({
    status: reply.status,
    headers: Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, String(value)])),
    body: reply.json() as Body,
  })
  const headersOf = (options?: NetworkRequestOptions) => options?.headers ?? {}
  return {
    sendGetRequestAsync: async <Body>(url: string, options?: NetworkRequestOptions) =>
      answer<Body>(await tenant.fetchAt(url, { headers: headersOf(options) })),
    sendPostRequestAsync: async <Body>(url: string, options?: NetworkRequestOptions) =>
      answer<Body>(await tenant.fetchAt(url, { method: 'POST', headers: headersOf(options), body: options?.body ?? '' })),
  }
}

function publicClient(): PublicClientApplication {
  return new PublicClientApplication({
    auth: { clientId: tenant.clientId, authority: `https://login.microsoftonline.com/${tenant.tenantId}` },
    system: { networkClient: network() },
  })
}

/** Fills in a page's form and sends it, like a person with a browser. */
async function submit(page: WireReply, fields: Readonly<Record<string, string>>): Promise<WireReply> {
  const action = /<form method="post"[^>]* action="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
    (found): [string, string] => [found[1] ?? '', found[2] ?? ''],
  )
  const form = new URLSearchParams([...hidden, ...Object.entries(fields)])
  return tenant.fetchAt(new URL(action, 'https://login.microsoftonline.com').href, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })
}

async function signInAs(page: WireReply, upn: string): Promise<WireReply> {
  const password = await submit(page, { account: upn })
  return submit(password, { passwd: /id="hint">([^<]+)</.exec(password.text)?.[1] ?? '' })
}

/** Posts the answer form to MSAL's own loopback listener, as the page's script does. */
async function postBack(page: WireReply): Promise<void> {
  const action = /action="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const fields = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
    (found): [string, string] => [found[1] ?? '', found[2] ?? ''],
  )
  await fetch(action, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
}

function interactive(client: PublicClientApplication, scopes: string[], person: (page: WireReply) => Promise<WireReply>) {
  return client.acquireTokenInteractive({
    scopes,
    openBrowser: async (url) => postBack(await person(await tenant.fetchAt(url))),
  })
}

describe('a person signs in with MSAL', () => {
  test('interactively, then silently for another resource', async () => {
    const client = publicClient()
    const result = await interactive(client, [GRAPH_SCOPE], (page) => signInAs(page, 'ann@contoso.com'))
    expect(result.account?.username).toBe('ann@contoso.com')
    expect(result.scopes).toContain(GRAPH_SCOPE)
    const cached = await client.acquireTokenSilent({ account: result.account ?? undefinedAccount(), scopes: [GRAPH_SCOPE] })
    expect(cached.accessToken).toBe(result.accessToken)
    const other = await client.acquireTokenSilent({ account: result.account ?? undefinedAccount(), scopes: [SHAREPOINT_SCOPE] })
    expect(other.fromCache).toBe(false)
    expect(claimsOf(other.accessToken)).toMatchObject({
      aud: 'https://contoso.sharepoint.com',
      upn: 'ann@contoso.com',
      appidacr: '0',
    })
  })

  test('a wrong password is said on the page, and cancelling reaches the application as access_denied', async () => {
    const attempt = interactive(publicClient(), [GRAPH_SCOPE], async (page) => {
      const wrong = await submit(await submit(page, { account: 'ann@contoso.com' }), { passwd: 'guess' })
      expect(wrong.text).toContain('Your account or password is incorrect')
      return submit(wrong, { action: 'cancel' })
    })
    await expect(attempt).rejects.toMatchObject({ errorCode: 'access_denied' })
  })

  test.concurrent('by device code', async ({ expect }) => {
    const client = publicClient()
    const result = await client.acquireTokenByDeviceCode({
      scopes: [GRAPH_SCOPE],
      deviceCodeCallback: async ({ userCode, verificationUri }) => {
        const page = await submit(await tenant.fetchAt(verificationUri), { otc: userCode })
        const done = await submit(await signInAs(page, 'bob@contoso.com'), { action: 'accept' })
        expect(done.text).toContain('You have signed in')
      },
    })
    expect(result?.account?.username).toBe('bob@contoso.com')
  })

  test.concurrent('a declined device code ends the wait', async ({ expect }) => {
    const attempt = publicClient().acquireTokenByDeviceCode({
      scopes: [GRAPH_SCOPE],
      deviceCodeCallback: async ({ userCode, verificationUri }) => {
        const page = await submit(await tenant.fetchAt(verificationUri), { otc: userCode })
        await submit(await signInAs(page, 'bob@contoso.com'), { action: 'cancel' })
      },
    })
    await expect(attempt).rejects.toThrow(/authorization_declined/)
  })

  test('a suberror asks for a new sign-in, a bare invalid_grant does not', async () => {
    const client = publicClient()
    const { account } = await interactive(client, [GRAPH_SCOPE], (page) => signInAs(page, 'carla@contoso.com'))
    const silent = () => client.acquireTokenSilent({ account: account ?? undefinedAccount(), scopes: [SHAREPOINT_SCOPE] })
    tenant.server.identity.orderedRefusals.push({ number: 50076, upn: 'carla@contoso.com', times: 1 })
    await expect(silent()).rejects.toBeInstanceOf(InteractionRequiredAuthError)
    tenant.server.identity.orderedRefusals.push({ number: 50173, upn: 'carla@contoso.com', times: 1 })
    await expect(silent()).rejects.toMatchObject({ name: 'ServerError', errorCode: 'invalid_grant' })
  })
})

describe('an application signs in with MSAL', () => {
  function certificateClient(clientId: string, thumbprint?: string): ConfidentialClientApplication {
    const { certificate, privateKeyFile } = tenant.server.state.appCertificate
    const der = Buffer.from(certificate.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    return new ConfidentialClientApplication({
      auth: {
        clientId,
        authority: `https://login.microsoftonline.com/${tenant.tenantId}`,
        clientCertificate: {
          thumbprintSha256: thumbprint ?? createHash('sha256').update(der).digest('hex'),
          privateKey: fs.readFileSync(privateKeyFile, 'utf8'),
        },
      },
      system: { networkClient: network() },
    })
  }

  test('by certificate, for both resources', async () => {
    const client = certificateClient(tenant.clientId)
    const graph = await client.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] })
    expect(claimsOf(graph?.accessToken ?? '')).toMatchObject({
      idtyp: 'app',
      appidacr: '2',
      roles: expect.arrayContaining(['Sites.FullControl.All']),
    })
    const sharePoint = await client.acquireTokenByClientCredential({ scopes: ['https://contoso.sharepoint.com/.default'] })
    expect(claimsOf(sharePoint?.accessToken ?? '')).toMatchObject({ aud: 'https://contoso.sharepoint.com' })
  })

  test('a certificate that is not registered is refused', async () => {
    const client = certificateClient(tenant.clientId, '00'.repeat(32))
    const attempt = client.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] })
    await expect(attempt).rejects.toMatchObject({
      errorCode: 'invalid_client',
      errorMessage: expect.stringContaining('AADSTS700027'),
    })
  })

  test('an unknown application is refused', async () => {
    const client = certificateClient('11111111-1111-4111-8111-111111111111')
    const attempt = client.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] })
    await expect(attempt).rejects.toMatchObject({ errorMessage: expect.stringContaining('AADSTS700016') })
  })
})

function undefinedAccount(): never {
  throw new Error('MSAL returned no account.')
}

function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
}
