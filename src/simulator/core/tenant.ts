import type { DatabaseSync } from 'node:sqlite'
import type { Directory } from '../identity/directory.ts'
import type { MigrationService } from '../migration/migrationService.ts'
import type { ContentStore } from '../store/contentStore.ts'
import type { ItemStore } from '../store/itemStore.ts'
import type { SiteStore } from '../store/siteStore.ts'
import type { ServiceBehaviour } from './behaviour.ts'
import type { Clock } from './clock.ts'
import type { FaultSwitches } from './faultSwitches.ts'
import type { ServiceReply, ServiceRequest } from './http.ts'
import type { Random } from './random.ts'

/** Everything a handler may touch. One instance per running practice tenant. */
export interface Tenant {
  readonly tenantId: string
  /** Leading label of the SharePoint hosts: `contoso`. */
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  /** One SQLite database, a file or `:memory:`. Each area owns its tables (see store/schema.ts). */
  readonly db: DatabaseSync
  readonly content: ContentStore
  readonly directory: Directory
  readonly sites: SiteStore
  readonly items: ItemStore
  readonly behaviour: ServiceBehaviour
  /** Containers, import jobs and the storage behind the blob host. */
  readonly migration: MigrationService
  /** What the fault script asks of handlers; ask for a switch only where its effect would really happen. */
  readonly faults: FaultSwitches
  /**
   * Runs a `$batch` part through the same pipeline as a request from the wire: journal, faults, authentication, charge, route. `batch` is the
   * request that carries it: a part's Retry-After counts as told once the reply to `batch` has left.
   */
  dispatch(part: ServiceRequest, batch?: ServiceRequest): Promise<ServiceReply>
  /** Queues work for a later tenant time (Office rewrite, hash visibility). Survives a restart only if it can be derived from stored state. */
  later(atMs: number, work: () => void): void
}
