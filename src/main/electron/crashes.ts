import { app, crashReporter, dialog } from 'electron'

/** A window that dies more often than this within the time below stays closed: something is wrong that a reload does not mend. */
const RELOADS_MAX = 3
const RELOADS_WITHIN_MS = 60_000

/** Dumps stay on this machine: they hold memory, and memory holds names of files and tokens. Before the app is ready. */
export function keepCrashDumps(): void {
  crashReporter.start({ uploadToServer: false })
}

/** A page that dies is loaded again; the engine is another process and works on meanwhile. */
export function reloadWhenGone(contents: Electron.WebContents, now: () => number = Date.now): void {
  const reloads: number[] = []
  contents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return
    process.stderr.write(`window: ${reason} (${exitCode})\n`)
    const at = now()
    reloads.push(at)
    if (reloads.filter((before) => at - before < RELOADS_WITHIN_MS).length <= RELOADS_MAX) return contents.reload()
    dialog.showErrorBox(
      'The window of Portage keeps failing',
      'Migrations go on in the background. Quit Portage from its icon beside the clock and start it again.',
    )
  })
}

/** A defect of the shell itself: said once, then out, so that a supervisor or a person starts it anew. Journals survive it. */
export function endOnDefect(): void {
  process.on('uncaughtException', (error) => {
    process.stderr.write(`shell: ${error.stack ?? error.message}\n`)
    dialog.showErrorBox(
      'Portage has to close',
      `${error.message}\nNothing is lost: it goes on where it was when you open it again.`,
    )
    app.exit(1)
  })
}
