import type { SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { z } from 'zod'
import type { ItemId } from '../../../shared/domain/ids.ts'
import {
  type FailureStage,
  ITEM_STATES,
  type ItemIssue,
  type ItemKind,
  type Route,
  VERDICTS,
} from '../../../shared/domain/item.ts'
import { ERROR_CODES } from '../../../shared/errors.ts'
import type { JournalItem, ListedItem, PlacedItem, Sealer, StructureEntry } from '../../engine/ports/journal.ts'
import { damaged } from './sqliteErrors.ts'

export type Row = Readonly<Record<string, SQLOutputValue>>

const KINDS: readonly ItemKind[] = ['file', 'folder', 'symlink', 'special']
const STAGES: readonly FailureStage[] = ['scanning', 'reading', 'packing', 'uploading', 'submitting', 'querying']
export const ROUTES: readonly Route[] = ['session', 'package']
const issuesSchema = z.array(
  z.object({ code: z.enum(ERROR_CODES), effect: z.enum(['blocks', 'renames', 'warns']), detail: z.string() }),
)

export function text(value: SQLOutputValue | undefined): string {
  if (typeof value === 'string') return value
  throw damaged('a text is missing')
}

export function whole(value: SQLOutputValue | undefined): number {
  if (typeof value === 'number') return value
  throw damaged('a number is missing')
}

export function optionalText(value: SQLOutputValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : text(value)
}

export function optionalWhole(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : whole(value)
}

export function oneOf<T extends string>(allowed: readonly T[], value: SQLOutputValue | undefined): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw damaged(`"${String(value)}" is none of ${allowed.join(', ')}`)
  return found
}

export function optionalOneOf<T extends string>(allowed: readonly T[], value: SQLOutputValue | undefined): T | undefined {
  return value === null || value === undefined ? undefined : oneOf(allowed, value)
}

export function itemId(value: SQLOutputValue | undefined): ItemId {
  return whole(value) as ItemId
}

/** Times and sizes come from file systems: fractions of a millisecond are cut, what is no number is unknown. */
export function storedWhole(value: number | undefined): number | null {
  return value === undefined || !Number.isSafeInteger(Math.floor(value)) ? null : Math.floor(value)
}

export function storedText(value: string | undefined): SQLInputValue {
  return value ?? null
}

export function storedIssues(issues: readonly ItemIssue[]): SQLInputValue {
  return issues.length === 0 ? null : JSON.stringify(issues)
}

export function readIssues(value: SQLOutputValue | undefined): readonly ItemIssue[] {
  if (value === null || value === undefined) return []
  const parsed = issuesSchema.safeParse(JSON.parse(text(value)))
  if (!parsed.success) throw damaged('the issues of an item cannot be read')
  return parsed.data
}

export function toItem(row: Row, sealer: Sealer | undefined): JournalItem {
  const relPath = text(row.rel_path)
  const sealed = optionalText(row.sealed_session_url)
  const parentId = optionalWhole(row.parent_id)
  return {
    id: itemId(row.id),
    parentId: parentId === undefined ? undefined : (parentId as ItemId),
    depth: whole(row.depth),
    relPath,
    name: relPath.slice(relPath.lastIndexOf('/') + 1),
    kind: oneOf(KINDS, row.kind),
    sizeBytes: whole(row.size_bytes),
    createdMs: optionalWhole(row.created_ms),
    modifiedMs: optionalWhole(row.modified_ms),
    isHidden: row.is_hidden === 1,
    fileId: optionalText(row.file_id),
    owner: optionalText(row.owner),
    isOurs: row.is_ours === 1,
    destName: text(row.dest_name),
    collisionKey: text(row.collision_key),
    issues: readIssues(row.issues),
    state: oneOf(ITEM_STATES, row.state),
    failureStage: optionalOneOf(STAGES, row.failure_stage),
    errorCode: optionalOneOf(ERROR_CODES, row.error_code),
    message: optionalText(row.message),
    route: optionalOneOf(ROUTES, row.route),
    routeReason: optionalText(row.route_reason),
    wasAtDestination: row.was_at_destination === 1,
    attempts: whole(row.attempts),
    reuploads: whole(row.reuploads),
    deferrals: whole(row.deferrals),
    destItemId: optionalText(row.dest_item_id),
    eTag: optionalText(row.e_tag),
    quickXorHash: optionalText(row.quick_xor_hash),
    sessionUrl: sealed === undefined ? undefined : sealer?.open(sealed),
    sessionExpiresAtMs: optionalWhole(row.session_expires_at_ms),
    acceptedBytes: whole(row.accepted_bytes),
    verdict: optionalOneOf(VERDICTS, row.verdict),
    verdictReason: optionalText(row.verdict_reason),
    areTimesSet: row.times_set === 1,
    packageId: optionalWhole(row.package_id),
    startedAtMs: optionalWhole(row.started_at_ms),
    uploadedAtMs: optionalWhole(row.uploaded_at_ms),
    verifiedAtMs: optionalWhole(row.verified_at_ms),
  }
}

/** Columns of a listing row under the names that `toListed` reads, so that they can stand beside those of an item. */
export const LISTED_COLUMNS = `l.item_id AS l_item_id, l.parent_item_id AS l_parent_item_id, l.name AS l_name,
  l.collision_key AS l_collision_key, l.kind AS l_kind, l.size_bytes AS l_size_bytes, l.quick_xor_hash AS l_quick_xor_hash,
  l.e_tag AS l_e_tag, l.created_ms AS l_created_ms, l.modified_ms AS l_modified_ms, l.web_url AS l_web_url`

export function toListed(row: Row): ListedItem | undefined {
  if (row.l_item_id === null || row.l_item_id === undefined) return undefined
  return {
    itemId: text(row.l_item_id),
    parentId: optionalText(row.l_parent_item_id),
    name: text(row.l_name),
    collisionKey: text(row.l_collision_key),
    kind: oneOf(['file', 'folder'], row.l_kind),
    sizeBytes: whole(row.l_size_bytes),
    quickXorHash: optionalText(row.l_quick_xor_hash),
    eTag: optionalText(row.l_e_tag),
    createdMs: optionalWhole(row.l_created_ms),
    modifiedMs: optionalWhole(row.l_modified_ms),
    webUrl: optionalText(row.l_web_url),
  }
}

export function toPlaced(row: Row, sealer: Sealer | undefined): PlacedItem {
  return {
    item: toItem(row, sealer),
    parentState: optionalOneOf(ITEM_STATES, row.parent_state),
    parentDestItemId: optionalText(row.parent_dest_item_id),
    listed: toListed(row),
  }
}

export function toStructure(row: Row): StructureEntry & { readonly seq: number } {
  return {
    seq: whole(row.seq),
    type: oneOf(['library', 'folder'], row.type),
    title: text(row.title),
    operation: oneOf(['created', 'skipped', 'updated'], row.operation),
    status: oneOf(['success', 'failure'], row.status),
    details: text(row.details),
    sourcePath: text(row.source_path),
    destinationUrl: text(row.destination_url),
    sourceId: optionalText(row.source_id),
    destinationId: optionalText(row.destination_id),
    errorCode: optionalOneOf(ERROR_CODES, row.error_code),
    atMs: whole(row.at_ms),
  }
}
