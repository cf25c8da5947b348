// Entry of the desktop shell: window, tray, menu, dialogs and safe storage here; everything else in the engine's process.
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { app, BrowserWindow, utilityProcess } from 'electron'
import ElectronStore from 'electron-store'
import electronUpdater from 'electron-updater'
import { type AppPlace, LINK_SCHEME, parseAppLink } from '../shared/contract/deepLink.ts'
import { endOnDefect, keepCrashDumps, reloadWhenGone } from './electron/crashes.ts'
import { type EngineClient, startEngine } from './electron/engineClient.ts'
import type { NativeCall } from './electron/engineProtocol.ts'
import { createIpcTransport } from './electron/ipcTransport.ts'
import { setMenu } from './electron/menu.ts'
import { hasSafeStorage, nativeShell, openWebAddress, safeKeyring } from './electron/nativeShell.ts'
import { createNotifier } from './electron/notifications.ts'
import { createPracticeProcess } from './electron/practiceProcess.ts'
import { registerScreensScheme, serveScreens } from './electron/screensProtocol.ts'
import { ShellState } from './electron/shellState.ts'
import { createTray } from './electron/tray.ts'
import { watchForUpdates } from './electron/updates.ts'
import { openMainWindow, type WindowState } from './electron/window.ts'
import { readScreenFiles } from './host/screenFiles.ts'
import { defaultWorkFolder } from './host/workFolder.ts'

const beside = (...parts: string[]) => path.join(import.meta.dirname, ...parts)

keepCrashDumps()
registerScreensScheme()
// Two engines on one work folder would fight for its journals.
if (app.requestSingleInstanceLock()) void start()
else app.quit()

async function start(): Promise<void> {
  endOnDefect()
  /** A link may come before there is a window to open it in. */
  let linked = process.argv.map(parseAppLink).find((place) => place !== undefined)
  let openPlace = (place: AppPlace) => {
    linked = place
  }
  app.on('open-url', (event, link) => {
    event.preventDefault()
    const place = parseAppLink(link)
    if (place) openPlace(place)
  })
  app.on('second-instance', (_event, argv) => {
    showWindow()
    const place = argv.map(parseAppLink).find((found) => found !== undefined)
    if (place) openPlace(place)
  })
  await app.whenReady()
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME)

  const stored = new ElectronStore<WindowState>({ name: 'window' })
  const workFolder = defaultWorkFolder()
  const practice = createPracticeProcess({ program: beside('portage.js'), workFolder })
  const state = new ShellState()
  let isQuitting = false

  function showWindow(): void {
    const [window] = BrowserWindow.getAllWindows()
    if (!window) {
      openWindow()
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  function openWindow(): void {
    const window = openMainWindow({
      preload: beside('../preload/index.cjs'),
      state: stored,
      // Closing the window must not end a migration: the tray keeps it.
      staysHidden: () => !isQuitting && state.isAgentAtWork,
    })
    reloadWhenGone(window.webContents)
  }

  function native(call: NativeCall, [first = '', second = '']: readonly string[]): Promise<unknown> {
    const calls = {
      openUrl: () => openWebAddress(first),
      keyringKeep: async () => safeKeyring.keep(first, second),
      keyringFind: async () => safeKeyring.find(first),
      practiceStart: () => practice.start(),
    } satisfies Record<NativeCall, () => Promise<unknown>>
    return calls[call]()
  }

  serveScreens(readScreenFiles(beside('../renderer')))
  const transport = createIpcTransport({
    engine: () => engine,
    native: nativeShell,
    windows: () => BrowserWindow.getAllWindows().map(({ webContents }) => webContents),
  })
  openPlace = (place) => {
    showWindow()
    transport.sendOpen(place)
  }
  setMenu(transport.sendMenu)
  const tray = createTray({ open: showWindow, quit: () => app.quit() })
  const notify = createNotifier((place) => openPlace(place))
  await practice.resume().catch((thrown: unknown) => console.error(thrown))
  const engine: EngineClient = startEngine({
    fork: () => utilityProcess.fork(beside('engineProcess.js'), [], { serviceName: 'Portage engine' }),
    start: { kind: 'start', workFolder, version: app.getVersion(), hasKeyring: hasSafeStorage() },
    onEvent(event) {
      transport.sendEvent(event)
      for (const notice of state.hear(event)) if (!BrowserWindow.getFocusedWindow()) notify(notice)
      tray.show(state)
    },
    onLink(link) {
      transport.sendLink(link)
      if (link !== 'open' || !linked || BrowserWindow.getAllWindows().length === 0) return
      transport.sendOpen(linked)
      linked = undefined
    },
    native,
    delay: (delayMs) => delay(delayMs, undefined, { ref: false }),
  })
  openWindow()
  watchForUpdates({
    updater: electronUpdater.autoUpdater,
    isPackaged: app.isPackaged,
    after: (delayMs, act) => void setTimeout(act, delayMs).unref(),
    every: (intervalMs, act) => void setInterval(act, intervalMs).unref(),
    onReady: (version) =>
      notify({
        title: 'Portage has an update',
        body: `Version ${version} is installed when you quit Portage.`,
        opens: { kind: 'view', view: 'overview' },
      }),
    log: (line) => process.stderr.write(line),
  })
  app.on('activate', showWindow)
  app.on('window-all-closed', () => app.quit())
  app.once('before-quit', (event) => {
    isQuitting = true
    event.preventDefault()
    void engine.stop().then(() => {
      practice.stop()
      app.quit()
    })
  })
}
