import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { optionalTextOf, type Row, textOf } from '../lists/rows.ts'

/** One container of a provided pair. */
export interface ContainerRecord {
  readonly name: string
  readonly pairId: string
  readonly role: 'content' | 'manifest'
  readonly siteId: string
  /** Base64 of the 32 bytes that both containers of the pair were given. */
  readonly encryptionKey: string
  /** The job that used it up. */
  readonly jobId: string | undefined
}

export interface StorageAccount {
  readonly name: string
  /** Base64. */
  readonly key: string
}

export interface ContainerStore {
  readonly account: StorageAccount
  container(name: string): ContainerRecord | undefined
  /** Notes a fresh pair for a site collection; the storage has to make the containers. */
  addPair(siteId: string): { readonly content: ContainerRecord; readonly manifest: ContainerRecord }
  /** A pair serves one job. */
  claim(pairId: string, jobId: string): void
}

export function createContainerStore(deps: {
  readonly db: DatabaseSync
  readonly clock: Clock
  readonly random: Random
  readonly tenantId: string
}): ContainerStore {
  const { db, clock, random } = deps
  const select = db.prepare('SELECT * FROM migration_containers WHERE name = ?')
  const insert = db.prepare(
    'INSERT INTO migration_containers (name, pair_id, role, site_id, encryption_key, created_ms) VALUES (?,?,?,?,?,?)',
  )
  const use = db.prepare('UPDATE migration_containers SET job_id = ? WHERE pair_id = ?')

  return {
    account: prepareAccount(db, random, deps.tenantId),
    container(name) {
      const row = select.get(name)
      return row === undefined ? undefined : toContainer(row)
    },
    addPair(siteId) {
      const now = clock.now()
      const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '')
      const pairId = random.guid()
      const encryptionKey = random.bytes(32).toString('base64')
      const add = (role: ContainerRecord['role']): ContainerRecord => {
        const name = `0-${1000 + random.integer(9000)}-${day}-${random.guid().replaceAll('-', '')}`
        insert.run(name, pairId, role, siteId, encryptionKey, now)
        return { name, pairId, role, siteId, encryptionKey, jobId: undefined }
      }
      return { content: add('content'), manifest: add('manifest') }
    },
    claim(pairId, jobId) {
      use.run(jobId, pairId)
    },
  }
}

function prepareAccount(db: DatabaseSync, random: Random, tenantId: string): StorageAccount {
  const row = db.prepare('SELECT name, account_key FROM migration_account').get()
  if (row !== undefined) return { name: textOf(row, 'name'), key: textOf(row, 'account_key') }
  const name = `spodm1${createHash('sha256').update(tenantId).digest('hex').slice(0, 10)}`
  const key = random.bytes(64).toString('base64')
  db.prepare('INSERT INTO migration_account (name, account_key) VALUES (?, ?)').run(name, key)
  return { name, key }
}

function toContainer(row: Row): ContainerRecord {
  return {
    name: textOf(row, 'name'),
    pairId: textOf(row, 'pair_id'),
    role: textOf(row, 'role') === 'content' ? 'content' : 'manifest',
    siteId: textOf(row, 'site_id'),
    encryptionKey: textOf(row, 'encryption_key'),
    jobId: optionalTextOf(row, 'job_id'),
  }
}
