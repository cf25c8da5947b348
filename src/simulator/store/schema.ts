import type { DatabaseSync } from 'node:sqlite'
import { schema as identitySchema } from '../identity/schema.ts'
import { schema as listsSchema } from '../lists/schema.ts'
import { schema as migrationSchema } from '../migration/schema.ts'
import { schema as contentSchema } from './contentSchema.ts'
import { schema as filesSchema } from './filesSchema.ts'

/** Facts about the tenant itself: ids, seed, clock offset, starts. */
const tenantSchema = [
  'CREATE TABLE IF NOT EXISTS tenant_facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID',
]

/** Every table of the practice tenant, each area's beside its code. */
export function createTables(db: DatabaseSync): void {
  for (const statement of [
    ...tenantSchema,
    ...identitySchema,
    ...contentSchema,
    ...filesSchema,
    ...listsSchema,
    ...migrationSchema,
  ])
    db.exec(statement)
}

export interface TenantFacts {
  get(name: string): string | undefined
  set(name: string, value: string): void
}

export function createTenantFacts(db: DatabaseSync): TenantFacts {
  const select = db.prepare('SELECT value FROM tenant_facts WHERE name = ?')
  const write = db.prepare('INSERT OR REPLACE INTO tenant_facts (name, value) VALUES (?, ?)')
  return {
    get: (name) => {
      const row = select.get(name)
      return row === undefined ? undefined : String(row.value)
    },
    set: (name, value) => void write.run(name, value),
  }
}
