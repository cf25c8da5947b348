import type { PackageJournal, Sealer } from '../../engine/ports/journal.ts'
import { PACKAGE_OUTCOMES, PACKAGE_STATES } from '../../engine/ports/journalPackage.ts'
import type { Connection } from './connection.ts'
import { oneOf, optionalText, optionalWhole, type Row, toItem, whole } from './rows.ts'

export function createPackages(connection: Connection, sealer: Sealer): PackageJournal {
  const toPackage = (row: Row) => {
    const sealed = optionalText(row.sealed_containers)
    return {
      id: whole(row.id),
      state: oneOf(PACKAGE_STATES, row.state),
      cutCount: whole(row.cut_count),
      containers: sealed === undefined ? undefined : sealer.open(sealed),
      expiresAtMs: optionalWhole(row.expires_at_ms),
      jobId: optionalText(row.job_id),
      submittedAtMs: optionalWhole(row.submitted_at_ms),
      endedAtMs: optionalWhole(row.ended_at_ms),
      outcome: row.outcome === null ? undefined : oneOf(PACKAGE_OUTCOMES, row.outcome),
      message: optionalText(row.message),
    }
  }
  return {
    packages({ afterId, limit, states = PACKAGE_STATES }) {
      return connection
        .all(
          `SELECT * FROM package WHERE id > ? AND state IN (${states.map(() => '?').join(', ')}) ORDER BY id LIMIT ?`,
          afterId,
          ...states,
          limit,
        )
        .map(toPackage)
    },
    package(packageId) {
      const row = connection.get('SELECT * FROM package WHERE id = ?', packageId)
      return row && toPackage(row)
    },
    packageItems(packageId) {
      return connection.all('SELECT * FROM item WHERE package_id = ? ORDER BY id', packageId).map((row) => toItem(row, sealer))
    },
    nextPackageId() {
      return whole(connection.get('SELECT coalesce(max(id), 0) + 1 AS next FROM package')?.next)
    },
  }
}
