import type { HostEnvironment } from '../../host/createHost.ts'
import type { Logger } from '../../host/index.ts'
import { createLineLogger, systemClock, systemRandom } from '../../host/systemRuntime.ts'
import { defaultWorkFolder, openWorkFolder } from '../../host/workFolder.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const
type Level = (typeof LEVELS)[number]

/** What the CLI provides to the host: this machine's clock, the work folder, and logs on stderr when PORTAGE_LOG names a level. */
export function hostEnvironment(
  workFolder: string | undefined,
  ways: Pick<HostEnvironment, 'openUrl' | 'showDeviceCode'> = {},
): HostEnvironment {
  const level = LEVELS.find((one) => one === process.env.PORTAGE_LOG)
  return {
    workFolder: openWorkFolder(workFolder ?? defaultWorkFolder()),
    clock: systemClock,
    random: systemRandom,
    logger: level === undefined ? silent : lines(level),
    ...ways,
  }
}

const lines = (level: Level): Logger => createLineLogger(level, (line) => process.stderr.write(line))

/** What a command has to say it says itself, in words. */
const silent: Logger = { log: () => undefined }
