import readline from 'node:readline'
import { Readable } from 'node:stream'
import { utilityProcess } from 'electron'
import { z } from 'zod'
import { formerPracticePort, practiceFolder } from '../host/practiceConnection.ts'

const readySchema = z.object({ connectionFile: z.string() })

/** The practice tenant as a process of the shell: it lives as long as the app, its state in the work folder. */
export function createPracticeProcess(options: { readonly program: string; readonly workFolder: string }): {
  start(): Promise<string>
  /** Again on its former port, when this install is connected to it. */
  resume(): Promise<void>
  stop(): void
} {
  const dataDir = practiceFolder(options.workFolder)
  let child: Electron.UtilityProcess | undefined
  let ready: Promise<string> | undefined

  function launch(port: number): Promise<string> {
    child = utilityProcess.fork(
      options.program,
      ['tenant', 'start', '--foreground', '--json', '--data', dataDir, '--port', String(port), '--licenses', '60000'],
      { stdio: ['ignore', 'pipe', 'inherit'], serviceName: 'Portage practice tenant' },
    )
    const { stdout } = child
    return new Promise((resolve, reject) => {
      child?.once('exit', () => {
        child = undefined
        ready = undefined
        reject(new Error('The practice tenant did not start.'))
      })
      if (stdout) {
        readline
          .createInterface({ input: Readable.from(stdout) })
          .once('line', (line) => resolve(readySchema.parse(JSON.parse(line)).connectionFile))
      }
    })
  }

  return {
    start() {
      ready ??= launch(0)
      return ready
    },
    async resume() {
      const port = formerPracticePort(options.workFolder)
      if (port === undefined) return
      ready ??= launch(port)
      await ready
    },
    stop() {
      child?.kill()
    },
  }
}
