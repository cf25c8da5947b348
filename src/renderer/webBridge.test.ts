import { describe, expect, test, vi } from 'vitest'
import type { LinkState } from '../shared/contract/bridge.ts'
import { createWebBridge, type WebPlace } from './webBridge.ts'

class FakeSocket {
  onopen: (() => void) | null = null
  onclose: (() => void) | null = null
  onmessage: ((message: { readonly data: unknown }) => void) | null = null
  readonly sent: { readonly id: number; readonly command: string }[] = []
  readonly url: string
  readonly protocols: string[]
  constructor(url: string, protocols: string[]) {
    this.url = url
    this.protocols = protocols
  }
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close() {
    this.onclose?.()
  }
  say(frame: unknown) {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

function setup(
  options: { readonly token?: string; readonly stored?: string; readonly answers?: readonly (number | 'down')[] } = {},
) {
  const sockets: FakeSocket[] = []
  const stored = new Map(options.stored === undefined ? [] : [['portage-session', options.stored]])
  const answers = [...(options.answers ?? [])]
  const requests: string[] = []
  const waits: number[] = []
  let resume: () => void = () => undefined
  const place: WebPlace = {
    origin: 'http://127.0.0.1:5000',
    token: options.token,
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
    fetch: vi.fn(async (url: RequestInfo | URL, init?: RequestInit) => {
      requests.push(`${init?.method ?? 'GET'} ${String(url)}`)
      const answer = answers.shift() ?? 200
      if (answer === 'down') throw new TypeError('unreachable')
      return new Response(JSON.stringify({ session: 'S1' }), { status: answer })
    }) as typeof fetch,
    openSocket(url, protocols) {
      const socket = new FakeSocket(url, protocols)
      sockets.push(socket)
      return socket
    },
    wait(delayMs) {
      waits.push(delayMs)
      return new Promise((resolve) => {
        resume = resolve
      })
    },
    saveFile: vi.fn(),
  }
  const bridge = createWebBridge(place)
  const links: LinkState[] = []
  const events: unknown[] = []
  bridge.subscribe({ onEvent: (event) => events.push(event), onLink: (link) => links.push(link) })
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  return {
    bridge,
    sockets,
    stored,
    requests,
    waits,
    links,
    events,
    settle,
    async again() {
      resume()
      await settle()
    },
  }
}

async function open(options = { token: 'T' }) {
  const place = setup(options)
  await place.settle()
  const [socket] = place.sockets
  if (!socket) throw new Error('no socket was opened')
  socket.onopen?.()
  return { ...place, socket }
}

describe('signing in', () => {
  test('exchanges the token of the link and opens the link with the session', async () => {
    const { socket, requests, links, stored } = await open()
    expect(requests).toEqual(['POST http://127.0.0.1:5000/session'])
    expect([socket.url, socket.protocols]).toEqual(['ws://127.0.0.1:5000/link', ['portage.1', 'session.S1']])
    expect(links).toEqual(['connecting', 'open'])
    expect(stored.get('portage-session')).toBe('S1')
  })

  test('a used link is refused for good: no endless trying', async () => {
    const { links, sockets, waits, settle } = setup({ token: 'T', answers: [403] })
    await settle()
    expect(links).toEqual(['connecting', 'refused'])
    expect([sockets.length, waits.length]).toEqual([0, 0])
  })

  test('a reloaded page goes on with its session', async () => {
    const { requests, sockets, settle } = setup({ stored: 'S0' })
    await settle()
    expect(requests).toEqual(['GET http://127.0.0.1:5000/session'])
    expect(sockets[0]?.protocols[1]).toBe('session.S0')
  })

  test('a host that was started again does not know the old session', async () => {
    const { links, stored, settle } = setup({ stored: 'S0', answers: [403] })
    await settle()
    expect(links.at(-1)).toBe('refused')
    expect(stored.size).toBe(0)
  })
})

describe('the link', () => {
  test('pairs answers with questions, in whatever order they come', async () => {
    const { bridge, socket } = await open()
    const first = bridge.call('app.state', {})
    const second = bridge.call('status.read', {})
    const [one, two] = socket.sent
    socket.say({ id: two?.id, reply: { ok: 'second' } })
    socket.say({ id: one?.id, reply: { error: { code: 'INTERNAL', message: 'x', remedy: { kind: 'retry' } } } })
    expect(await second).toEqual({ ok: 'second' })
    expect(await first).toMatchObject({ error: { code: 'INTERNAL' } })
  })

  test('hears events, and skips one that it does not know', async () => {
    const { socket, events } = await open()
    socket.say({ event: 'tasks.exploded', payload: {} })
    socket.say({ event: 'connection.changed', payload: { connection: { state: 'none' } } })
    expect(events).toEqual([{ event: 'connection.changed', payload: { connection: { state: 'none' } } }])
  })

  test('a lost link answers open questions at once and comes back by itself, waiting longer each time', async () => {
    const place = await open()
    const asked = place.bridge.call('app.state', {})
    place.socket.close()
    expect(await asked).toMatchObject({ error: { code: 'NET_INTERRUPTED', remedy: { kind: 'lookFirst' } } })
    expect(await place.bridge.call('app.state', {})).toMatchObject({ error: { code: 'NET_INTERRUPTED' } })
    await place.settle()
    expect([place.links.at(-1), place.waits]).toEqual(['lost', [500]])
    await place.again()
    place.sockets[1]?.close()
    await place.settle()
    await place.again()
    expect(place.waits).toEqual([500, 1000])
    place.sockets[2]?.onopen?.()
    expect(place.links.at(-1)).toBe('open')
  })

  test('a host that cannot be reached is asked again', async () => {
    const place = setup({ token: 'T', answers: ['down', 200] })
    await place.settle()
    expect(place.links.at(-1)).toBe('lost')
    await place.again()
    expect(place.sockets).toHaveLength(1)
  })
})
