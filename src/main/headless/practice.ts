import path from 'node:path'
import { z } from 'zod'
import { formerPracticePort, practiceFolder } from '../host/practiceConnection.ts'
import type { WorkFolder } from '../host/workFolder.ts'
import { runningTenants, stopTenant } from './tenantProcess.ts'
import { startInBackground } from './tenantStart.ts'

/** Licences of the largest budget that the service grants: a rehearsal must not wait for a quota that nobody meant. */
const PRACTICE_LICENSES = 60_000

const descriptionSchema = z.object({ connectionFile: z.string() })

/** The practice tenant of one work folder: its state lies there and survives; its process lives as long as the screens. */
export interface Practice {
  /** A running one is found again. */
  start(): Promise<{ readonly connectionFile: string }>
  /** Starts it on its former port when this install is connected to it: the stored connection goes on to work. */
  resume(): Promise<void>
  /** Ends the process that this one started. */
  stop(): Promise<void>
}

export function createPractice(workFolder: WorkFolder): Practice {
  const dataDir = practiceFolder(workFolder.path)
  const connectionFile = path.join(dataDir, 'connection.json')
  let isOurs = false

  const running = () => runningTenants().find((tenant) => tenant.dataDir === dataDir)

  async function start(port: number): Promise<{ readonly connectionFile: string }> {
    if (running()) return { connectionFile }
    isOurs = true
    const description = await startInBackground({
      port,
      data: dataDir,
      seed: 1,
      licenses: PRACTICE_LICENSES,
      profile: 'strict',
      latency: 0,
      lag: 0,
      officeRewrite: 2000,
      foreground: false,
    })
    return { connectionFile: descriptionSchema.parse(description).connectionFile }
  }

  return {
    start: () => start(0),
    async resume() {
      const port = formerPracticePort(workFolder.path)
      if (port !== undefined) await start(port)
    },
    async stop() {
      const tenant = isOurs ? running() : undefined
      if (tenant) await stopTenant(tenant)
    },
  }
}
