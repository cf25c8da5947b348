import { z } from 'zod'
import type { ActorRef } from '../store/itemStore.ts'
import type { ColumnSettings, ColumnType, ListSettings, StoredFields, StoredValue } from './records.ts'

export const COLUMN_TYPES: readonly ColumnType[] = [
  'text',
  'note',
  'number',
  'boolean',
  'dateTime',
  'choice',
  'personOrGroup',
  'lookup',
]

const scalar = z.union([z.string(), z.number(), z.boolean()])
const columnSettings = z.object({
  description: z.string(),
  maxLength: z.number().optional(),
  choices: z.array(z.string()),
  allowsMultiple: z.boolean(),
  lookupListId: z.string().optional(),
  lookupColumnName: z.string().optional(),
  isReadOnly: z.boolean(),
  facet: z.record(z.string(), scalar),
})
const listSettings = z.object({
  description: z.string(),
  baseTemplate: z.number(),
  isHidden: z.boolean(),
  noCrawl: z.boolean(),
  isOnQuickLaunch: z.boolean(),
  hasAttachments: z.boolean(),
  hasVersioning: z.boolean(),
  hasContentTypes: z.boolean(),
  defaultViewQuery: z.string(),
  defaultViewId: z.string(),
})
const actor = z.object({
  userId: z.string().optional(),
  displayName: z.string(),
  upn: z.string().optional(),
  appId: z.string().optional(),
})

export function parseColumnSettings(text: string): ColumnSettings {
  const read = columnSettings.parse(JSON.parse(text))
  return {
    ...read,
    maxLength: read.maxLength,
    lookupListId: read.lookupListId,
    lookupColumnName: read.lookupColumnName,
  }
}

export function parseListSettings(text: string): ListSettings {
  return listSettings.parse(JSON.parse(text))
}

export function parseActor(text: string): ActorRef {
  const read = actor.parse(JSON.parse(text))
  return {
    displayName: read.displayName,
    ...(read.userId === undefined ? {} : { userId: read.userId }),
    ...(read.upn === undefined ? {} : { upn: read.upn }),
    ...(read.appId === undefined ? {} : { appId: read.appId }),
  }
}

/** Reads what this store wrote itself; hot path, so it checks the outer shape and the kind of each value only. */
export function parseStoredFields(text: string): StoredFields {
  const read: unknown = JSON.parse(text)
  if (typeof read !== 'object' || read === null) throw new TypeError('stored fields are no object')
  const fields: Record<string, StoredValue> = {}
  for (const [name, value] of Object.entries(read)) if (isStored(value)) fields[name] = value
  return fields
}

function isStored(value: unknown): value is StoredValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || Array.isArray(value)
}
