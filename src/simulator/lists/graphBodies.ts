import { z } from 'zod'
import { ServiceError } from '../core/serviceError.ts'
import type { ColumnChange, ColumnSpec } from './columnStore.ts'
import type { ColumnSettings, ColumnType } from './records.ts'

const facets = {
  text: z
    .strictObject({
      allowMultipleLines: z.boolean().optional(),
      appendChangesToExistingText: z.boolean().optional(),
      linesForEditing: z.number().int().optional(),
      maxLength: z.number().int().min(1).max(255).optional(),
      textType: z.enum(['plain', 'richText']).optional(),
    })
    .optional(),
  number: z
    .strictObject({
      decimalPlaces: z.string().optional(),
      displayAs: z.enum(['number', 'percentage']).optional(),
      maximum: z.number().optional(),
      minimum: z.number().optional(),
    })
    .optional(),
  boolean: z.strictObject({}).optional(),
  dateTime: z.strictObject({ displayAs: z.string().optional(), format: z.enum(['dateOnly', 'dateTime']).optional() }).optional(),
  choice: z
    .strictObject({
      allowTextEntry: z.boolean().optional(),
      choices: z.array(z.string()).optional(),
      displayAs: z.enum(['checkBoxes', 'dropDownMenu', 'radioButtons']).optional(),
    })
    .optional(),
  personOrGroup: z
    .strictObject({
      allowMultipleSelection: z.boolean().optional(),
      chooseFromType: z.enum(['peopleAndGroups', 'peopleOnly']).optional(),
      displayAs: z.string().optional(),
    })
    .optional(),
  lookup: z
    .strictObject({
      allowMultipleValues: z.boolean().optional(),
      allowUnlimitedLength: z.boolean().optional(),
      columnName: z.string().optional(),
      listId: z.string(),
    })
    .optional(),
}

const columnBody = z.strictObject({
  '@odata.type': z.string().optional(),
  name: z.string().min(1).max(255),
  displayName: z.string().min(1).max(255).optional(),
  description: z.string().optional(),
  columnGroup: z.string().optional(),
  indexed: z.boolean().optional(),
  enforceUniqueValues: z.boolean().optional(),
  required: z.boolean().optional(),
  hidden: z.boolean().optional(),
  readOnly: z.boolean().optional(),
  ...facets,
})
const columnPatch = columnBody.partial()
type ColumnBody = z.infer<typeof columnBody>
type ColumnPatch = z.infer<typeof columnPatch>

export const listBody = z.strictObject({
  '@odata.type': z.string().optional(),
  displayName: z.string().min(1).max(255),
  name: z.string().optional(),
  description: z.string().optional(),
  columns: z.array(columnBody).optional(),
  list: z
    .strictObject({
      '@odata.type': z.string().optional(),
      template: z.string().optional(),
      hidden: z.boolean().optional(),
      contentTypesEnabled: z.boolean().optional(),
    })
    .optional(),
})

export const listPatch = z.strictObject({
  '@odata.type': z.string().optional(),
  displayName: z.string().min(1).max(255).optional(),
  description: z.string().optional(),
})

const fieldValues = z.record(z.string(), z.unknown())
export const itemBody = z.strictObject({
  '@odata.type': z.string().optional(),
  fields: fieldValues,
  contentType: z.strictObject({ id: z.string().optional(), name: z.string().optional() }).optional(),
})
export const fieldsBody = fieldValues

/** Reads a body by its schema; an unknown member is a loud 400. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  const isUnknown = issue?.code === 'unrecognized_keys'
  const where = issue === undefined ? '' : [...issue.path, ...(isUnknown ? issue.keys : [])].join('.')
  throw new ServiceError(
    400,
    'invalidRequest',
    isUnknown
      ? `The property '${where}' does not exist or is not supported here.`
      : `Invalid request: '${where}' ${issue?.message ?? 'is not valid'}.`,
    { isUnknown },
  )
}

const FACET_NAMES = ['text', 'number', 'boolean', 'dateTime', 'choice', 'personOrGroup', 'lookup'] as const

export function readColumnBody(body: unknown): ColumnSpec {
  return toColumnSpec(readBody(columnBody, body))
}

/** Throws 400 when there is not exactly one type facet. */
export function toColumnSpec(body: ColumnBody): ColumnSpec {
  const [facet, ...more] = FACET_NAMES.filter((name) => body[name] !== undefined)
  if (facet === undefined || more.length > 0)
    throw new ServiceError(
      400,
      'invalidRequest',
      'One of the provided arguments is not acceptable: a column has exactly one type facet.',
    )
  const type: ColumnType = facet === 'text' && body.text?.allowMultipleLines === true ? 'note' : facet
  return {
    name: body.name,
    type,
    displayName: body.displayName ?? body.name,
    settings: settingsOf(body),
    isIndexed: body.indexed ?? false,
    isUnique: body.enforceUniqueValues ?? false,
    isRequired: body.required ?? false,
    isHidden: body.hidden ?? false,
  }
}

/** The type of a column cannot change, nor its internal name. */
export function readColumnPatch(body: unknown, type: ColumnType): ColumnChange {
  const patch = readBody(columnPatch, body)
  const own = type === 'note' ? 'text' : type
  if (FACET_NAMES.some((name) => name !== own && patch[name] !== undefined))
    throw new ServiceError(400, 'invalidRequest', 'The type of a column cannot be changed.')
  return {
    ...(patch.displayName === undefined ? {} : { displayName: patch.displayName }),
    ...(patch.indexed === undefined ? {} : { isIndexed: patch.indexed }),
    ...(patch.enforceUniqueValues === undefined ? {} : { isUnique: patch.enforceUniqueValues }),
    ...(patch.required === undefined ? {} : { isRequired: patch.required }),
    ...(patch.hidden === undefined ? {} : { isHidden: patch.hidden }),
    settings: settingsOf(patch),
  }
}

function settingsOf(body: ColumnPatch): Partial<ColumnSettings> {
  const allowsMultiple =
    body.choice?.displayAs === 'checkBoxes' ||
    body.personOrGroup?.allowMultipleSelection === true ||
    body.lookup?.allowMultipleValues === true
  const facet: Record<string, string | number | boolean> = {}
  for (const source of [body.text, body.number, body.dateTime, body.choice, body.personOrGroup])
    for (const [name, value] of Object.entries(source ?? {}))
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') facet[name] = value
  return {
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.readOnly === undefined ? {} : { isReadOnly: body.readOnly }),
    ...(body.text?.maxLength === undefined ? {} : { maxLength: body.text.maxLength }),
    ...(body.choice?.choices === undefined ? {} : { choices: body.choice.choices }),
    ...(body.lookup === undefined ? {} : { lookupListId: body.lookup.listId.toLowerCase() }),
    ...(body.lookup?.columnName === undefined ? {} : { lookupColumnName: body.lookup.columnName }),
    ...(allowsMultiple ? { allowsMultiple } : {}),
    ...(Object.keys(facet).length === 0 ? {} : { facet }),
  }
}
