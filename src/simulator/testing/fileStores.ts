import { DatabaseSync } from 'node:sqlite'
import { createRandom } from '../core/seededRandom.ts'
import { createClock } from '../core/tenantClock.ts'
import { schema } from '../store/filesSchema.ts'
import type { FileContent, ItemStore } from '../store/itemStore.ts'
import { createItemStore } from '../store/items.ts'
import type { LibraryRecord, SiteRecord, SiteStore } from '../store/siteStore.ts'
import { createSiteStore } from '../store/sites.ts'

/** Stores without a service around them, on one site with its default library; time stands still at 2026-08-20T09:15:02Z. */
export interface FileStores {
  readonly db: DatabaseSync
  readonly clock: ReturnType<typeof createClock>
  readonly sites: SiteStore
  readonly items: ItemStore
  readonly site: SiteRecord
  readonly library: LibraryRecord
  readonly removedContents: string[]
  content(sizeBytes: number): FileContent
  /** Contents made so far. */
  made(): number
}

export const TEST_ACTOR = { displayName: 'Ann', userId: '11111111-1111-4111-8111-111111111111', upn: 'ann@contoso.com' }

export function createFileStores(options: { readonly seed?: string; readonly profile?: 'strict' | 'lenient' } = {}): FileStores {
  const db = new DatabaseSync(':memory:')
  for (const statement of schema) db.exec(statement)
  const clock = createClock({ frozenAtMs: Date.UTC(2026, 7, 20, 9, 15, 2) })
  const random = createRandom(options.seed ?? 'files')
  const sites = createSiteStore({ db, clock, random })
  const removedContents: string[] = []
  const content = { remove: (contentId: string) => void removedContents.push(contentId) }
  const items = createItemStore({ db, clock, random, sites, content, behaviour: { profile: options.profile ?? 'strict' } })
  const site = sites.createSite({ hostname: 'contoso.sharepoint.com', path: '/sites/finance', title: 'Finance', kind: 'team' })
  let contents = 0
  return {
    db,
    clock,
    sites,
    items,
    site,
    library: sites.defaultLibrary(site.siteId),
    removedContents,
    made: () => contents,
    content: (sizeBytes) => ({ contentId: `c${++contents}`, sizeBytes, quickXorHash: `hash-${contents}` }),
  }
}
