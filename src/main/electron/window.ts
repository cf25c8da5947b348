import { BrowserWindow, screen } from 'electron'
import type ElectronStore from 'electron-store'
import { SCREENS_ORIGIN } from './screensProtocol.ts'

export interface WindowState {
  readonly bounds?: Electron.Rectangle
  readonly isMaximized?: boolean
}

/** The main window: sandboxed, kept on its own page, where its person left it. */
export function openMainWindow(options: {
  readonly preload: string
  readonly state: Pick<ElectronStore<WindowState>, 'store'>
  /** Asked at each closing: true hides the window instead. */
  readonly staysHidden: () => boolean
}): BrowserWindow {
  const { bounds, isMaximized } = options.state.store
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    ...(bounds && isVisible(bounds) ? bounds : {}),
    minWidth: 640,
    minHeight: 480,
    show: false,
    title: 'Portage',
    webPreferences: {
      preload: options.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  })
  if (isMaximized === true) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', (event) => {
    options.state.store = { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() }
    if (!options.staysHidden()) return
    event.preventDefault()
    window.hide()
  })
  stayOnOwnPage(window.webContents)
  void window.loadURL(`${SCREENS_ORIGIN}/`)
  return window
}

/** The progress of the project in a window of its own. */
const PROGRESS_WINDOW = `${SCREENS_ORIGIN}/?view=progress`

/** No page but ours is ever shown, no window opened but the one for progress, no permission given. */
export function stayOnOwnPage(contents: Electron.WebContents): void {
  contents.on('will-navigate', (event) => {
    if (!event.url.startsWith(`${SCREENS_ORIGIN}/`)) event.preventDefault()
  })
  // The new window inherits sandbox, isolation and preload of the one that opens it.
  contents.setWindowOpenHandler(({ url }) => (url === PROGRESS_WINDOW ? { action: 'allow' } : { action: 'deny' }))
  contents.on('did-create-window', (window) => stayOnOwnPage(window.webContents))
  contents.session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
}

/** A screen may have been unplugged since. */
function isVisible(bounds: Electron.Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const overlapX = Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x)
    const overlapY = Math.min(bounds.y + bounds.height, workArea.y + workArea.height) - Math.max(bounds.y, workArea.y)
    return overlapX > 100 && overlapY > 50
  })
}
