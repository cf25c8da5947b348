import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../engine/ports/runtime.ts'
import { readConnectionFile } from '../network/connectionFile.ts'
import { createService, type Service, type ServiceOptions } from '../sharepoint/createService.ts'
import { createCollectingLogger, createMemorySecrets } from './runtimeFixture.ts'

export const realClock: Clock = { now: Date.now, sleep: (delayMs, signal) => delay(delayMs, undefined, { signal }) }

/** The adapters as the host wires them, on the real clock, for a running tenant. */
export async function connectTo(connectionFile: string, change: Partial<ServiceOptions> = {}): Promise<Service> {
  return createService({
    connection: await readConnectionFile(connectionFile),
    secrets: createMemorySecrets(),
    clock: realClock,
    random: { next: Math.random, uuid: randomUUID },
    logger: createCollectingLogger(),
    env: {},
    ...change,
  })
}
