import type { DatabaseSync } from 'node:sqlite'
import type { ServiceBehaviour } from '../core/behaviour.ts'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import type { ContentStore } from './contentStore.ts'
import { createItemChanges } from './itemChanges.ts'
import { createItemQueries } from './itemQueries.ts'
import type { ItemStore } from './itemStore.ts'
import type { SiteStore } from './siteStore.ts'

export interface ItemStoreDeps {
  readonly db: DatabaseSync
  readonly clock: Clock
  readonly random: Random
  readonly content: Pick<ContentStore, 'remove'>
  readonly sites: SiteStore
  readonly behaviour: Pick<ServiceBehaviour, 'profile'>
}

/** Files and folders of all libraries, in SQLite (tables of filesSchema.ts). Every mutation is one transaction. */
export function createItemStore(deps: ItemStoreDeps): ItemStore {
  const queries = createItemQueries(deps.db, deps.sites)
  return { ...queries.reads, ...createItemChanges(deps, queries) }
}
