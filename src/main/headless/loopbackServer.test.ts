import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { HostEvent } from '../../shared/contract/events.ts'
import { readScreenFiles } from '../host/screenFiles.ts'
import { FRAME_MAX_BYTES, type LoopbackServer, startLoopbackServer } from './loopbackServer.ts'

let folder: string
let server: LoopbackServer
let attached: ((event: HostEvent) => void)[]
const sockets: WebSocket[] = []

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-loopback-'))
  fs.mkdirSync(path.join(folder, 'dist', 'assets'), { recursive: true })
  fs.mkdirSync(path.join(folder, 'reports', 'E1'), { recursive: true })
  fs.writeFileSync(path.join(folder, 'dist', 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__">')
  fs.writeFileSync(path.join(folder, 'dist', 'assets', 'app.js'), 'run()')
  fs.writeFileSync(path.join(folder, 'secret.json'), 'secret')
  fs.writeFileSync(path.join(folder, 'reports', 'E1', 'Übersicht R0.csv'), 'a,b\r\n')
  fs.symlinkSync(path.join(folder, 'secret.json'), path.join(folder, 'reports', 'E1', 'link.csv'))
  attached = []
  server = await startLoopbackServer({
    screens: readScreenFiles(path.join(folder, 'dist')),
    reportsFolder: path.join(folder, 'reports'),
    port: 0,
    attach: (send) => {
      attached.push(send)
      send({ event: 'connection.changed', payload: { connection: { state: 'none' } } })
      return () => {
        attached = attached.filter((one) => one !== send)
      }
    },
    dispatch: async (frame) =>
      typeof frame === 'object' && frame !== null && 'id' in frame ? { id: Number(frame.id), reply: { ok: frame } } : undefined,
  })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  await server.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

const token = () => new URL(server.url).hash.slice('#token='.length)
const origin = () => `http://127.0.0.1:${server.port}`

/** Raw, so that nothing normalises the path or the headers on the way. */
function ask(options: { method?: string; path: string; headers?: Record<string, string>; body?: string }) {
  return new Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }>((resolve, reject) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port: server.port,
        method: options.method ?? 'GET',
        path: options.path,
        headers: options.headers ?? {},
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => {
          text += piece
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      },
    )
    request.on('error', reject)
    request.end(options.body)
  })
}

const signIn = (given = token(), headers: Record<string, string> = { origin: origin() }) =>
  ask({
    method: 'POST',
    path: '/session',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token: given }),
  })

async function session(): Promise<string> {
  const { text } = await signIn()
  return (JSON.parse(text) as { session: string }).session
}

/** Resolves with the open socket and what it hears, or with the status that refused it. */
function link(protocols: string[], options: { origin?: string; headers?: Record<string, string>; path?: string } = {}) {
  return new Promise<{ socket: WebSocket; heard: unknown[] } | number>((resolve, reject) => {
    const heard: unknown[] = []
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${options.path ?? '/link'}`, protocols, {
      origin: options.origin ?? origin(),
      headers: options.headers ?? {},
    })
    sockets.push(socket)
    socket.on('message', (data) => heard.push(JSON.parse(String(data))))
    socket.on('open', () => resolve({ socket, heard }))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', reject)
  })
}

async function openLink() {
  const opened = await link(['portage.1', `session.${await session()}`])
  if (typeof opened === 'number') throw new Error(`refused with ${opened}`)
  return opened
}

const closeOf = (socket: WebSocket) => new Promise<number>((resolve) => socket.on('close', resolve))

describe('the page', () => {
  test('comes with a nonce of its own and a policy that lets nothing in from elsewhere', async () => {
    const [one, two] = [await ask({ path: '/' }), await ask({ path: '/' })]
    const nonce = /content="(.+)"/.exec(one.text)?.[1] ?? ''
    expect(one.headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonce}'`)
    expect(one.headers['content-security-policy']).toContain("default-src 'none'")
    expect(one.headers['content-security-policy']).not.toContain('unsafe')
    expect(two.text).not.toBe(one.text)
    expect(one.headers['cache-control']).toBe('no-store')
  })

  test('listens on the loopback address only', async () => {
    const outside = Object.values(os.networkInterfaces())
      .flat()
      .find((one) => one && !one.internal && one.family === 'IPv4')?.address
    const address = outside ?? '127.0.0.2'
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = net.connect({ host: address, port: server.port })
      socket.on('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => resolve(false))
    })
    expect(isOpen).toBe(false)
  })

  test.each([
    '/../secret.json',
    '/..%2fsecret.json',
    '/assets/../../secret.json',
    '/assets/%2e%2e/%2e%2e/secret.json',
    '/assets\\..\\..\\secret.json',
    '//secret.json',
    '//',
    '/%00',
    '/reports',
  ])('there is no way out of the built files: %s', async (hostile) => {
    const { status, text } = await ask({ path: hostile })
    expect(status).toBe(404)
    expect(text).not.toContain('secret')
  })

  test('a foreign name that points here is not served (DNS rebinding)', async () => {
    for (const host of ['evil.example', `evil.example:${server.port}`, '127.0.0.1', `127.0.0.1.evil.example:${server.port}`]) {
      expect((await ask({ path: '/', headers: { host } })).status).toBe(421)
    }
    expect((await ask({ path: '/', headers: { host: `localhost:${server.port}` } })).status).toBe(200)
  })
})

describe('the one-time token', () => {
  test('works once, then says what to do', async () => {
    expect((await signIn()).status).toBe(200)
    const again = await signIn()
    expect([again.status, again.text]).toEqual([403, 'This link was used before. Run "portage ui" again for a new one.'])
  })

  test('a wrong token does not use up the right one', async () => {
    expect((await signIn('x'.repeat(43))).status).toBe(403)
    expect((await signIn('')).status).toBe(403)
    expect((await signIn()).status).toBe(200)
  })

  test('a page that was reloaded can ask whether it is still signed in', async () => {
    const headers = { authorization: `Bearer ${await session()}` }
    expect((await ask({ path: '/session', headers })).status).toBe(204)
    expect((await ask({ path: '/session' })).status).toBe(403)
  })

  test('another origin may not exchange it, nor one that hides itself', async () => {
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${server.port + 1}` },
      {},
    ]) {
      expect((await signIn(token(), headers as Record<string, string>)).status).toBe(403)
    }
  })

  test('a body that is no sign-in, or is far too long, is refused', async () => {
    expect((await ask({ method: 'POST', path: '/session', headers: { origin: origin() }, body: '[]' })).status).toBe(400)
    const long = ask({
      method: 'POST',
      path: '/session',
      headers: { origin: origin() },
      body: JSON.stringify({ token: 'x'.repeat(1_000_000) }),
    })
    const outcome = await long.then(({ status }) => status).catch(() => 'cut off')
    expect([400, 'cut off']).toContain(outcome)
  })
})

describe('the link', () => {
  test('answers frames and says events, and speaks only its own protocol', async () => {
    const { socket, heard } = await openLink()
    expect(socket.protocol).toBe('portage.1')
    socket.send(JSON.stringify({ id: 5, command: 'x', request: {} }))
    await expect.poll(() => heard.length).toBe(2)
    expect(heard).toEqual([
      { event: 'connection.changed', payload: { connection: { state: 'none' } } },
      { id: 5, reply: { ok: { id: 5, command: 'x', request: {} } } },
    ])
    const closed = closeOf(socket)
    socket.close()
    await closed
    await expect.poll(() => attached.length).toBe(0)
  })

  test('is refused without a session, with a wrong one, from another origin, to another host, at another path', async () => {
    const good = ['portage.1', `session.${await session()}`]
    expect(await link(['portage.1'])).toBe(403)
    expect(await link(['portage.1', 'session.wrong'])).toBe(403)
    expect(await link(['portage.1', `session.${token()}`])).toBe(403)
    expect(await link([good[1] ?? ''])).toBe(403)
    expect(await link(good, { origin: 'https://evil.example' })).toBe(403)
    expect(
      await link(good, { origin: `http://evil.example:${server.port}`, headers: { host: `evil.example:${server.port}` } }),
    ).toBe(403)
    expect(await link(good, { path: '/' })).toBe(403)
    expect(attached).toHaveLength(0)
  })

  test('ends at what is no frame: text, binary, too long', async () => {
    const opened = await openLink()
    const closed = closeOf(opened.socket)
    opened.socket.send('not json')
    expect(await closed).toBe(1008)
  })

  test('ends at binary data', async () => {
    const { socket } = await openLink()
    const closed = closeOf(socket)
    socket.send(Buffer.from('{"id":1}'), { binary: true })
    expect(await closed).toBe(1008)
  })

  test('ends at a frame above the limit without reading it', async () => {
    const { socket } = await openLink()
    const closed = closeOf(socket)
    socket.send('x'.repeat(FRAME_MAX_BYTES + 1))
    expect(await closed).toBe(1009)
    await expect.poll(() => attached.length).toBe(0)
  })
})

describe('report downloads', () => {
  const at = (name: string) => `/reports/E1/${encodeURIComponent(name)}`

  test('need the session', async () => {
    expect((await ask({ path: at('Übersicht R0.csv') })).status).toBe(403)
    expect((await ask({ path: at('Übersicht R0.csv'), headers: { authorization: 'Bearer x' } })).status).toBe(403)
  })

  test('are whole files under their own names, and nothing beside the folder', async () => {
    const headers = { authorization: `Bearer ${await session()}` }
    const good = await ask({ path: at('Übersicht R0.csv'), headers })
    expect([good.status, good.text]).toEqual([200, 'a,b\r\n'])
    expect(good.headers['content-disposition']).toBe("attachment; filename*=UTF-8''%C3%9Cbersicht%20R0.csv")
    for (const hostile of [
      at('link.csv'),
      at('../../secret.json'),
      '/reports/E1/..%2f..%2fsecret.json',
      '/reports/E1',
      '/reports/%E0%A4%A',
      '/reports/E1/',
    ]) {
      expect((await ask({ path: hostile, headers })).status).toBe(404)
    }
  })
})

test('close ends every connection and frees the port', async () => {
  const { socket } = await openLink()
  const closed = closeOf(socket)
  await server.close()
  await closed
  const again = net.createServer().listen(server.port, '127.0.0.1')
  await new Promise((resolve) => again.once('listening', resolve))
  again.close()
  server = { ...server, close: async () => undefined }
})
