import type { ActorRef } from '../store/itemStore.ts'

export type ColumnType = 'text' | 'note' | 'number' | 'boolean' | 'dateTime' | 'choice' | 'personOrGroup' | 'lookup'

/** What a column stores: dates as `2026-08-20T09:15:02Z`, people and lookups as the id they point to. */
export type StoredValue = string | number | boolean | readonly string[] | readonly number[]
export type StoredFields = Readonly<Record<string, StoredValue>>

export interface ColumnSettings {
  readonly description: string
  readonly maxLength: number | undefined
  readonly choices: readonly string[]
  readonly allowsMultiple: boolean
  readonly lookupListId: string | undefined
  readonly lookupColumnName: string | undefined
  readonly isReadOnly: boolean
  /** Facet members that only travel through (`linesForEditing`, `displayAs`, `format`), by name. */
  readonly facet: Readonly<Record<string, string | number | boolean>>
}

export interface ColumnRecord {
  readonly listId: string
  readonly columnId: string
  /** Internal name: derived from the first name, never changes. */
  readonly name: string
  readonly displayName: string
  readonly type: ColumnType
  readonly settings: ColumnSettings
  readonly isIndexed: boolean
  readonly isUnique: boolean
  readonly isRequired: boolean
  readonly isHidden: boolean
}

export interface ListSettings {
  readonly description: string
  /** 100 generic list, 101 document library. */
  readonly baseTemplate: number
  readonly isHidden: boolean
  readonly noCrawl: boolean
  readonly isOnQuickLaunch: boolean
  readonly hasAttachments: boolean
  readonly hasVersioning: boolean
  readonly hasContentTypes: boolean
  /** CAML of the default view's `<Where>`; Graph's items endpoint leaks it. */
  readonly defaultViewQuery: string
  readonly defaultViewId: string
}

export interface ListRecord {
  readonly listId: string
  readonly siteId: string
  readonly title: string
  /** Last segment of `Lists/…`. */
  readonly urlName: string
  /** `SP.Data.<entityName>ListItem`. */
  readonly entityName: string
  readonly settings: ListSettings
  readonly createdMs: number
  readonly modifiedMs: number
  readonly createdBy: ActorRef
  readonly revision: number
  readonly itemCount: number
  readonly lastChange: number
}

export interface ListItemRecord {
  readonly listId: string
  readonly itemId: number
  readonly uniqueId: string
  /** Number behind the comma of the eTag; rises by one with every write. */
  readonly revision: number
  readonly createdMs: number
  readonly modifiedMs: number
  readonly createdBy: ActorRef
  readonly modifiedBy: ActorRef
  readonly fields: StoredFields
  readonly deletedMs: number | undefined
}

export interface ListChange {
  readonly changeNumber: number
  readonly kind: 'add' | 'update' | 'delete'
  readonly itemId: number
  readonly uniqueId: string
  readonly atMs: number
}

/** `"<guid>,<revision>"`, quotes included: they are part of the value. */
export function eTagOf(item: { readonly uniqueId: string; readonly revision: number }): string {
  return `"${item.uniqueId},${item.revision}"`
}
