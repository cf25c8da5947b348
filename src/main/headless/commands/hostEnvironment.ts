import type { HostEnvironment } from '../../host/createHost.ts'
import { createLineLogger, systemClock, systemRandom } from '../../host/systemRuntime.ts'
import { defaultWorkFolder, openWorkFolder } from '../../host/workFolder.ts'

/** What the CLI provides to the host: this machine's clock, logs on stderr, the work folder. */
export function hostEnvironment(
  workFolder: string | undefined,
  ways: Pick<HostEnvironment, 'openUrl' | 'showDeviceCode'> = {},
): HostEnvironment {
  const level = process.env.PORTAGE_LOG === 'debug' ? 'debug' : process.env.PORTAGE_LOG === 'info' ? 'info' : 'warn'
  return {
    workFolder: openWorkFolder(workFolder ?? defaultWorkFolder()),
    clock: systemClock,
    random: systemRandom,
    logger: createLineLogger(level, (line) => process.stderr.write(line)),
    ...ways,
  }
}
