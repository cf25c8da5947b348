import { ServiceError } from '../core/serviceError.ts'
import type { QueryOptions } from '../odata/queryOptions.ts'

/** Refuses a `$select` of something that the type does not have. */
export function checkSelect(options: Pick<QueryOptions, 'select'>, known: readonly string[], type: string): void {
  const unknown = options.select?.find((name) => name !== '*' && !known.includes(name))
  if (unknown !== undefined)
    throw new ServiceError(
      400,
      'BadRequest',
      `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type '${type}'.`,
      { isUnknown: true },
    )
}

/** Keeps the selected properties and what was expanded; annotations stay. */
export function pickProperties(
  shape: Readonly<Record<string, unknown>>,
  options: Pick<QueryOptions, 'select' | 'expand'>,
): Record<string, unknown> {
  if (options.select === undefined || options.select.includes('*')) return { ...shape }
  const expanded = options.expand.map((term) => term.name)
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(shape)) {
    const owner = name.split('@')[0] ?? ''
    if (owner === '' || options.select.includes(owner) || expanded.includes(owner)) kept[name] = value
  }
  return kept
}

export const ITEM_PROPERTIES = [
  'id',
  'name',
  'description',
  'eTag',
  'createdDateTime',
  'createdBy',
  'lastModifiedDateTime',
  'lastModifiedBy',
  'webUrl',
  'parentReference',
  'contentType',
  'sharepointIds',
  'fields',
  'driveItem',
  'deleted',
]

export const LIST_PROPERTIES = [
  'id',
  'name',
  'displayName',
  'description',
  'eTag',
  'createdDateTime',
  'createdBy',
  'lastModifiedDateTime',
  'lastModifiedBy',
  'webUrl',
  'parentReference',
  'list',
  'system',
  'sharepointIds',
  'columns',
  'items',
  'drive',
]

export const COLUMN_PROPERTIES = [
  'id',
  'name',
  'displayName',
  'description',
  'columnGroup',
  'enforceUniqueValues',
  'hidden',
  'indexed',
  'readOnly',
  'required',
  'defaultValue',
  'text',
  'number',
  'boolean',
  'dateTime',
  'choice',
  'personOrGroup',
  'lookup',
]
