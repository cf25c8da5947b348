import { beforeEach, expect, test, vi } from 'vitest'

/** Tray, notifications, updates and crashes against a fake of Electron. */
const electron = vi.hoisted(() => {
  class Tray {
    static readonly created: Tray[] = []
    readonly listeners = new Map<string, () => void>()
    readonly setImage = vi.fn()
    readonly setToolTip = vi.fn()
    readonly setContextMenu = vi.fn()
    constructor(readonlyIcon: unknown) {
      void readonlyIcon
      Tray.created.push(this)
    }
    on(name: string, listener: () => void) {
      this.listeners.set(name, listener)
    }
  }
  class Notification {
    static readonly shown: Notification[] = []
    static isSupported = vi.fn(() => true)
    readonly listeners = new Map<string, () => void>()
    readonly options: unknown
    constructor(options: unknown) {
      this.options = options
    }
    on(name: string, listener: () => void) {
      this.listeners.set(name, listener)
    }
    show() {
      Notification.shown.push(this)
    }
  }
  return {
    Tray,
    Notification,
    Menu: { buildFromTemplate: (template: unknown) => template },
    nativeImage: { createFromBitmap: (bitmap: Buffer) => bitmap },
    dialog: { showErrorBox: vi.fn() },
    app: { exit: vi.fn() },
    crashReporter: { start: vi.fn() },
  }
})
vi.mock('electron', () => electron)

const { createTray, drawMood } = await import('./tray.ts')
const { createNotifier } = await import('./notifications.ts')
const { watchForUpdates } = await import('./updates.ts')
const { keepCrashDumps, reloadWhenGone } = await import('./crashes.ts')
const { ShellState } = await import('./shellState.ts')

beforeEach(() => vi.clearAllMocks())

test('the tray is drawn anew only when its state changes, and leads back to the window', () => {
  const open = vi.fn()
  const quit = vi.fn()
  const tray = createTray({ open, quit })
  const state = new ShellState()
  tray.show(state)
  tray.show(state)
  const [created] = electron.Tray.created
  expect(created?.setToolTip.mock.calls).toEqual([['Portage: not connected']])
  created?.listeners.get('click')?.()
  const menu = created?.setContextMenu.mock.calls[0]?.[0] as { label?: string; click?: () => void }[]
  menu.find(({ label }) => label === 'Quit')?.click?.()
  expect([open.mock.calls.length, quit.mock.calls.length]).toEqual([1, 1])
})

test('every mood has a picture of its own', () => {
  const pictures = (['idle', 'working', 'attention', 'offline'] as const).map((mood) => drawMood(mood).toString('base64'))
  expect(new Set(pictures).size).toBe(4)
})

test('a click on a notification opens its place; without support nothing is shown', () => {
  const open = vi.fn()
  const notify = createNotifier(open)
  const notice = { title: 'Finance', body: 'done', opens: { kind: 'view', view: 'reports' } } as const
  notify(notice)
  electron.Notification.shown[0]?.listeners.get('click')?.()
  expect(open).toHaveBeenCalledWith(notice.opens)
  electron.Notification.isSupported.mockReturnValueOnce(false)
  notify(notice)
  expect(electron.Notification.shown).toHaveLength(1)
})

test('updates are looked for in a packaged app only, and never installed while it runs', async () => {
  const listeners = new Map<string, (value: never) => void>()
  const updater = {
    autoDownload: false,
    autoInstallOnAppQuit: false,
    on: (name: string, listener: (value: never) => void) => listeners.set(name, listener),
    checkForUpdates: vi.fn(async () => {
      throw new Error('no network')
    }),
  }
  const planned: (() => void)[] = []
  const onReady = vi.fn()
  const log = vi.fn()
  const watch = (isPackaged: boolean) =>
    watchForUpdates({
      updater: updater as never,
      isPackaged,
      after: (_delayMs, act) => planned.push(act),
      every: (_intervalMs, act) => planned.push(act),
      onReady,
      log,
    })
  watch(false)
  expect(planned).toHaveLength(0)
  watch(true)
  for (const act of planned) act()
  await Promise.resolve()
  expect(updater.checkForUpdates).toHaveBeenCalledTimes(2)
  listeners.get('update-downloaded')?.({ version: '9.9.9' } as never)
  listeners.get('error')?.(new Error('no feed') as never)
  expect(onReady).toHaveBeenCalledWith('9.9.9')
  expect(log).toHaveBeenCalledWith('update: no feed\n')
  expect([updater.autoDownload, updater.autoInstallOnAppQuit]).toEqual([true, true])
})

test('a page that dies is loaded again, but not for ever; dumps never leave the machine', () => {
  let gone: (event: unknown, details: { reason: string; exitCode: number }) => void = () => undefined
  const reload = vi.fn()
  const contents = {
    on: (_name: string, listener: typeof gone) => {
      gone = listener
    },
    reload,
  }
  let nowMs = 0
  reloadWhenGone(contents as never, () => nowMs)
  gone({}, { reason: 'clean-exit', exitCode: 0 })
  for (let crash = 0; crash < 4; crash++) gone({}, { reason: 'crashed', exitCode: 1 })
  expect([reload.mock.calls.length, electron.dialog.showErrorBox.mock.calls.length]).toEqual([3, 1])
  nowMs += 120_000
  gone({}, { reason: 'oom', exitCode: 1 })
  expect(reload).toHaveBeenCalledTimes(4)
  keepCrashDumps()
  expect(electron.crashReporter.start).toHaveBeenCalledWith({ uploadToServer: false })
})
