import type { AgentRow } from '../../../shared/domain/agent.ts'
import { type AgentId, type TaskId, taskIdSchema } from '../../../shared/domain/ids.ts'
import type { FleetSettings } from '../../../shared/domain/schedule.ts'
import type { Connection } from '../../adapters/network/connectionFile.ts'
import type { Clock, Logger, Random } from '../../engine/ports/runtime.ts'
import { MemoryCoordination } from '../../engine/testing/memoryCoordination.ts'
import { MemoryKeyedList } from '../../engine/testing/memoryKeyedList.ts'
import type { AuditLog } from '../auditLog.ts'
import type { Host, HostEnvironment } from '../createHost.ts'
import { createFleet } from '../fleet.ts'
import { createTasks } from '../tasks.ts'

export { MemoryCoordination }

export const silentLogger: Logger = { log: () => undefined }

/** Sleeps end when the test says so. */
export interface ManualClock extends Clock {
  /** Ends all sleeps of now and lets what follows run. */
  tick(delayMs: number): Promise<void>
}

export function createManualClock(startMs = Date.parse('2026-11-21T08:00:00Z')): ManualClock {
  let nowMs = startMs
  const sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>()
  return {
    now: () => nowMs,
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        const sleeper = { untilMs: nowMs + delayMs, wake: resolve }
        const onAbort = () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        }
        if (signal.aborted) return onAbort()
        sleepers.add(sleeper)
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
    async tick(delayMs) {
      nowMs += delayMs
      for (const sleeper of sleepers) {
        if (sleeper.untilMs > nowMs) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
      await settle()
    },
  }
}

/** Everything that is ready to run has run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function createCountingRandom(): Random {
  let next = 0
  return { next: () => 0.5, uuid: () => `00000000-0000-4000-8000-${String(++next).padStart(12, '0')}` }
}

export const fakeConnection: Connection = {
  kind: 'portage-connection',
  version: 1,
  cloud: 'global',
  tenantId: '11111111-1111-4111-8111-111111111111',
  clientId: '22222222-2222-4222-8222-222222222222',
  tenantName: 'contoso',
  rootSite: 'https://contoso.sharepoint.com',
  coordinationSite: 'https://contoso.sharepoint.com/sites/migration',
  auth: { kind: 'deviceCode' },
  network: { map: [] },
}

/** A host over a list in memory: what screens and transports see of one, without a tenant. */
export function createFakeHost(environment: HostEnvironment, coordination: MemoryCoordination): Host {
  const tasks = createTasks({ coordination, clock: environment.clock, random: environment.random, createdBy: 'ann@pc' })
  const audit = { record: async () => undefined, read: async () => [], head: () => undefined } as unknown as AuditLog
  const agents = new MemoryKeyedList<AgentRow>()
  const fleet = createFleet({
    agents,
    settings: new MemoryKeyedList<FleetSettings>(),
    audit,
    lists: [coordination],
    serverNow: () => coordination.serverNow(),
  })
  const part = {
    fleet,
    audit,
    environment,
    connection: fakeConnection,
    tasks,
    service: { coordination, agents },
    secrets: { describe: () => 'in memory of the test' },
    close: async () => undefined,
  }
  return part as unknown as Host
}

export const fakeTaskId = (n: number): TaskId => taskIdSchema.parse(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)
export const fakeAgentId = (name: string) => name as AgentId
