import { expect, test, vi } from 'vitest'
import type { Bridge } from '../shared/contract/bridge.ts'

const electron = vi.hoisted(() => ({
  exposed: new Map<string, unknown>(),
  listeners: new Map<string, (event: unknown, message: unknown) => void>(),
  invoke: vi.fn(async (_channel: string, _message?: unknown): Promise<unknown> => ({ ok: 1 })),
}))
vi.mock('electron', () => ({
  contextBridge: { exposeInMainWorld: (name: string, value: unknown) => electron.exposed.set(name, value) },
  ipcRenderer: {
    invoke: electron.invoke,
    on: (channel: string, listener: (event: unknown, message: unknown) => void) => electron.listeners.set(channel, listener),
    off: (channel: string) => electron.listeners.delete(channel),
  },
  webUtils: { getPathForFile: (file: File) => `/desktop/${file.name}` },
}))
await import('./index.ts')
const bridge = electron.exposed.get('portage') as Bridge

test('exposes the bridge and nothing else', () => {
  expect([...electron.exposed.keys()]).toEqual(['portage'])
  expect(Object.keys(bridge).sort()).toEqual(['call', 'capabilities', 'native', 'subscribe'])
})

test('a dropped file tells its path; anything else tells none', () => {
  expect(bridge.native.pathOfDropped?.(new File([], 'share'))).toBe('/desktop/share')
  expect(bridge.native.pathOfDropped?.('/etc/passwd')).toBe('')
})

test('passes messages on without the event that carries the sender', async () => {
  const onEvent = vi.fn()
  const end = bridge.subscribe({ onEvent, onLink: () => undefined })
  expect(electron.invoke).toHaveBeenCalledWith('portage:attach')
  electron.listeners.get('portage:event')?.({ sender: 'internals' }, { event: 'x' })
  expect(onEvent).toHaveBeenCalledExactlyOnceWith({ event: 'x' })
  end()
  expect(electron.listeners.size).toBe(0)
  expect(await bridge.call('app.state', {})).toEqual({ ok: 1 })
  expect(electron.invoke).toHaveBeenLastCalledWith('portage:call', { id: 0, command: 'app.state', request: {} })
})
