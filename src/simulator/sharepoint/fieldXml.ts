import type { ColumnSpec } from '../lists/columnStore.ts'
import type { ColumnType } from '../lists/records.ts'
import { invalidQuery } from './restErrors.ts'

const TYPES: Readonly<Record<string, ColumnType>> = {
  Text: 'text',
  Note: 'note',
  Number: 'number',
  Boolean: 'boolean',
  DateTime: 'dateTime',
  Choice: 'choice',
  MultiChoice: 'choice',
  User: 'personOrGroup',
  UserMulti: 'personOrGroup',
  Lookup: 'lookup',
  LookupMulti: 'lookup',
}
const ADD_INTERNAL_NAME_HINT = 8

/** Reads a `<Field …>` definition. The internal name comes from `Name` only with the option AddFieldInternalNameHint, else from the title. */
export function readFieldXml(xml: string, options: number): ColumnSpec {
  const head = /^\s*<Field\s([^>]*?)\/?>/i.exec(xml)
  if (head === null) throw invalidQuery('The field schema is not valid XML.')
  const attributes = new Map<string, string>()
  for (const match of (head[1] ?? '').matchAll(/([A-Za-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    attributes.set((match[1] ?? '').toLowerCase(), match[2] ?? match[3] ?? '')
  const typeName = attributes.get('type') ?? ''
  const type = TYPES[typeName]
  if (type === undefined) throw invalidQuery(`The field type '${typeName}' is not known to the practice tenant.`, true)
  const title = attributes.get('displayname') ?? attributes.get('name') ?? ''
  const flag = (name: string): boolean => /^(true|1)$/i.test(attributes.get(name) ?? '')
  const maxLength = attributes.get('maxlength')
  return {
    name: (options & ADD_INTERNAL_NAME_HINT) !== 0 ? (attributes.get('name') ?? title) : title,
    displayName: title,
    type,
    isIndexed: flag('indexed'),
    isUnique: flag('enforceuniquevalues'),
    isRequired: flag('required'),
    isHidden: flag('hidden'),
    settings: {
      maxLength: maxLength === undefined ? undefined : Number(maxLength),
      choices: [...xml.matchAll(/<CHOICE>([^<]*)<\/CHOICE>/gi)].map((match) => match[1] ?? ''),
      allowsMultiple: typeName.endsWith('Multi') || typeName === 'MultiChoice',
      lookupListId: attributes.get('list')?.toLowerCase().replace(/[{}]/g, ''),
      lookupColumnName: attributes.get('showfield'),
    },
  }
}
