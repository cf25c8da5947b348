import path from 'node:path'
import type { Random } from '../core/random.ts'
import type { Tenant } from '../core/tenant.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import { createAzurite, type StorageEngine } from './blob/azurite.ts'
import { createPackageBlobs, type PackageBlobs } from './blob/packageBlobs.ts'
import { type ContainerStore, createContainerStore } from './containerStore.ts'
import { createImportQueue, type ImportQueue } from './job/importQueue.ts'
import { createJobStore, type JobStore } from './job/jobStore.ts'

/** The tenant's side of the Migration API: storage, containers, jobs and the service that imports them. */
export interface MigrationService {
  readonly storage: StorageEngine
  readonly blobs: PackageBlobs
  readonly containers: ContainerStore
  readonly jobs: JobStore
  readonly queue: ImportQueue
  readonly random: Random
  /** Whether Graph's listings do not show an imported item yet. */
  isUnlisted(uniqueId: string): boolean
  /** Goes on with what an earlier run of the tenant left in its queue. */
  resume(): void
  /** Ends running imports and the storage process. */
  close(): Promise<void>
}

export function createMigrationService(deps: {
  readonly tenant: Tenant
  readonly dataDir: string
  readonly random: Random
}): MigrationService {
  const { tenant, random } = deps
  const { clock } = tenant
  const containers = createContainerStore({ db: tenant.db, clock, random, tenantId: tenant.tenantId })
  const storage = createAzurite({
    folder: path.join(deps.dataDir, 'blobs'),
    account: containers.account.name,
    accountKey: containers.account.key,
  })
  const blobs = createPackageBlobs(storage)
  const jobs = createJobStore(tenant.db)
  const unlisted = new Map<string, number>()

  function hide(item: ItemRecord, lagMs: number): void {
    if (lagMs <= 0) return
    const share = (Number.parseInt(item.uniqueId.slice(-6), 16) + 1) / 0x1000000
    const untilMs = clock.now() + lagMs * share
    unlisted.set(item.uniqueId, untilMs)
    tenant.later(untilMs, () => void unlisted.delete(item.uniqueId))
  }

  const queue = createImportQueue({ tenant, jobs, blobs, containers, onImported: hide })

  return {
    storage,
    blobs,
    containers,
    jobs,
    queue,
    random,
    isUnlisted: (uniqueId) => (unlisted.get(uniqueId) ?? 0) > clock.now(),
    resume: () => queue.wake(),
    async close() {
      await queue.close()
      await storage.close()
    },
  }
}
