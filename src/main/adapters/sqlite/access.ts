import { z } from 'zod'
import { SITE_ROLES } from '../../../shared/domain/access.ts'
import type { ItemId } from '../../../shared/domain/ids.ts'
import { ACCESS_STATES, type AccessJournal, type JournalAccess } from '../../engine/ports/journalAccess.ts'
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
    z.object({ kind: z.literal('unclear'), entryCount: z.number() }),
  ]),
)

export function recordAccess(connection: Connection, access: JournalAccess): void {
  connection.run(
    'INSERT OR REPLACE INTO access (item_id, access_key, state, roles, findings, message) VALUES (?, ?, ?, ?, ?, ?)',
    access.itemId,
    access.key,
    access.state,
    JSON.stringify(access.roles),
    access.findings.length === 0 ? null : JSON.stringify(access.findings),
    storedText(access.message),
  )
}

/** A journal of an earlier release that is only read has no such table, and no permissions to tell of. */
export function createAccessReading(connection: Connection): AccessJournal {
  let isKept: boolean | undefined
  const keeps = (): boolean => {
    isKept ??= connection.get("SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'access'") !== undefined
    return isKept
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
      const totals = { inherits: 0, planned: 0, assigned: 0, failed: 0, withFindings: 0 }
      if (!keeps()) return totals
      const rows = connection.all('SELECT state, count(*) AS items, count(findings) AS told FROM access GROUP BY state')
      for (const row of rows) {
        totals[oneOf(ACCESS_STATES, row.state)] = whole(row.items)
        totals.withFindings += whole(row.told)
      }
      return totals
    },
    lastAccessId: () => (keeps() ? whole(connection.get('SELECT coalesce(max(item_id), 0) AS last FROM access')?.last) : 0),
  }
}

function toAccess(row: Row): JournalAccess {
  const findings = optionalText(row.findings)
  return {
    itemId: whole(row.item_id) as ItemId,
    key: text(row.access_key),
    state: oneOf(ACCESS_STATES, row.state),
    roles: rolesSchema.parse(JSON.parse(text(row.roles))),
    findings: findings === undefined ? [] : findingsSchema.parse(JSON.parse(findings)),
    message: optionalText(row.message),
  }
}
