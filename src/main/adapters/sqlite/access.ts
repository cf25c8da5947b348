import { z } from 'zod'
import { SITE_ROLES } from '../../../shared/domain/access.ts'
import { ACCOUNT_WAYS } from '../../../shared/domain/identity.ts'
import type { ItemId } from '../../../shared/domain/ids.ts'
import { ACCESS_STATES, type AccessJournal, type JournalAccess, type JournalAccount } from '../../engine/ports/journalAccess.ts'
import type { Connection } from './connection.ts'
import { oneOf, optionalText, type Row, storedText, text, whole } from './rows.ts'

const level = z.enum(['none', 'read', 'write', 'modify', 'full'])
const rolesSchema = z.array(z.tuple([z.string(), z.enum(SITE_ROLES)]))
const findingsSchema = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('cutByDeny'), sid: z.string(), from: level, to: level, cutBy: z.array(z.string()) }),
    z.object({ kind: z.literal('cutByShare'), sid: z.string(), from: level, to: level }),
    z.object({ kind: z.literal('specialRights'), sid: z.string(), level, extraMask: z.number() }),
    z.object({ kind: z.literal('widened'), sid: z.string(), level, role: z.enum(SITE_ROLES) }),
    z.object({ kind: z.literal('unmapped'), sid: z.string(), level }),
    z.object({ kind: z.literal('shareUnknown') }),
    z.object({ kind: z.literal('unclear'), entryCount: z.number() }),
  ]),
)

export function recordAccess(connection: Connection, access: JournalAccess): void {
  connection.run(
    'INSERT OR REPLACE INTO access (item_id, access_key, state, roles, findings, message, matrix) VALUES (?, ?, ?, ?, ?, ?, ?)',
    access.itemId,
    access.key,
    access.state,
    JSON.stringify(access.roles),
    access.findings.length === 0 ? null : JSON.stringify(access.findings),
    storedText(access.message),
    access.matrix === undefined ? null : JSON.stringify(access.matrix),
  )
}

export function recordAccount(connection: Connection, { listedCount, ownedCount, ...account }: JournalAccount): void {
  connection.run(
    `INSERT INTO account (sid, document, listed_count, owned_count) VALUES (?, ?, ?, ?) ON CONFLICT (sid) DO UPDATE SET
     document = excluded.document, listed_count = listed_count + excluded.listed_count, owned_count = owned_count + excluded.owned_count`,
    account.sid,
    JSON.stringify(account),
    listedCount,
    ownedCount,
  )
}

const accountSchema = z.object({
  sid: z.string(),
  name: z.string().optional(),
  way: z.enum(ACCOUNT_WAYS),
  kind: z.enum(['person', 'group', 'everyone', 'siteOwners', 'members', 'ignored', 'nobody']),
  target: z.string().optional(),
  suggestions: z.array(z.object({ target: z.string(), isGroup: z.boolean() })),
})

function toAccount(row: Row): JournalAccount {
  const { name, target, ...account } = accountSchema.parse(JSON.parse(text(row.document)))
  return { ...account, name, target, listedCount: whole(row.listed_count), ownedCount: whole(row.owned_count) }
}

const matrixSchema = z.array(
  z.object({
    sid: z.string(),
    name: z.string().optional(),
    before: z.enum([...level.options, 'unknown']),
    after: z.enum([...SITE_ROLES, 'none', 'members']),
    change: z.enum(['equal', 'less', 'more', 'unknown']),
  }),
)

/** A journal of an earlier release that is only read has no such table, and no permissions to tell of. */
export function createAccessReading(connection: Connection): AccessJournal {
  const has = new Map<string, boolean>()
  const keeps = (table: 'access' | 'account' = 'access'): boolean => {
    const known = has.get(table)
    if (known !== undefined) return known
    const isThere = connection.get("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?", table) !== undefined
    has.set(table, isThere)
    return isThere
  }
  return {
    access({ afterId, limit, states = ACCESS_STATES, hasFindings }) {
      if (!keeps()) return []
      const among = states.map(() => '?').join(', ')
      const told = hasFindings === undefined ? '' : `AND findings IS ${hasFindings ? 'NOT ' : ''}NULL`
      const sql = `SELECT * FROM access WHERE item_id > ? AND state IN (${among}) ${told} ORDER BY item_id LIMIT ?`
      return connection.all(sql, afterId, ...states, limit).map(toAccess)
    },
    accessOf(itemId) {
      const row = keeps() ? connection.get('SELECT * FROM access WHERE item_id = ?', itemId) : undefined
      return row && toAccess(row)
    },
    accessTotals() {
      const totals = { inherits: 0, planned: 0, resetting: 0, assigned: 0, failed: 0, withFindings: 0 }
      if (!keeps()) return totals
      const rows = connection.all('SELECT state, count(*) AS items, count(findings) AS told FROM access GROUP BY state')
      for (const row of rows) {
        totals[oneOf(ACCESS_STATES, row.state)] = whole(row.items)
        totals.withFindings += whole(row.told)
      }
      return totals
    },
    lastAccessId: () => (keeps() ? whole(connection.get('SELECT coalesce(max(item_id), 0) AS last FROM access')?.last) : 0),
    countBelow(relPath, limit) {
      const below = relPath === '' ? '' : 'AND rel_path > ? AND rel_path < ?'
      const sql = `SELECT count(*) AS items FROM (SELECT 1 FROM item WHERE depth > 0 AND state NOT IN ('failed', 'filteredOut') ${below} LIMIT ?)`
      const range = relPath === '' ? [] : [`${relPath}/`, `${relPath}0`]
      return whole(connection.get(sql, ...range, limit)?.items)
    },
    accounts({ afterSid, limit }) {
      if (!keeps('account')) return []
      return connection.all('SELECT * FROM account WHERE sid > ? ORDER BY sid LIMIT ?', afterSid, limit).map(toAccount)
    },
    ownerCounts() {
      const sql = 'SELECT owner, count(*) AS items FROM item WHERE owner IS NOT NULL GROUP BY owner'
      return connection.all(sql).map((row) => ({ owner: text(row.owner), itemCount: whole(row.items) }))
    },
  }
}

function toAccess(row: Row): JournalAccess {
  const findings = optionalText(row.findings)
  const matrix = optionalText(row.matrix)
  return {
    itemId: whole(row.item_id) as ItemId,
    key: text(row.access_key),
    state: oneOf(ACCESS_STATES, row.state),
    roles: rolesSchema.parse(JSON.parse(text(row.roles))),
    findings: findings === undefined ? [] : findingsSchema.parse(JSON.parse(findings)),
    message: optionalText(row.message),
    matrix: matrix === undefined ? undefined : matrixSchema.parse(JSON.parse(matrix)).map((one) => ({ ...one, name: one.name })),
  }
}
