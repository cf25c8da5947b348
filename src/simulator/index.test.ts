import fs from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { callTenant, describeTenant, practiceToken, type RunningTenant, startTenant } from './index.ts'

let folder: string
let running: RunningTenant[] = []

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-index-'))
})
afterEach(async () => {
  await Promise.all(running.map((tenant) => tenant.close()))
  running = []
  fs.rmSync(folder, { recursive: true, force: true })
})

async function start(options: Parameters<typeof startTenant>[0] = {}): Promise<RunningTenant> {
  const tenant = await startTenant({ dataDir: folder, ...options })
  running.push(tenant)
  return tenant
}

describe('a tenant with a data folder', () => {
  test('says all that a client needs, and keeps its secrets readable by the owner only', async () => {
    const tenant = await start()
    expect(describeTenant(tenant)).toMatchObject({
      hosts: expect.arrayContaining(['graph.microsoft.com', 'contoso.sharepoint.com']),
      users: expect.arrayContaining([expect.objectContaining({ upn: 'admin@contoso.com', roles: ['Global Administrator'] })]),
      sites: expect.arrayContaining([
        { url: 'https://contoso.sharepoint.com/sites/finance', title: 'Finance', libraries: ['Documents', 'Archive'] },
      ]),
    })
    const connection = JSON.parse(fs.readFileSync(tenant.connectionFile, 'utf8'))
    expect(connection).toMatchObject({
      kind: 'portage-connection',
      version: 1,
      tenantId: tenant.tenantId,
      clientId: tenant.clientId,
    })
    for (const file of [connection.auth.certificateFile, connection.auth.privateKeyFile, connection.network.caFile]) {
      expect(path.isAbsolute(file) && fs.existsSync(file)).toBe(true)
    }
    for (const file of [
      'control.token',
      'keys/ca.key',
      'keys/token-signing.key',
      'keys/portage-practice.key',
      'keys/hosts.json',
    ]) {
      expect(fs.statSync(path.join(folder, file)).mode & 0o077).toBe(0)
    }
  })

  test('is the same one after a restart', async () => {
    const first = await start({ seed: 5 })
    await first.control('/clock/advance', { body: { ms: 86_400_000 } })
    const token = await practiceToken({ dataDir: folder, upn: 'ann@contoso.com' })
    const ca = fs.readFileSync(first.caFile, 'utf8')
    const file = '/v1.0/sites/contoso.sharepoint.com:/sites/finance:/drive/root:/kept.txt:/content'
    const app = await practiceToken({ dataDir: folder })
    const graph = (tenant: RunningTenant, line: string, body = '') =>
      request(
        tenant,
        `${line} HTTP/1.1\r\nhost: graph.microsoft.com\r\nauthorization: Bearer ${app.access_token}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
        'graph.microsoft.com',
      )
    const made = await graph(first, `PUT ${file}`, 'kept')
    expect(made).toMatch(/^HTTP\/1\.1 201/)
    await first.close()
    const second = await start({ seed: 6 })
    expect(second).toMatchObject({ tenantId: first.tenantId, clientId: first.clientId, sites: first.sites })
    expect(fs.readFileSync(second.caFile, 'utf8')).toBe(ca)
    expect(await second.control('/clock')).toMatchObject({ offsetMs: 86_400_000 })
    const shown = await graph(second, `GET ${file.replace(/:\/content$/, '')}`)
    expect(/"id":"(01[^"]+)"/.exec(shown)?.[1]).toBe(/"id":"(01[^"]+)"/.exec(made)?.[1])
    const { client_id, refresh_token } = token
    const reply = await post(second, '/common/oauth2/v2.0/token', {
      client_id,
      refresh_token: refresh_token ?? '',
      grant_type: 'refresh_token',
    })
    expect(reply).toContain('access_token')
    expect(new Set([...second.sites, ...first.sites].map(({ url }) => url)).size).toBe(second.sites.length)
  })

  test('has one owner at a time', async () => {
    await start()
    await expect(startTenant({ dataDir: folder })).rejects.toThrow(/locked|in use/)
  })

  test('stops when it is told to', async () => {
    const tenant = await start()
    expect(await callTenant(folder, '/stop', { method: 'POST' })).toEqual({ stopping: true })
    await tenant.stopped
    await expect(callTenant(folder, '/')).rejects.toThrow(/No practice tenant runs/)
  })
})

describe('a tenant in memory', () => {
  test('gives the same ids for the same seed and leaves nothing behind', async () => {
    const first = await startTenant({ seed: 9 })
    const second = await startTenant({ seed: 9 })
    expect([second.tenantId, second.clientId]).toEqual([first.tenantId, first.clientId])
    await Promise.all([first.close(), second.close()])
    expect(fs.existsSync(first.dataDir) || fs.existsSync(second.dataDir)).toBe(false)
  })
})

describe('the control host', () => {
  test('needs the token', async () => {
    const tenant = await start()
    const answer = await request(
      tenant,
      'GET / HTTP/1.1\r\nhost: practice.portage.test\r\nconnection: close\r\n\r\n',
      'practice.portage.test',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 401/)
  })

  test('takes faults and shows which were used', async () => {
    const tenant = await start()
    const fault = { name: 'down', when: { host: 'graph.microsoft.com' }, do: { action: 'status', status: 500 } }
    await tenant.control('/faults', { body: { version: 1, faults: [fault] } })
    await request(
      tenant,
      'GET /v1.0/me HTTP/1.1\r\nhost: graph.microsoft.com\r\nconnection: close\r\n\r\n',
      'graph.microsoft.com',
    )
    expect(await tenant.control('/faults')).toMatchObject({ faults: [{ name: 'down', seen: 1, used: 1 }] })
    expect(await tenant.control('/journal')).toMatchObject({ rows: [{ fault: 'down', status: 500 }] })
    expect(await tenant.control('/journal/summary')).toMatchObject({ requests: 1 })
    expect(await tenant.control('/faults', { method: 'DELETE' })).toMatchObject({ faults: [{ name: 'down' }] })
    expect(await tenant.control('/faults')).toEqual({ faults: [] })
    await expect(tenant.control('/faults', { body: { version: 1, faults: [{ name: 'x' }] } })).rejects.toThrow(/400.*do/s)
  })
})

describe('people and groups of the control host', () => {
  const graph = async (tenant: RunningTenant, target: string): Promise<string> => {
    const { access_token } = await practiceToken({ dataDir: folder })
    const path = target.replaceAll(' ', '%20')
    const line = `GET /v1.0${path} HTTP/1.1\r\nhost: graph.microsoft.com\r\nauthorization: Bearer ${access_token}\r\nconnection: close\r\n\r\n`
    return request(tenant, line, 'graph.microsoft.com')
  }

  test('are made and changed, with the SIDs of a file server, and kept', async () => {
    const first = await start()
    const onPremisesSid = 'S-1-5-21-1-2-3-1000'
    const person = { upn: 'smb@contoso.com', displayName: 'Samba User', onPremisesSid, onPremisesSamAccountName: 'smb' }
    expect(await first.control('/identity/user', { body: person })).toMatchObject({ upn: 'smb@contoso.com' })
    const group = {
      displayName: 'Samba group',
      members: ['smb@contoso.com', 'Finance staff'],
      onPremisesSid: 'S-1-5-21-1-2-3-1001',
    }
    await first.control('/identity/group', { body: group })
    const bySid = "/users?$filter=onPremisesSecurityIdentifier eq 'S-1-5-21-1-2-3-1000'&$select=userPrincipalName"
    expect(await graph(first, bySid)).toContain('smb@contoso.com')
    await first.control('/identity/user', { body: { upn: 'smb@contoso.com', isEnabled: false, mail: 'other@contoso.com' } })
    await first.close()
    const second = await start()
    const shown = await graph(second, '/users/smb@contoso.com?$select=accountEnabled,mail,onPremisesSecurityIdentifier')
    expect(shown).toContain(
      '"accountEnabled":false,"mail":"other@contoso.com","onPremisesSecurityIdentifier":"S-1-5-21-1-2-3-1000"',
    )
    const memberships = await graph(second, '/users/smb@contoso.com/memberOf/microsoft.graph.group?$select=displayName')
    expect(memberships).toContain('Samba group')
    const inside = await graph(second, '/users/ann@contoso.com/transitiveMemberOf/microsoft.graph.group?$select=displayName')
    expect(inside).toContain('Samba group')
    await expect(second.control('/identity/user', { body: { upn: 'no@contoso.com' } })).rejects.toThrow(/404/)
    await expect(second.control('/identity/group', { body: { displayName: 'x', members: ['no'] } })).rejects.toThrow(/404/)
    await expect(second.control('/identity/user', { body: { ...person, onPremisesSid: 'S-9' } })).rejects.toThrow(/400/)
  })
})

describe('CONNECT on the same port', () => {
  const tunnel = (tenant: RunningTenant, host: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = http.request({ host: '127.0.0.1', port: tenant.port, method: 'CONNECT', path: `${host}:443` })
      asked.on('error', reject)
      asked.on('connect', (response, socket) => {
        if (response.statusCode !== 200) return resolve({ status: response.statusCode ?? 0, text: '' })
        const secure = tls.connect({ socket, servername: host, ca: fs.readFileSync(tenant.caFile) }, () =>
          secure.write(`GET /common/discovery/keys HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
        )
        collect(secure).then((text) => resolve({ status: 200, text }), reject)
      })
      asked.end()
    })

  test('reaches the hosts of the tenant and no others', async () => {
    const tenant = await start()
    expect((await tunnel(tenant, 'login.microsoftonline.com')).text).toContain('"keys"')
    expect((await tunnel(tenant, 'example.org')).status).toBe(502)
  })
})

function collect(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      text += chunk
    })
    stream.on('end', () => resolve(text))
    stream.on('error', reject)
  })
}

async function request(tenant: RunningTenant, text: string, host: string): Promise<string> {
  const socket = tls.connect({ host: '127.0.0.1', port: tenant.port, servername: host, ca: fs.readFileSync(tenant.caFile) }, () =>
    socket.write(text),
  )
  return collect(socket)
}

function post(tenant: RunningTenant, target: string, fields: Record<string, string>): Promise<string> {
  const body = new URLSearchParams(fields).toString()
  const host = 'login.microsoftonline.com'
  return request(
    tenant,
    `POST ${target} HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    host,
  )
}
