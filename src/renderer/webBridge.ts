import type { Bridge, LinkState } from '../shared/contract/bridge.ts'
import type { CommandName, CommandRequest, CommandResponse, Reply, RequestFrame } from '../shared/contract/commands.ts'
import { answerFrameSchema, hostEventSchema } from '../shared/contract/events.ts'
import { MigrationError, toWire } from '../shared/errors.ts'
import { saveFile } from './saveFile.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5000
const SESSION_KEY = 'portage-session'

/** The parts of a browser that the bridge uses. */
export interface WebPlace {
  readonly origin: string
  /** From the fragment of the address; works once. */
  readonly token: string | undefined
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  readonly fetch: typeof fetch
  openSocket(
    url: string,
    protocols: string[],
  ): Pick<WebSocket, 'send' | 'close'> & {
    onopen: (() => void) | null
    onclose: (() => void) | null
    onmessage: ((message: { readonly data: unknown }) => void) | null
  }
  wait(delayMs: number): Promise<void>
  saveFile(name: string, content: Blob): void
}

type Listener = Parameters<Bridge['subscribe']>[0]

/** The bridge over one WebSocket. Comes back by itself; the host tells the whole state again after every connection. */
export function createWebBridge(place: WebPlace): Bridge {
  const listeners = new Set<Listener>()
  const open = new Map<number, (reply: Reply<unknown>) => void>()
  let socket: ReturnType<WebPlace['openSocket']> | undefined
  let link: LinkState = 'connecting'
  let nextId = 1
  let isStarted = false

  function setLink(next: LinkState): void {
    link = next
    for (const { onLink } of listeners) onLink(next)
  }

  async function signIn(): Promise<'in' | 'refused' | 'unreachable'> {
    const stored = place.storage.getItem(SESSION_KEY)
    try {
      if (place.token !== undefined && stored === null) {
        const response = await place.fetch(`${place.origin}/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ token: place.token }),
        })
        const body: unknown = response.ok ? await response.json() : undefined
        if (typeof body !== 'object' || body === null || !('session' in body)) return 'refused'
        place.storage.setItem(SESSION_KEY, String(body.session))
        return 'in'
      }
      if (stored === null) return 'refused'
      const response = await place.fetch(`${place.origin}/session`, { headers: bearer() })
      return response.ok ? 'in' : 'refused'
    } catch {
      return 'unreachable'
    }
  }

  const bearer = () => ({ authorization: `Bearer ${place.storage.getItem(SESSION_KEY) ?? ''}` })

  async function keepConnected(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    for (;;) {
      const entry = await signIn()
      if (entry === 'refused') {
        place.storage.removeItem(SESSION_KEY)
        return setLink('refused')
      }
      if (entry === 'in' && (await untilClosed())) pauseMs = FIRST_PAUSE_MS
      setLink('lost')
      await place.wait(pauseMs)
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
  }

  /** Whether it had been open at all. */
  function untilClosed(): Promise<boolean> {
    return new Promise((resolve) => {
      let wasOpen = false
      const session = place.storage.getItem(SESSION_KEY) ?? ''
      const one = place.openSocket(`${place.origin.replace(/^http/, 'ws')}/link`, ['portage.1', `session.${session}`])
      one.onopen = () => {
        wasOpen = true
        socket = one
        setLink('open')
      }
      one.onmessage = ({ data }) => receive(data)
      one.onclose = () => {
        socket = undefined
        for (const [id, settle] of open) {
          open.delete(id)
          settle({ error: linkLost() })
        }
        resolve(wasOpen)
      }
    })
  }

  function receive(data: unknown): void {
    const frame: unknown = JSON.parse(String(data))
    const answer = answerFrameSchema.safeParse(frame)
    if (answer.success) {
      open.get(answer.data.id)?.(answer.data.reply)
      open.delete(answer.data.id)
      return
    }
    const event = hostEventSchema.safeParse(frame)
    if (!event.success) {
      // Of a host that was updated while this page stayed open: the page must say so somewhere.
      console.warn('Portage: an event was not understood; reload this page.', event.error.issues)
      return
    }
    for (const { onEvent } of listeners) onEvent(event.data)
  }

  return {
    capabilities: { dropGivesPath: false, nativeDialogs: false, downloads: true },
    native: {
      async download(exportId, fileName) {
        const name = [exportId, ...fileName.split('/')].map(encodeURIComponent).join('/')
        const response = await place.fetch(`${place.origin}/reports/${name}`, { headers: bearer() })
        if (!response.ok) throw new Error(await response.text())
        place.saveFile(fileName.split('/').at(-1) ?? fileName, await response.blob())
      },
    },
    call<C extends CommandName>(command: C, request: CommandRequest<C>): Promise<Reply<CommandResponse<C>>> {
      const current = socket
      if (!current) return Promise.resolve({ error: linkLost() })
      return new Promise((resolve) => {
        const id = nextId++
        // The host answers a command with what its schema says; the envelope was checked on arrival.
        open.set(id, resolve as (reply: Reply<unknown>) => void)
        const frame: RequestFrame = { id, command, request }
        current.send(JSON.stringify(frame))
      })
    },
    subscribe(listener) {
      listeners.add(listener)
      listener.onLink(link)
      if (!isStarted) {
        isStarted = true
        void keepConnected()
      }
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

function linkLost() {
  return toWire(
    new MigrationError('NET_INTERRUPTED', 'The connection to the Portage host was lost before it answered.', {
      remedy: { kind: 'lookFirst' },
      fix: 'Wait until it is back and look whether the change was made before you repeat it.',
    }),
  )
}

/** The real browser; takes the token out of the address bar at once. */
export function browserPlace(window: Window & typeof globalThis): WebPlace {
  const token = /^#token=([\w-]+)$/.exec(window.location.hash)?.[1]
  if (token !== undefined) {
    window.sessionStorage.removeItem(SESSION_KEY)
    window.history.replaceState(null, '', '/')
  }
  return {
    origin: window.location.origin,
    token,
    storage: window.sessionStorage,
    fetch: window.fetch.bind(window),
    openSocket: (url, protocols) => new WebSocket(url, protocols) as ReturnType<WebPlace['openSocket']>,
    wait: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
    saveFile,
  }
}
