import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ServiceBehaviour } from './core/behaviour.ts'
import type { Random } from './core/random.ts'
import { createRandom } from './core/seededRandom.ts'
import { servedHosts } from './core/services.ts'
import { createClock, type TenantClock } from './core/tenantClock.ts'
import { behaviourOf, type TenantOptions } from './core/tenantOptions.ts'
import type { Directory } from './identity/directory.ts'
import { PRACTICE_APP, SECRET_APP, seedDirectory, UNPRIVILEGED_APP } from './identity/seed.ts'
import { type AppCertificate, prepareAppCertificate, prepareSigningKey, type SigningKey } from './identity/signingKeys.ts'
import { createDirectory } from './identity/storedDirectory.ts'
import { createContentStore } from './store/contentFiles.ts'
import type { ContentStore } from './store/contentStore.ts'
import type { ItemStore } from './store/itemStore.ts'
import { createItemStore } from './store/items.ts'
import { createTables, createTenantFacts, type TenantFacts } from './store/schema.ts'
import { seedSites, TENANT_NAME } from './store/siteSeed.ts'
import type { SiteStore } from './store/siteStore.ts'
import { createSiteStore } from './store/sites.ts'
import { type CertificateAuthority, type HostCertificate, prepareCertificates } from './tls/certificates.ts'

/** What a running tenant stands on: folder, database, keys, time and chance. */
export interface TenantState {
  readonly dataDir: string
  readonly isTemporary: boolean
  readonly tenantId: string
  readonly seed: string
  readonly db: DatabaseSync
  readonly facts: TenantFacts
  readonly clock: TenantClock
  readonly random: Random
  /** Independent streams of chance by purpose. */
  readonly chance: (purpose: string) => Random
  readonly content: ContentStore
  readonly sites: SiteStore
  readonly items: ItemStore
  readonly behaviour: ServiceBehaviour
  readonly directory: Directory
  readonly signingKey: SigningKey
  readonly appCertificate: AppCertificate
  readonly authority: CertificateAuthority
  readonly hostCertificate: HostCertificate
  /** Writes what has to survive and lets go of everything; a temporary folder is removed. */
  close(): void
}

/** Opens the data folder, or makes one. A second start finds ids, files, refresh tokens and the clock as they were. */
export async function openTenantState(options: TenantOptions): Promise<TenantState> {
  const isTemporary = options.dataDir === undefined
  const dataDir = path.resolve(options.dataDir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'portage-tenant-')))
  fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const keysDir = options.keysDir ?? path.join(dataDir, 'keys')
  const certificates = await prepareCertificates(keysDir, servedHosts(TENANT_NAME))
  const signingKey = prepareSigningKey(keysDir)
  const appCertificate = await prepareAppCertificate(keysDir, 'portage-practice')
  const unprivilegedCertificate = await prepareAppCertificate(keysDir, 'portage-unprivileged')

  const db = openDatabase(isTemporary ? ':memory:' : path.join(dataDir, 'tenant.sqlite'))
  createTables(db)
  const facts = createTenantFacts(db)
  const seed = facts.get('seed') ?? String(options.seed ?? 'practice')
  // Every start draws from a stream of its own: the ids of the last run must not come again.
  const starts = Number(facts.get('starts') ?? 0) + 1
  const chance = (purpose: string) => createRandom(`${seed}/${starts}/${purpose}`)
  const random = chance('ids')
  const tenantId = facts.get('tenantId') ?? random.guid()
  const clock = createClock({
    offsetMs: Number(facts.get('clockOffsetMs') ?? 0),
    ...(options.frozenAtMs === undefined ? {} : { frozenAtMs: options.frozenAtMs }),
  })
  const directory = createDirectory(db)
  const content = createContentStore({ db, folder: path.join(dataDir, 'contents'), random: chance('contents') })
  const behaviour = behaviourOf(options)
  const sites = createSiteStore({ db, clock, random })
  const items = createItemStore({ db, clock, random, content, sites, behaviour })
  if (facts.get('isSeeded') === undefined) {
    seedDirectory(directory, {
      domain: `${TENANT_NAME}.com`,
      random,
      certificates: { practice: appCertificate.certificate, unprivileged: unprivilegedCertificate.certificate },
    })
    seedSites(sites, directory)
  }
  facts.set('seed', seed)
  facts.set('starts', String(starts))
  facts.set('tenantId', tenantId)
  facts.set('isSeeded', 'yes')

  return {
    dataDir,
    isTemporary,
    tenantId,
    seed,
    db,
    facts,
    clock,
    random,
    chance,
    content,
    sites,
    items,
    behaviour,
    directory,
    signingKey,
    appCertificate,
    authority: certificates.authority,
    hostCertificate: certificates.host,
    close() {
      facts.set('clockOffsetMs', String(clock.offsetMs()))
      clock.close()
      db.close()
      if (isTemporary) fs.rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  try {
    // One process only: what the stores keep in memory has to stay true.
    db.exec('PRAGMA locking_mode = EXCLUSIVE')
    // Small files are rows of some 16 KiB: with pages of this size twice as many are written in a second as with 4 KiB.
    db.exec('PRAGMA page_size = 8192')
    db.exec('PRAGMA journal_mode = WAL')
  } catch (error) {
    db.close()
    throw new Error(`The data folder ${path.dirname(file)} is in use by another practice tenant, or is not one.`, {
      cause: error,
    })
  }
  // Survives the end of the process, not of the machine; it is for practice.
  db.exec('PRAGMA synchronous = OFF')
  db.exec('PRAGMA temp_store = MEMORY')
  db.exec('PRAGMA cache_size = -65536')
  return db
}

/** The app registrations of the seed, by their names. */
export function seededApps(directory: Directory) {
  const named = (name: string) => {
    const app = directory.apps().find((candidate) => candidate.displayName === name)
    if (app === undefined) throw new Error(`The data folder has no app registration "${name}"; start with an empty folder.`)
    return app
  }
  return { practice: named(PRACTICE_APP), unprivileged: named(UNPRIVILEGED_APP), secret: named(SECRET_APP) }
}
