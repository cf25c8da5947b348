import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { ActorRef, ItemRecord } from './itemStore.ts'
import { integer, optionalInteger, optionalText, type Row, text } from './rowFields.ts'

/** Actors are few and repeat on every row, so rows carry a number. */
export interface ActorTable {
  numberOf(actor: ActorRef): number
  actor(actorNo: number): ActorRef
}

export function createActorTable(db: DatabaseSync): ActorTable {
  const insert = db.prepare(
    'INSERT INTO actors (actor) VALUES (?) ON CONFLICT (actor) DO UPDATE SET actor = actor RETURNING actor_no',
  )
  const select = db.prepare('SELECT actor FROM actors WHERE actor_no = ?')
  const numbers = new Map<string, number>()
  const actors = new Map<number, ActorRef>()
  return {
    numberOf(actor) {
      const key = JSON.stringify([actor.displayName, actor.userId ?? null, actor.upn ?? null, actor.appId ?? null])
      const known = numbers.get(key)
      if (known !== undefined) return known
      const row = insert.get(key)
      if (row === undefined) throw new Error('An actor could not be stored.')
      const actorNo = integer(row, 'actor_no')
      numbers.set(key, actorNo)
      actors.set(actorNo, actor)
      return actorNo
    },
    actor(actorNo) {
      const known = actors.get(actorNo)
      if (known !== undefined) return known
      const row = select.get(actorNo)
      if (row === undefined) throw new Error(`Actor ${actorNo} is unknown.`)
      const actor = parseActor(text(row, 'actor'))
      actors.set(actorNo, actor)
      return actor
    },
  }
}

function parseActor(stored: string): ActorRef {
  const fields: unknown = JSON.parse(stored)
  if (!Array.isArray(fields)) throw new TypeError('A stored actor is damaged.')
  const [displayName, userId, upn, appId] = fields.map((field: unknown) => (typeof field === 'string' ? field : undefined))
  return {
    displayName: displayName ?? '',
    ...(userId === undefined ? {} : { userId }),
    ...(upn === undefined ? {} : { upn }),
    ...(appId === undefined ? {} : { appId }),
  }
}

export function readItem(row: Row, actors: ActorTable): ItemRecord {
  return {
    driveId: text(row, 'drive_id'),
    itemId: text(row, 'item_id'),
    uniqueId: text(row, 'unique_id'),
    listItemId: integer(row, 'list_item_id'),
    parentId: optionalText(row, 'parent_id'),
    name: text(row, 'name'),
    kind: integer(row, 'is_folder') === 1 ? 'folder' : 'file',
    sizeBytes: integer(row, 'size_bytes'),
    contentId: optionalText(row, 'content_id'),
    quickXorHash: optionalText(row, 'hash'),
    createdMs: integer(row, 'created_ms'),
    modifiedMs: integer(row, 'modified_ms'),
    fileCreatedMs: integer(row, 'file_created_ms'),
    fileModifiedMs: integer(row, 'file_modified_ms'),
    createdBy: actors.actor(integer(row, 'created_by')),
    modifiedBy: actors.actor(integer(row, 'modified_by')),
    eTagNumber: integer(row, 'e_tag'),
    cTagNumber: integer(row, 'c_tag'),
    changeNumber: integer(row, 'change_number'),
    deletedMs: optionalInteger(row, 'deleted_ms'),
    childCount: integer(row, 'child_count'),
    changedMs: integer(row, 'changed_ms'),
    contentMs: integer(row, 'content_ms'),
    versionNumber: integer(row, 'version_number'),
  }
}

const COLUMNS = [
  'item_id',
  'drive_id',
  'unique_id',
  'list_item_id',
  'parent_id',
  'name',
  'folded_name',
  'is_folder',
  'size_bytes',
  'content_id',
  'hash',
  'created_ms',
  'modified_ms',
  'file_created_ms',
  'file_modified_ms',
  'created_by',
  'modified_by',
  'e_tag',
  'c_tag',
  'change_number',
  'changed_ms',
  'content_ms',
  'version_number',
  'child_count',
  'deleted_ms',
] as const

/** Stores a record as a new row, or over the row of the same item. */
export interface ItemWriter {
  insert(item: ItemRecord, foldedName: string): void
  update(item: ItemRecord, foldedName: string): void
}

export function createItemWriter(db: DatabaseSync, actors: ActorTable): ItemWriter {
  const insert = db.prepare(`INSERT INTO items (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`)
  const changing = COLUMNS.slice(4)
  const update = db.prepare(`UPDATE items SET ${changing.map((column) => `${column} = ?`).join(', ')} WHERE item_id = ?`)
  function changingValues(item: ItemRecord, foldedName: string): SQLInputValue[] {
    return [
      item.parentId ?? null,
      item.name,
      foldedName,
      item.kind === 'folder' ? 1 : 0,
      item.sizeBytes,
      item.contentId ?? null,
      item.quickXorHash ?? null,
      item.createdMs,
      item.modifiedMs,
      item.fileCreatedMs,
      item.fileModifiedMs,
      actors.numberOf(item.createdBy),
      actors.numberOf(item.modifiedBy),
      item.eTagNumber,
      item.cTagNumber,
      item.changeNumber,
      item.changedMs,
      item.contentMs,
      item.versionNumber,
      item.childCount,
      item.deletedMs ?? null,
    ]
  }
  return {
    insert: (item, foldedName) => {
      insert.run(item.itemId, item.driveId, item.uniqueId, item.listItemId, ...changingValues(item, foldedName))
    },
    update: (item, foldedName) => {
      update.run(...changingValues(item, foldedName), item.itemId)
    },
  }
}

/** Runs `work` in one transaction, inside the open one if there is one. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  if (db.isTransaction) return work()
  db.exec('BEGIN')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}
