import type { AppUpdater } from 'electron-updater'
import { DAY_MS, MINUTE_MS } from '../../shared/units.ts'

/** Longest name of a version that is shown. */
const VERSION_SHOWN_MAX = 40

/**
 * Looks for a newer version some minutes after the start and once a day, fetches it, and installs it when the app is quit: a running
 * migration is never interrupted. An updater that cannot work (no network, no feed, not packaged) says so in the log and nothing else.
 */
export function watchForUpdates(options: {
  readonly updater: Pick<AppUpdater, 'autoDownload' | 'autoInstallOnAppQuit' | 'on' | 'checkForUpdates'>
  readonly isPackaged: boolean
  readonly every: (intervalMs: number, act: () => void) => void
  readonly after: (delayMs: number, act: () => void) => void
  readonly onReady: (version: string) => void
  readonly log: (line: string) => void
}): void {
  const { updater } = options
  if (!options.isPackaged) return
  updater.autoDownload = true
  updater.autoInstallOnAppQuit = true
  updater.on('update-downloaded', ({ version }) => options.onReady(version.slice(0, VERSION_SHOWN_MAX)))
  updater.on('error', (error) => options.log(`update: ${error.message}\n`))
  const look = () => void updater.checkForUpdates().catch(() => undefined)
  options.after(2 * MINUTE_MS, look)
  options.every(DAY_MS, look)
}
