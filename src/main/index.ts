// Entry of the desktop shell: window, menu, dialogs and safe storage here; everything else in the engine's process.
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { app, BrowserWindow, utilityProcess } from 'electron'
import ElectronStore from 'electron-store'
import { type EngineClient, startEngine } from './electron/engineClient.ts'
import type { NativeCall } from './electron/engineProtocol.ts'
import { createIpcTransport } from './electron/ipcTransport.ts'
import { setMenu } from './electron/menu.ts'
import { hasSafeStorage, nativeShell, openWebAddress, safeKeyring } from './electron/nativeShell.ts'
import { createPracticeProcess } from './electron/practiceProcess.ts'
import { registerScreensScheme, serveScreens } from './electron/screensProtocol.ts'
import { openMainWindow, type WindowState } from './electron/window.ts'
import { readScreenFiles } from './host/screenFiles.ts'
import { defaultWorkFolder } from './host/workFolder.ts'

const beside = (...parts: string[]) => path.join(import.meta.dirname, ...parts)

registerScreensScheme()
// Two engines on one work folder would fight for its journals.
if (app.requestSingleInstanceLock()) void start()
else app.quit()

async function start(): Promise<void> {
  app.on('second-instance', showWindow)
  await app.whenReady()
  const state = new ElectronStore<WindowState>({ name: 'window' })
  const workFolder = defaultWorkFolder()
  const practice = createPracticeProcess({ program: beside('portage.js'), workFolder })
  const open = () => openMainWindow({ preload: beside('../preload/index.cjs'), state })

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
  setMenu(transport.sendMenu)
  await practice.resume().catch((thrown: unknown) => console.error(thrown))
  const engine: EngineClient = startEngine({
    fork: () => utilityProcess.fork(beside('engineProcess.js'), [], { serviceName: 'Portage engine' }),
    start: { kind: 'start', workFolder, version: app.getVersion(), hasKeyring: hasSafeStorage() },
    onEvent: transport.sendEvent,
    onLink: transport.sendLink,
    native,
    delay: (delayMs) => delay(delayMs, undefined, { ref: false }),
  })
  open()
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) open()
  })
  app.on('window-all-closed', () => app.quit())
  app.once('before-quit', (event) => {
    event.preventDefault()
    void engine.stop().then(() => {
      practice.stop()
      app.quit()
    })
  })
}

function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows()
  if (window?.isMinimized()) window.restore()
  window?.focus()
}
