import type { SQLInputValue } from 'node:sqlite'
import type { JournalFact, Sealer } from '../../engine/ports/journal.ts'
import type { FormerFact } from '../../engine/ports/journalFormer.ts'
import type { PartFact } from '../../engine/ports/journalPart.ts'
import { recordAccess, recordAccount } from './access.ts'
import type { Connection } from './connection.ts'
import { recordFormer } from './former.ts'
import { writeMeta } from './metaRows.ts'
import { recordPart } from './parts.ts'
import { storedIssues, storedText, storedWhole } from './rows.ts'

const CLOSE_SESSION = 'sealed_session_url = NULL, session_expires_at_ms = NULL'

type PackageFact = Extract<JournalFact, { packageId: number }>
type ItemFact = Exclude<
  JournalFact,
  { fact: 'meta' } | { fact: 'structure' } | { fact: 'access' } | { fact: 'account' } | PartFact | FormerFact | PackageFact
>

/** Writes one fact, inside a transaction of the caller. */
export function recordFact(connection: Connection, sealer: Sealer, fact: JournalFact): void {
  if (fact.fact === 'meta') {
    writeMeta(connection, fact.change)
  } else if (fact.fact === 'structure') {
    recordStructure(connection, fact.entry)
  } else if (fact.fact === 'access') {
    recordAccess(connection, fact.access)
  } else if (fact.fact === 'account') {
    recordAccount(connection, fact.account)
  } else if (fact.fact === 'delegated' || fact.fact === 'partListed') {
    recordPart(connection, fact)
  } else if (fact.fact === 'formerIs' || fact.fact === 'formerState' || fact.fact === 'formerMoved') {
    recordFormer(connection, fact)
  } else if ('packageId' in fact) {
    recordPackage(connection, sealer, fact)
  } else {
    const [sql, ...values] = itemStatement(sealer, fact)
    connection.run(sql, ...values)
    if (fact.fact === 'sendAgain')
      connection.run('UPDATE item SET times_set = 0 WHERE id = (SELECT parent_id FROM item WHERE id = ?)', fact.id)
  }
}

function itemStatement(sealer: Sealer, fact: ItemFact): readonly [string, ...SQLInputValue[]] {
  switch (fact.fact) {
    case 'renamed':
      return [
        'UPDATE item SET dest_name = ?, collision_key = ?, issues = ? WHERE id = ?',
        fact.destName,
        fact.collisionKey,
        storedIssues(fact.issues),
        fact.id,
      ]
    case 'planned':
      return [
        `UPDATE item SET state = 'planned', route = ?, route_reason = ?, was_at_destination = ?, dest_item_id = ?, e_tag = ?, is_ours = ? WHERE id = ?`,
        fact.route,
        fact.reason,
        fact.existing ? 1 : 0,
        storedText(fact.existing?.destItemId),
        storedText(fact.existing?.eTag),
        fact.existing === undefined || fact.existing.isOurs === true ? 1 : 0,
        fact.id,
      ]
    case 'left':
      return [
        `UPDATE item SET state = ?, error_code = ?, message = ?, was_at_destination = ?, dest_item_id = ?, e_tag = ?, quick_xor_hash = ?,
         is_ours = coalesce(?, CASE WHEN was_at_destination = 0 THEN 0 ELSE is_ours END) WHERE id = ?`,
        fact.state,
        storedText(fact.code),
        fact.message,
        fact.existing ? 1 : 0,
        storedText(fact.existing?.destItemId),
        storedText(fact.existing?.eTag),
        storedText(fact.quickXorHash),
        fact.existing?.isOurs === undefined ? null : Number(fact.existing.isOurs),
        fact.id,
      ]
    case 'started':
      return [
        "UPDATE item SET state = 'uploading', attempts = attempts + 1, started_at_ms = ? WHERE id = ?",
        storedWhole(fact.atMs),
        fact.id,
      ]
    case 'rescanned':
      return [
        'UPDATE item SET size_bytes = ?, modified_ms = ?, issues = ?, accepted_bytes = 0 WHERE id = ?',
        storedWhole(fact.sizeBytes),
        storedWhole(fact.modifiedMs),
        storedIssues(fact.issues),
        fact.id,
      ]
    case 'sessionOpened':
      return [
        'UPDATE item SET sealed_session_url = ?, session_expires_at_ms = ?, accepted_bytes = 0 WHERE id = ?',
        sealer.seal(fact.url),
        storedWhole(fact.expiresAtMs),
        fact.id,
      ]
    case 'sessionAdvanced':
      return [
        'UPDATE item SET accepted_bytes = ?, session_expires_at_ms = coalesce(?, session_expires_at_ms) WHERE id = ?',
        storedWhole(fact.acceptedBytes),
        storedWhole(fact.expiresAtMs),
        fact.id,
      ]
    case 'sessionClosed':
      return [`UPDATE item SET ${CLOSE_SESSION}, accepted_bytes = 0 WHERE id = ?`, fact.id]
    case 'uploaded':
      return [
        `UPDATE item SET state = 'uploaded', dest_item_id = ?, e_tag = ?, quick_xor_hash = ?, uploaded_at_ms = ?, error_code = NULL,
         message = NULL, accepted_bytes = size_bytes, ${CLOSE_SESSION} WHERE id = ?`,
        fact.destItemId,
        storedText(fact.eTag),
        storedText(fact.quickXorHash),
        storedWhole(fact.atMs),
        fact.id,
      ]
    case 'timesSet':
      return ['UPDATE item SET times_set = 1, e_tag = coalesce(?, e_tag) WHERE id = ?', storedText(fact.eTag), fact.id]
    case 'issues':
      return ['UPDATE item SET issues = ? WHERE id = ?', storedIssues(fact.issues), fact.id]
    case 'deferred':
      return [
        "UPDATE item SET state = 'planned', deferrals = deferrals + 1, error_code = ?, message = ? WHERE id = ?",
        fact.code,
        fact.message,
        fact.id,
      ]
    case 'sendAgain':
      return [
        `UPDATE item SET state = 'planned', reuploads = reuploads + 1, message = ?, dest_item_id = ?, e_tag = ?, quick_xor_hash = NULL,
         times_set = 0, accepted_bytes = 0, ${CLOSE_SESSION} WHERE id = ?`,
        fact.reason,
        storedText(fact.existing?.destItemId),
        storedText(fact.existing?.eTag),
        fact.id,
      ]
    case 'rerouted':
      return [
        `UPDATE item SET state = 'planned', route = ?, route_reason = ?, package_id = NULL, dest_item_id = NULL, e_tag = NULL,
         quick_xor_hash = NULL, accepted_bytes = 0 WHERE id = ?`,
        fact.route,
        fact.reason,
        fact.id,
      ]
    case 'packed':
      return ['UPDATE item SET quick_xor_hash = ?, accepted_bytes = size_bytes WHERE id = ?', fact.quickXorHash, fact.id]
    case 'migrated':
      return [
        "UPDATE item SET state = 'migrated', verdict = ?, verdict_reason = ?, verified_at_ms = ?, error_code = NULL, message = NULL WHERE id = ?",
        storedText(fact.verdict),
        fact.reason,
        storedWhole(fact.atMs),
        fact.id,
      ]
    case 'failed':
      return [
        `UPDATE item SET state = 'failed', failure_stage = ?, error_code = ?, message = ?, verdict = ?, verified_at_ms = ?, ${CLOSE_SESSION}
         WHERE id = ?`,
        fact.stage,
        fact.code,
        fact.message,
        storedText(fact.verdict),
        fact.verdict === undefined ? null : storedWhole(fact.atMs),
        fact.id,
      ]
  }
}

function recordPackage(connection: Connection, sealer: Sealer, fact: PackageFact): void {
  const { packageId } = fact
  switch (fact.fact) {
    case 'packageFormed':
      connection.run(
        "INSERT INTO package (id, state, cut_count, formed_at_ms) VALUES (?, 'planned', ?, ?)",
        packageId,
        fact.cutCount,
        storedWhole(fact.atMs),
      )
      for (const id of fact.itemIds) {
        connection.run(
          "UPDATE item SET state = 'uploading', package_id = ?, attempts = attempts + 1, started_at_ms = ? WHERE id = ?",
          packageId,
          storedWhole(fact.atMs),
          id,
        )
      }
      return
    case 'packageSubmitting':
      connection.run(
        "UPDATE package SET state = 'submitting', sealed_containers = ?, expires_at_ms = ? WHERE id = ?",
        sealer.seal(fact.containers),
        storedWhole(fact.expiresAtMs),
        packageId,
      )
      return
    case 'packageSubmitted':
      connection.run(
        "UPDATE package SET state = 'submitted', job_id = ?, submitted_at_ms = ? WHERE id = ?",
        fact.jobId,
        storedWhole(fact.atMs),
        packageId,
      )
      return
    case 'packageNotTaken':
      connection.run(
        "UPDATE package SET state = 'planned', sealed_containers = NULL, expires_at_ms = NULL WHERE id = ?",
        packageId,
      )
      return
    case 'packageEnded':
      connection.run(
        "UPDATE package SET state = 'ended', outcome = ?, message = ?, ended_at_ms = ?, sealed_containers = NULL WHERE id = ?",
        fact.outcome,
        fact.message,
        storedWhole(fact.atMs),
        packageId,
      )
  }
}

function recordStructure(connection: Connection, entry: Extract<JournalFact, { fact: 'structure' }>['entry']): void {
  connection.run(
    `INSERT INTO structure
       (type, title, operation, status, details, source_path, destination_url, source_id, destination_id, error_code, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    entry.type,
    entry.title,
    entry.operation,
    entry.status,
    entry.details,
    entry.sourcePath,
    entry.destinationUrl,
    storedText(entry.sourceId),
    storedText(entry.destinationId),
    storedText(entry.errorCode),
    storedWhole(entry.atMs),
  )
}
