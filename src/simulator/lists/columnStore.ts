import type { DatabaseSync } from 'node:sqlite'
import type { Random } from '../core/random.ts'
import { indexKey, toComparable } from './columnValues.ts'
import { DefinitionError, NotFoundError } from './listErrors.ts'
import { internalNameOf } from './listNames.ts'
import { canCreateIndex } from './listRules.ts'
import { COLUMN_TYPES, parseColumnSettings, parseStoredFields } from './recordParsing.ts'
import type { ColumnRecord, ColumnSettings, ColumnType } from './records.ts'
import { flagOf, type Row, textOf } from './rows.ts'
import { atomically } from './transaction.ts'

export interface ColumnSpec {
  readonly name: string
  readonly displayName?: string
  readonly type: ColumnType
  readonly settings?: Partial<ColumnSettings>
  readonly isIndexed?: boolean
  readonly isUnique?: boolean
  readonly isRequired?: boolean
  readonly isHidden?: boolean
}

export type ColumnChange = Partial<Pick<ColumnRecord, 'displayName' | 'isIndexed' | 'isUnique' | 'isRequired' | 'isHidden'>> & {
  readonly settings?: Partial<ColumnSettings>
}

/** Names that every list has from birth, stored or computed. */
export const BUILT_IN_COLUMNS: readonly string[] = [
  'ID',
  'Id',
  'GUID',
  'Created',
  'Modified',
  'Author',
  'Editor',
  'ContentType',
  'ContentTypeId',
  'Attachments',
  '_UIVersionString',
  'FileLeafRef',
  'FileRef',
  'FSObjType',
]
const NOT_INDEXABLE: readonly ColumnType[] = ['note']

export interface ColumnStore {
  columns(listId: string): readonly ColumnRecord[]
  /** By internal name, exactly. */
  column(listId: string, name: string): ColumnRecord | undefined
  /** By internal name first, then by title. */
  columnByNameOrTitle(listId: string, name: string): ColumnRecord | undefined
  columnById(listId: string, columnId: string): ColumnRecord | undefined
  /** Fails with DefinitionError when the name is taken or the list is too long for a new index; then nothing exists. */
  addColumn(listId: string, spec: ColumnSpec, itemCount: number): ColumnRecord
  updateColumn(listId: string, name: string, change: ColumnChange, itemCount: number): ColumnRecord
  removeColumn(listId: string, name: string): void
  removeAll(listId: string): void
}

const EMPTY_SETTINGS: ColumnSettings = {
  description: '',
  maxLength: undefined,
  choices: [],
  allowsMultiple: false,
  lookupListId: undefined,
  lookupColumnName: undefined,
  isReadOnly: false,
  facet: {},
}

export function createColumnStore(deps: { readonly db: DatabaseSync; readonly random: Random }): ColumnStore {
  const { db, random } = deps
  const all = db.prepare('SELECT * FROM list_columns WHERE list_id = ? ORDER BY ordinal')
  const insert = db.prepare(
    'INSERT INTO list_columns (list_id, column_id, name, display_name, type, settings, is_indexed, is_unique, is_required, is_hidden, ordinal) VALUES (?,?,?,?,?,?,?,?,?,?,?)',
  )
  const update = db.prepare(
    'UPDATE list_columns SET display_name = ?, settings = ?, is_indexed = ?, is_unique = ?, is_required = ?, is_hidden = ? WHERE list_id = ? AND name = ?',
  )
  const remove = db.prepare('DELETE FROM list_columns WHERE list_id = ? AND name = ?')
  const removeList = db.prepare('DELETE FROM list_columns WHERE list_id = ?')
  const dropIndex = db.prepare('DELETE FROM list_index WHERE list_id = ? AND name = ?')
  const addIndex = db.prepare('INSERT OR IGNORE INTO list_index (list_id, name, value, item_id) VALUES (?,?,?,?)')
  const items = db.prepare('SELECT item_id, fields FROM list_items WHERE list_id = ? AND deleted_ms IS NULL')
  const duplicates = db.prepare(
    'SELECT value FROM list_index WHERE list_id = ? AND name = ? GROUP BY value HAVING COUNT(*) > 1 LIMIT 1',
  )
  const cache = new Map<string, readonly ColumnRecord[]>()

  const columns = (listId: string): readonly ColumnRecord[] => {
    const known = cache.get(listId)
    if (known !== undefined) return known
    const read = all.all(listId).map(toColumn)
    cache.set(listId, read)
    return read
  }

  const buildIndex = (column: ColumnRecord): void => {
    for (const row of items.all(column.listId)) {
      const value = parseStoredFields(textOf(row, 'fields'))[column.name]
      const comparable = toComparable(column.type, value)
      for (const member of Array.isArray(comparable) ? comparable : [comparable]) {
        const key = indexKey(member)
        if (key !== null) addIndex.run(column.listId, column.name, key, row.item_id ?? null)
      }
    }
  }

  const checkIndex = (column: ColumnRecord, itemCount: number): void => {
    if (NOT_INDEXABLE.includes(column.type) || (column.isUnique && (column.type === 'boolean' || column.settings.allowsMultiple)))
      throw new DefinitionError('notIndexable', `The column '${column.name}' of this type cannot be indexed.`)
    if (!canCreateIndex(itemCount))
      throw new DefinitionError(
        'indexTooLate',
        'The attempted operation is prohibited because it exceeds the list view threshold.',
      )
  }

  const enforceUnique = (column: ColumnRecord): void => {
    if (column.isUnique && duplicates.get(column.listId, column.name) !== undefined)
      throw new DefinitionError(
        'hasDuplicates',
        `Cannot enforce unique values: the column '${column.name}' contains duplicate values.`,
      )
  }

  return {
    columns,
    column: (listId, name) => columns(listId).find((column) => column.name === name),
    columnByNameOrTitle: (listId, name) =>
      columns(listId).find((column) => column.name === name) ??
      columns(listId).find((column) => column.displayName.toLowerCase() === name.toLowerCase()),
    columnById: (listId, columnId) => columns(listId).find((column) => column.columnId === columnId.toLowerCase()),

    addColumn(listId, spec, itemCount) {
      const name = internalNameOf(spec.name)
      if (name === '') throw new DefinitionError('invalid', 'The column name is empty.')
      if (
        BUILT_IN_COLUMNS.some((taken) => taken.toLowerCase() === name.toLowerCase()) ||
        columns(listId).some((column) => column.name.toLowerCase() === name.toLowerCase())
      )
        throw new DefinitionError('nameTaken', `A duplicate field name "${spec.name}" was found.`)
      const column: ColumnRecord = {
        listId,
        columnId: random.guid(),
        name,
        displayName: spec.displayName ?? spec.name,
        type: spec.type,
        settings: { ...EMPTY_SETTINGS, ...spec.settings },
        isIndexed: spec.isIndexed === true || spec.isUnique === true,
        isUnique: spec.isUnique === true,
        isRequired: spec.isRequired === true,
        isHidden: spec.isHidden === true,
      }
      if (column.isIndexed) checkIndex(column, itemCount)
      const ordinal = columns(listId).length
      insert.run(
        listId,
        column.columnId,
        name,
        column.displayName,
        column.type,
        JSON.stringify(column.settings),
        Number(column.isIndexed),
        Number(column.isUnique),
        Number(column.isRequired),
        Number(column.isHidden),
        ordinal,
      )
      cache.delete(listId)
      return column
    },

    updateColumn(listId, name, change, itemCount) {
      const current = columns(listId).find((column) => column.name === name)
      if (current === undefined) throw new NotFoundError('column', `Column '${name}' does not exist.`)
      const merged: ColumnRecord = { ...current, ...change, settings: { ...current.settings, ...change.settings } }
      if (merged.isUnique && !merged.isIndexed && change.isIndexed === false)
        throw new DefinitionError('invalid', 'A column that enforces unique values must be indexed.')
      const column: ColumnRecord = { ...merged, isIndexed: merged.isIndexed || merged.isUnique }
      return atomically(db, () => {
        if (column.isIndexed && (!current.isIndexed || (column.isUnique && !current.isUnique))) {
          checkIndex(column, itemCount)
          buildIndex(column)
          enforceUnique(column)
        }
        if (!column.isIndexed) dropIndex.run(listId, name)
        update.run(
          column.displayName,
          JSON.stringify(column.settings),
          Number(column.isIndexed),
          Number(column.isUnique),
          Number(column.isRequired),
          Number(column.isHidden),
          listId,
          name,
        )
        cache.delete(listId)
        return column
      })
    },

    removeColumn(listId, name) {
      dropIndex.run(listId, name)
      if (remove.run(listId, name).changes === 0) throw new NotFoundError('column', `Column '${name}' does not exist.`)
      cache.delete(listId)
    },

    removeAll(listId) {
      removeList.run(listId)
      cache.delete(listId)
    },
  }
}

function toColumn(row: Row): ColumnRecord {
  const typeName = textOf(row, 'type')
  const type = COLUMN_TYPES.find((known) => known === typeName)
  if (type === undefined) throw new TypeError(`unknown column type ${typeName}`)
  return {
    listId: textOf(row, 'list_id'),
    columnId: textOf(row, 'column_id'),
    name: textOf(row, 'name'),
    displayName: textOf(row, 'display_name'),
    type,
    settings: parseColumnSettings(textOf(row, 'settings')),
    isIndexed: flagOf(row, 'is_indexed'),
    isUnique: flagOf(row, 'is_unique'),
    isRequired: flagOf(row, 'is_required'),
    isHidden: flagOf(row, 'is_hidden'),
  }
}
