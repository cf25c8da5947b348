import type { Route } from '../core/http.ts'
import { toStored } from '../lists/columnValues.ts'
import { ColumnValueError } from '../lists/listErrors.ts'
import type { ColumnRecord } from '../lists/records.ts'
import { type ListTarget, listsOf } from '../lists/tenantLists.ts'
import { type ComplexValue, complex, type Entity, reply } from './dialect.ts'
import { targetOfRef } from './itemRoutes.ts'
import { updateItem } from './itemWrites.ts'
import { type LibraryValue, readLibraryValue, writeLibraryValues } from './libraryForm.ts'
import { isObject, readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestContext, type RestHandler, restRoute } from './restRoute.ts'

interface FormValue extends LibraryValue {
  readonly parsed: unknown
}

/** `checkInComment` and its like matter to checked-out files only, which the practice tenant does not have. */
const FORM_MEMBERS = {
  formValues: 'any',
  bNewDocumentUpdate: 'boolean',
  checkInComment: 'string',
  datesInUTC: 'boolean',
  numberInInvariantCulture: 'boolean',
  listItemCreateInfo: 'any',
} as const

async function readForm({ request }: RestContext) {
  return readMembers(await readRestBody(request), FORM_MEMBERS, 'validateupdatelistitem')
}

/** Reads `formValues`; each value is text, each gets its own verdict. */
function readFormValues(context: RestContext, target: ListTarget, input: unknown): readonly FormValue[] {
  if (!Array.isArray(input)) throw invalidQuery('The parameter formValues is missing.')
  const entries: readonly unknown[] = input
  return entries.map((entry) => {
    if (!isObject(entry) || typeof entry.FieldName !== 'string') throw invalidQuery('A form value has no FieldName.')
    const value = typeof entry.FieldValue === 'string' ? entry.FieldValue : ''
    if (target.kind === 'library') return { ...readLibraryValue(context, entry.FieldName, value), parsed: value }
    const column = listsOf(context.tenant).columns.column(target.list.listId, entry.FieldName)
    if (column === undefined)
      return {
        name: entry.FieldName,
        value,
        problem: `Column '${entry.FieldName}' does not exist. It may have been deleted by another user.`,
        parsed: undefined,
      }
    return { name: entry.FieldName, value, ...parseText(column, value) }
  })
}

function parseText(column: ColumnRecord, value: string): Pick<FormValue, 'problem' | 'parsed'> {
  const parsed = value === '' ? null : column.type === 'boolean' ? /^(1|true|yes)$/i.test(value) : value
  try {
    toStored(column, parsed)
    return { problem: undefined, parsed }
  } catch (error) {
    if (error instanceof ColumnValueError) return { problem: error.message, parsed: undefined }
    throw error
  }
}

function verdicts(values: readonly FormValue[], itemId: number): readonly ComplexValue[] {
  return values.map((entry) =>
    complex('SP.ListItemFormUpdateValue', {
      ErrorCode: entry.problem === undefined ? 0 : -2130575155,
      ErrorMessage: entry.problem ?? null,
      FieldName: entry.name,
      FieldValue: entry.value,
      HasException: entry.problem !== undefined,
      ItemId: itemId,
    }),
  )
}

/** 200 whatever the verdicts: refused values are told inside, and then nothing is written [C.2]. */
function answer(context: RestContext, values: readonly FormValue[], itemId: number) {
  const entities = verdicts(values, itemId).map(
    (value, index): Entity => ({ kind: 'entity', type: value.type, id: `FormValues(${index})`, properties: value.members }),
  )
  return reply(context.request, { kind: 'collection', set: 'Collection(SP.ListItemFormUpdateValue)', entities })
}

function written(values: readonly FormValue[]): Record<string, unknown> {
  return Object.fromEntries(values.map((entry) => [entry.name, entry.parsed]))
}

const validateUpdate: RestHandler = async (context) => {
  const { ref } = expectResource(context, 'item')
  const form = await readForm(context)
  const values = readFormValues(context, targetOfRef(context, ref), form.formValues)
  if (values.every((entry) => entry.problem === undefined)) {
    if (ref.kind === 'library') writeLibraryValues(context, ref, values, form.bNewDocumentUpdate === true)
    else updateItem(context, ref, written(values))
  }
  return answer(context, values, ref.kind === 'list' ? ref.item.itemId : ref.item.listItemId)
}

const addValidated: RestHandler = async (context) => {
  const { target } = expectResource(context, 'list')
  const values = readFormValues(context, target, (await readForm(context)).formValues)
  if (target.kind === 'library') throw invalidQuery('The practice tenant adds items by form to generic lists only.', true)
  if (values.some((entry) => entry.problem !== undefined)) return answer(context, values, 0)
  const item = listsOf(context.tenant).items.create(target.list.listId, written(values), context.actor)
  return answer(
    context,
    [...values, { name: 'Id', value: String(item.itemId), problem: undefined, parsed: item.itemId }],
    item.itemId,
  )
}

const WRITE = { methods: ['POST'], level: 'contribute', resourceUnits: 3 } as const

export const formValueRoutes: readonly Route[] = [
  restRoute({ name: 'item.validateUpdate', key: 'item/validateupdatelistitem', ...WRITE, handle: validateUpdate }),
  restRoute({ name: 'list.addValidated', key: 'list/addvalidateupdateitemusingpath', ...WRITE, handle: addValidated }),
]
