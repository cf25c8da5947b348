import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import axios from 'axios'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServiceFixture, startService } from '../testing/serviceFixture.ts'
import { networkError } from './networkErrors.ts'
import { createPools } from './pools.ts'
import { proxyFromEnvironment } from './proxy.ts'
import { createSocketMap, matchesHost } from './socketMap.ts'

let service: ServiceFixture
beforeAll(async () => {
  service = await startService(() => ({ status: 200, json: { ok: true } }))
})
afterAll(() => service.close())

const noProxy = proxyFromEnvironment({})

test('a pattern covers the hosts below it and nothing else', () => {
  const hosts = ['contoso.sharepoint.com', 'a.b.sharepoint.com', 'sharepoint.com', 'evilsharepoint.com', 'CONTOSO.SharePoint.COM']
  expect(hosts.map((host) => matchesHost('*.sharepoint.com', host))).toEqual([true, true, false, false, true])
})

describe('real names over mapped sockets', () => {
  test('undici keeps Host and SNI', async () => {
    const reply = await service.pools.of('https://contoso.sharepoint.com').request({ method: 'GET', path: '/sites/a%20b?x=1' })
    await reply.body.dump()
    const seen = service.exchanges.at(-1)
    expect([seen?.host, seen?.servername, seen?.path]).toEqual([
      'contoso.sharepoint.com',
      'contoso.sharepoint.com',
      '/sites/a%20b?x=1',
    ])
  })

  test('axios keeps Host and SNI', async () => {
    await axios.get('https://graph.microsoft.com/v1.0/sites/root', { httpsAgent: service.sockets.agent, proxy: false })
    const seen = service.exchanges.at(-1)
    expect([seen?.host, seen?.servername, seen?.path]).toEqual(['graph.microsoft.com', 'graph.microsoft.com', '/v1.0/sites/root'])
  })

  test('a certificate of another name is refused', async () => {
    const sockets = createSocketMap({
      network: { map: [{ host: 'evil.example.org', address: '127.0.0.1', port: service.port }] },
      extraCa: service.ca,
      proxies: noProxy,
    })
    const pools = createPools(sockets)
    const thrown = await pools
      .of('https://evil.example.org')
      .request({ method: 'GET', path: '/' })
      .catch((error: unknown) => error)
    const error = networkError(thrown, {
      host: 'evil.example.org',
      wasSent: !sockets.failedBeforeSending(thrown),
      isRepeatable: false,
    })
    expect([error.code, error.remedy.kind]).toEqual(['NET_TLS_UNTRUSTED', 'stopTask'])
    await pools.close()
    sockets.close()
  })
})

describe('failures below HTTP', () => {
  async function failWith(
    how: 'undici' | 'axios',
    network: { map: { host: string; address: string; port: number }[] },
    ca?: string,
  ) {
    const sockets = createSocketMap({ network, proxies: noProxy, ...(ca === undefined ? {} : { extraCa: ca }) })
    const pools = createPools(sockets)
    const host = network.map[0]?.host ?? ''
    const thrown =
      how === 'undici'
        ? await pools
            .of(`https://${host}`)
            .request({ method: 'POST', path: '/' })
            .catch((error: unknown) => error)
        : await axios.post(`https://${host}/`, 'x', { httpsAgent: sockets.agent, proxy: false }).catch((error: unknown) => error)
    const error = networkError(thrown, { host, wasSent: !sockets.failedBeforeSending(thrown), isRepeatable: false })
    await pools.close()
    sockets.close()
    return [error.code, error.remedy.kind]
  }

  test.each(['undici', 'axios'] as const)('%s: an untrusted certificate stops the task', async (how) => {
    expect(await failWith(how, { map: [{ host: 'contoso.sharepoint.com', address: '127.0.0.1', port: service.port }] })).toEqual([
      'NET_TLS_UNTRUSTED',
      'stopTask',
    ])
  })

  test.each(['undici', 'axios'] as const)(
    '%s: a refused connection had no effect, so even a write may be repeated',
    async (how) => {
      const holder = net.createServer().listen(0, '127.0.0.1')
      await once(holder, 'listening')
      const { port } = holder.address() as net.AddressInfo
      holder.close()
      await once(holder, 'close')
      expect(await failWith(how, { map: [{ host: 'contoso.sharepoint.com', address: '127.0.0.1', port }] })).toEqual([
        'NET_UNREACHABLE',
        'retry',
      ])
    },
  )

  test.each(['undici', 'axios'] as const)('%s: an unknown name had no effect', async (how) => {
    expect(
      await failWith(how, { map: [{ host: 'contoso.sharepoint.com', address: 'no-such-host.invalid', port: 443 }] }),
    ).toEqual(['NET_UNREACHABLE', 'retry'])
  })

  test.each(['undici', 'axios'] as const)('%s: a write whose connection broke must be looked at first', async (how) => {
    service.answer = () => ({ status: 0, isBroken: true })
    expect(
      await failWith(how, { map: [{ host: 'contoso.sharepoint.com', address: '127.0.0.1', port: service.port }] }, service.ca),
    ).toEqual(['NET_INTERRUPTED', 'lookFirst'])
    service.answer = () => ({ status: 200, json: {} })
  })
})

describe('proxies', () => {
  test('NO_PROXY takes hosts and suffixes', () => {
    const choice = proxyFromEnvironment({ HTTPS_PROXY: 'proxy.local:3128', NO_PROXY: 'graph.microsoft.com, *.sharepoint.com' })
    const hosts = ['graph.microsoft.com', 'a.sharepoint.com', 'login.microsoftonline.com']
    expect(hosts.map((host) => choice.proxyFor(host)?.host)).toEqual([undefined, undefined, 'proxy.local:3128'])
  })

  test.each(['undici', 'axios'] as const)('%s goes through a CONNECT tunnel', async (how) => {
    const asked: string[] = []
    const proxy = http.createServer()
    proxy.on('connect', (request, socket: net.Socket) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization']}`)
      const onward = net.connect(service.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.pipe(onward)
        onward.pipe(socket)
      })
      socket.on('error', () => onward.destroy())
      onward.on('error', () => socket.destroy())
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    const { port } = proxy.address() as net.AddressInfo
    const sockets = createSocketMap({
      network: { map: [] },
      extraCa: service.ca,
      proxies: proxyFromEnvironment({ https_proxy: `http://ann:s%40cret@127.0.0.1:${port}` }),
    })
    const pools = createPools(sockets)
    if (how === 'undici') {
      const reply = await pools.of('https://graph.microsoft.com').request({ method: 'GET', path: '/v1.0/me' })
      await reply.body.dump()
    } else {
      await axios.get('https://graph.microsoft.com/v1.0/me', { httpsAgent: sockets.agent, proxy: false })
    }
    expect(asked).toEqual([`graph.microsoft.com:443 Basic ${Buffer.from('ann:s@cret').toString('base64')}`])
    await pools.close()
    sockets.close()
    proxy.closeAllConnections()
    proxy.close()
  })
})
