import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import type { HostEvent } from '../../shared/contract/events.ts'
import type { App, AppEnvironment } from '../host/app.ts'
import { settle } from '../host/testing/fakeHost.ts'
import { type EngineProcess, startEngine } from './engineClient.ts'
import type { FromEngine, NativeCall, ToEngine } from './engineProtocol.ts'
import { serveShell } from './engineSide.ts'

/** Both ends of the line in one process; every message is cloned as the operating system would. */
function createLine(openApp: (environment: AppEnvironment) => { app: App; dispatch: (frame: unknown) => Promise<never> }) {
  const exits: ((code: number) => void)[] = []
  const stopped = vi.fn()
  function fork(): EngineProcess {
    const toShell: ((message: unknown) => void)[] = []
    let toEngine: (message: unknown) => void = () => undefined
    serveShell(
      {
        send: (message: FromEngine) =>
          queueMicrotask(() => {
            for (const listener of toShell) listener(structuredClone(message))
          }),
        listen: (onMessage) => {
          toEngine = onMessage
        },
      },
      { openApp, log: () => undefined, onStopped: () => exits.at(-1)?.(0) },
    )
    return {
      postMessage: (message: ToEngine) => queueMicrotask(() => toEngine(structuredClone(message))),
      on(event: string, listener: (value: never) => void) {
        if (event === 'message') toShell.push(listener as (message: unknown) => void)
        else exits.push(listener as (code: number) => void)
        return this
      },
      kill: () => true,
    }
  }
  return { fork, exits, stopped }
}

function setup(dispatch: (frame: unknown) => Promise<unknown> = async () => ({ id: 0, reply: { ok: 'yes' } })) {
  const workFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-engine-'))
  const environments: AppEnvironment[] = []
  const close = vi.fn(async () => undefined)
  const line = createLine((environment) => {
    environments.push(environment)
    const attach = (send: (event: HostEvent) => void) => {
      send({ event: 'connection.changed', payload: { connection: { state: 'none' } } })
      return () => undefined
    }
    return { app: { attach, close } as unknown as App, dispatch: dispatch as (frame: unknown) => Promise<never> }
  })
  const events: HostEvent[] = []
  const links: string[] = []
  const natives: [NativeCall, readonly string[]][] = []
  const engine = startEngine({
    fork: line.fork,
    start: { kind: 'start', workFolder, version: '1', hasKeyring: true },
    onEvent: (event) => events.push(event),
    onLink: (link) => links.push(link),
    native: async (call, args) => {
      natives.push([call, args])
      if (call === 'practiceStart') throw new Error('no disk')
      return call === 'keyringFind' ? 'sealed' : true
    },
    delay: async () => undefined,
  })
  return {
    engine,
    events,
    links,
    natives,
    environments,
    close,
    line,
    clean: () => fs.rmSync(workFolder, { recursive: true, force: true }),
  }
}

test('a frame comes back with its answer, and events arrive from the last state on', async () => {
  const { engine, events, links, clean } = setup()
  expect(await engine.call({ id: 0, command: 'app.state', request: {} })).toEqual({ id: 0, reply: { ok: 'yes' } })
  expect(events).toEqual([{ event: 'connection.changed', payload: { connection: { state: 'none' } } }])
  expect(links).toEqual(['open'])
  engine.attach()
  await settle()
  expect(events).toHaveLength(2)
  clean()
})

test('the engine asks the shell for what only the shell can do', async () => {
  const { natives, environments, clean } = setup()
  await settle()
  const [environment] = environments
  expect(await environment?.keyring?.find('a')).toBe('sealed')
  expect(await environment?.keyring?.keep('a', 's')).toBe(true)
  await environment?.openUrl?.('https://login.example')
  await expect(environment?.practice?.start()).rejects.toThrow('no disk')
  expect(natives.map(([call]) => call)).toEqual(['keyringFind', 'keyringKeep', 'openUrl', 'practiceStart'])
  clean()
})

test('an engine that dies is started again; open questions hear that they were not answered', async () => {
  const { engine, links, line, environments, clean } = setup(() => new Promise(() => undefined))
  const open = engine.call({ id: 0, command: 'tasks.add', request: {} })
  await settle()
  line.exits.at(-1)?.(1)
  expect(await open).toBeUndefined()
  await settle()
  expect(links).toEqual(['open', 'lost', 'open'])
  expect(environments).toHaveLength(2)
  clean()
})

test('stop closes the host and does not start another engine', async () => {
  const { engine, close, environments, clean } = setup()
  await settle()
  await engine.stop()
  await settle()
  expect(close).toHaveBeenCalledOnce()
  expect(environments).toHaveLength(1)
  clean()
})
