import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const electron = vi.hoisted(() => {
  const handlers = new Map<string, (event: unknown, message: unknown) => unknown>()
  const created: { options: Record<string, unknown>; window: Record<string, unknown> }[] = []
  return {
    handlers,
    created,
    ipcMain: {
      handle: (channel: string, handler: (event: unknown, message: unknown) => unknown) => handlers.set(channel, handler),
    },
    dialog: { showOpenDialog: vi.fn(async () => ({ canceled: false, filePaths: ['/chosen'] })) },
    shell: { openPath: vi.fn(async () => ''), openExternal: vi.fn(async () => undefined) },
    safeStorage: {
      isEncryptionAvailable: vi.fn(() => true),
      getSelectedStorageBackend: vi.fn(() => 'gnome_libsecret'),
      encryptString: (text: string) => Buffer.from(text).map((byte) => byte ^ 255),
      decryptString: (sealed: Buffer) => sealed.map((byte) => byte ^ 255).toString(),
    },
    protocol: { registerSchemesAsPrivileged: vi.fn(), handle: vi.fn() },
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
    Menu: { setApplicationMenu: vi.fn(), buildFromTemplate: (template: unknown) => template },
    app: { getPath: () => electronState.userData },
    utilityProcess: {},
  }
})
const electronState = vi.hoisted(() => ({ userData: '' }))

vi.mock('electron', () => {
  class BrowserWindow {
    static getFocusedWindow() {
      return null
    }
    readonly listeners = new Map<string, (event: unknown) => void>()
    readonly webContents = {
      on: (name: string, listener: (event: unknown) => void) => this.listeners.set(`contents:${name}`, listener),
      setWindowOpenHandler: vi.fn(),
      session: { setPermissionRequestHandler: vi.fn() },
    }
    readonly show = vi.fn()
    readonly hide = vi.fn()
    readonly maximize = vi.fn()
    readonly loadURL = vi.fn(async () => undefined)
    constructor(options: Record<string, unknown>) {
      electron.created.push({ options, window: this as unknown as Record<string, unknown> })
    }
    once(name: string, listener: (event: unknown) => void) {
      this.listeners.set(name, listener)
    }
    on(name: string, listener: (event: unknown) => void) {
      this.listeners.set(name, listener)
    }
    getNormalBounds() {
      return { x: 10, y: 20, width: 900, height: 700 }
    }
    isMaximized() {
      return true
    }
  }
  return { ...electron, BrowserWindow }
})

const { createIpcTransport, isTrustedSender } = await import('./ipcTransport.ts')
const { hasSafeStorage, nativeShell, openWebAddress, safeKeyring } = await import('./nativeShell.ts')
const { openMainWindow } = await import('./window.ts')
const { serveScreens } = await import('./screensProtocol.ts')
const { menuTemplate } = await import('./menu.ts')
const { CHANNELS } = await import('../../shared/contract/channels.ts')

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-shell-'))
  electronState.userData = folder
  electron.created.length = 0
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

function senderAt(url: string, isTop = true) {
  const frame = { url }
  return { sender: { mainFrame: isTop ? frame : {} }, senderFrame: frame } as unknown as Parameters<typeof isTrustedSender>[0]
}

describe('sender check', () => {
  test('only the top frame of our own page is trusted', () => {
    expect(isTrustedSender(senderAt('portage://app/'))).toBe(true)
    expect(isTrustedSender(senderAt('portage://app/', false))).toBe(false)
    for (const url of [
      'https://evil.example/',
      'portage://app.evil/',
      'portage://other/',
      'file:///etc/passwd',
      'about:blank',
      '',
      'data:text/html,x',
    ]) {
      expect(isTrustedSender(senderAt(url))).toBe(false)
    }
    expect(isTrustedSender({ ...senderAt('portage://app/'), senderFrame: null })).toBe(false)
  })

  test('every channel refuses a stranger before it reads the message', async () => {
    const call = vi.fn(async () => ({ id: 0, reply: { ok: 1 } }))
    const attach = vi.fn()
    createIpcTransport({ engine: () => ({ call, attach, stop: async () => undefined }), native: nativeShell, windows: () => [] })
    for (const channel of [CHANNELS.call, CHANNELS.attach, CHANNELS.native]) {
      expect(() => electron.handlers.get(channel)?.(senderAt('https://evil.example/'), {})).toThrow('refused')
    }
    expect(call).not.toHaveBeenCalled()
    expect(attach).not.toHaveBeenCalled()
    expect(await electron.handlers.get(CHANNELS.call)?.(senderAt('portage://app/'), { id: 0 })).toEqual({ ok: 1 })
  })

  test('a dead engine is told as an error, never as a rejection', async () => {
    createIpcTransport({
      engine: () => ({ call: async () => undefined, attach: () => undefined, stop: async () => undefined }),
      native: nativeShell,
      windows: () => [],
    })
    const reply = await electron.handlers.get(CHANNELS.call)?.(senderAt('portage://app/'), {})
    expect(reply).toMatchObject({ error: { code: 'NET_INTERRUPTED', remedy: { kind: 'lookFirst' } } })
  })

  test('an unknown native wish is refused', () => {
    expect(() => electron.handlers.get(CHANNELS.native)?.(senderAt('portage://app/'), { name: 'runProgram' })).toThrow()
  })
})

describe('native shell', () => {
  test('only folders are opened, never files', async () => {
    await nativeShell.showFolder(folder)
    expect(electron.shell.openPath).toHaveBeenCalledWith(folder)
    const file = path.join(folder, 'run.cmd')
    fs.writeFileSync(file, '')
    await expect(nativeShell.showFolder(file)).rejects.toThrow('no such folder')
  })

  test('only web addresses are opened in the browser', async () => {
    await openWebAddress('https://login.microsoftonline.com/x')
    for (const url of ['file:///etc/passwd', 'javascript:alert(1)', 'ms-settings:', 'smb://host/share']) {
      await expect(openWebAddress(url)).rejects.toThrow()
    }
    expect(electron.shell.openExternal).toHaveBeenCalledTimes(1)
  })

  test('keys are sealed at rest, and plain-text protection is not taken for one', () => {
    safeKeyring.keep('account 1', 'top secret')
    expect(safeKeyring.find('account 1')).toBe('top secret')
    expect(safeKeyring.find('account 2')).toBeUndefined()
    const [file = ''] = fs.readdirSync(path.join(folder, 'keys'))
    expect(fs.readFileSync(path.join(folder, 'keys', file), 'utf8')).not.toContain('top secret')
    electron.safeStorage.getSelectedStorageBackend.mockReturnValueOnce('basic_text')
    expect(hasSafeStorage()).toBe(process.platform !== 'linux')
  })
})

describe('window', () => {
  const open = (store = {}, staysHidden = false) => {
    const state = { store }
    openMainWindow({ preload: '/preload.cjs', state, staysHidden: () => staysHidden })
    const created = electron.created.at(-1)
    if (!created) throw new Error('no window')
    return { ...created, state, listeners: created.window.listeners as Map<string, (event: unknown) => void> }
  }

  test('is sandboxed and isolated', () => {
    expect(open().options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
    })
  })

  test('stays on its own page and opens no other but the one for progress', () => {
    const { listeners, window } = open()
    const preventDefault = vi.fn()
    listeners.get('contents:will-navigate')?.({ url: 'https://evil.example/', preventDefault })
    listeners.get('contents:will-navigate')?.({ url: 'portage://app.evil/', preventDefault })
    expect(preventDefault).toHaveBeenCalledTimes(2)
    listeners.get('contents:will-navigate')?.({ url: 'portage://app/', preventDefault })
    expect(preventDefault).toHaveBeenCalledTimes(2)
    const contents = window.webContents as { setWindowOpenHandler: ReturnType<typeof vi.fn> }
    const decide = contents.setWindowOpenHandler.mock.calls[0]?.[0]
    for (const url of ['https://evil.example/', 'portage://app/', 'portage://app/?view=progress&x=1', 'about:blank'])
      expect(decide({ url })).toEqual({ action: 'deny' })
    expect(decide({ url: 'portage://app/?view=progress' })).toEqual({ action: 'allow' })
  })

  test('comes back where it was, but not on a screen that is gone', () => {
    const bounds = { x: 100, y: 100, width: 1000, height: 700 }
    expect(open({ bounds }).options).toMatchObject(bounds)
    expect(open({ bounds: { ...bounds, x: 5000 } }).options).toMatchObject({ width: 1280, height: 800 })
    const { listeners, state } = open()
    listeners.get('close')?.({})
    expect(state.store).toEqual({ bounds: { x: 10, y: 20, width: 900, height: 700 }, isMaximized: true })
  })
})

test('closing the window while an agent works hides it', () => {
  for (const [staysHidden, times] of [
    [true, 1],
    [false, 0],
  ] as const) {
    openMainWindow({ preload: '/preload.cjs', state: { store: {} }, staysHidden: () => staysHidden })
    const window = electron.created.at(-1)?.window
    const preventDefault = vi.fn()
    const listeners = window?.listeners as Map<string, (event: unknown) => void>
    listeners.get('close')?.({ preventDefault })
    expect(preventDefault).toHaveBeenCalledTimes(times)
    expect(window?.hide).toHaveBeenCalledTimes(times)
  }
})

test('the page is served by its own scheme, other hosts of it are not', async () => {
  fs.writeFileSync(path.join(folder, 'index.html'), '<p>')
  const { readScreenFiles } = await import('../host/screenFiles.ts')
  serveScreens(readScreenFiles(folder))
  const serve = electron.protocol.handle.mock.calls.at(-1)?.[1] as (request: Request) => Response
  const page = serve(new Request('portage://app/'))
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining("default-src 'none'")])
  expect(serve(new Request('portage://evil/')).status).toBe(404)
  expect(serve(new Request('portage://app/../../etc/passwd')).status).toBe(404)
})

test('the menu asks the window to export reports', () => {
  const send = vi.fn()
  const [file] = menuTemplate({ isMac: false, send })
  const items = file?.submenu as { label?: string; click?: () => void }[]
  items.find(({ label }) => label?.includes('Export reports'))?.click?.()
  expect(send).toHaveBeenCalledWith('exportReports')
})
