import type { Route } from '../core/http.ts'
import type { ColumnSpec } from '../lists/columnStore.ts'
import { unwrapCollection } from '../lists/columnValues.ts'
import type { ColumnType } from '../lists/records.ts'
import { type ListTarget, listsOf } from '../lists/tenantLists.ts'
import { restFilterDialect } from '../odata/filterAst.ts'
import { compileFilter, type FilterField } from '../odata/filterMatcher.ts'
import { parseFilter } from '../odata/filterParser.ts'
import { type Entity, reply } from './dialect.ts'
import { readFieldXml } from './fieldXml.ts'
import { FIELD_KINDS, fieldCollection, fieldEntity } from './listEntities.ts'
import { project, projectAll, readRestOptions, unknownProperty } from './projection.ts'
import { isObject, type RestBody, readMembers, readRestBody } from './restBody.ts'
import { invalidQuery } from './restErrors.ts'
import { expectResource, type RestHandler, restRoute } from './restRoute.ts'

const FIELD_MEMBERS = {
  Title: 'string',
  FieldTypeKind: 'number',
  Description: 'string',
  Indexed: 'boolean',
  EnforceUniqueValues: 'boolean',
  Required: 'boolean',
  Hidden: 'boolean',
  MaxLength: 'number',
  Choices: 'any',
  LookupListId: 'string',
  LookupFieldName: 'string',
  LookupWebId: 'string',
  AllowMultipleValues: 'boolean',
  Group: 'string',
  StaticName: 'string',
  NumberOfLines: 'number',
  RichText: 'boolean',
  AppendOnly: 'boolean',
  RestrictedMode: 'boolean',
  AllowHyperlink: 'boolean',
  DisplayFormat: 'number',
  DateTimeCalendarType: 'number',
  FriendlyDisplayFormat: 'number',
  FillInChoice: 'boolean',
  EditFormat: 'number',
  SelectionMode: 'number',
  SelectionGroup: 'number',
  MaximumValue: 'number',
  MinimumValue: 'number',
} as const

const TYPE_NAMES = [
  'SP.Field',
  'SP.FieldCreationInformation',
  ...Object.values(FIELD_KINDS).map((kind) => kind.type),
  'SP.FieldMultiChoice',
  'SP.FieldDateTime',
]

function typeOfKind(kind: number | undefined): ColumnType {
  if (kind === 15) return 'choice'
  const found = Object.entries(FIELD_KINDS).find(([, known]) => known.kind === kind)?.[0]
  const type = (['text', 'note', 'number', 'boolean', 'dateTime', 'choice', 'personOrGroup', 'lookup'] as const).find(
    (name) => name === found,
  )
  if (type === undefined) throw invalidQuery(`The field type ${String(kind)} is not known to the practice tenant.`, true)
  return type
}

function choicesOf(value: unknown): readonly string[] {
  const list = unwrapCollection(value)
  return Array.isArray(list) ? list.filter((choice): choice is string => typeof choice === 'string') : []
}

function toSpec(raw: RestBody): ColumnSpec {
  const body = readMembers(raw, FIELD_MEMBERS, 'SP.Field')
  if (body.Title === undefined || body.Title === '') throw invalidQuery('The field title is missing.')
  return {
    name: body.Title,
    displayName: body.Title,
    type: typeOfKind(body.FieldTypeKind),
    isIndexed: body.Indexed ?? false,
    isUnique: body.EnforceUniqueValues ?? false,
    isRequired: body.Required ?? false,
    isHidden: body.Hidden ?? false,
    settings: {
      description: body.Description ?? '',
      maxLength: body.MaxLength,
      choices: choicesOf(body.Choices),
      allowsMultiple: body.FieldTypeKind === 15 || body.AllowMultipleValues === true,
      lookupListId: body.LookupListId?.toLowerCase().replace(/[{}]/g, ''),
      lookupColumnName: body.LookupFieldName,
    },
  }
}

function genericList(target: ListTarget): Extract<ListTarget, { kind: 'list' }>['list'] {
  if (target.kind === 'library') throw invalidQuery('The practice tenant does not change the columns of libraries.', true)
  return target.list
}

const TEXT_FILTERS = ['InternalName', 'Title', 'StaticName', 'TypeAsString', 'Group', 'Id']
const FLAG_FILTERS = ['Hidden', 'Indexed', 'ReadOnlyField', 'Required', 'EnforceUniqueValues', 'FromBaseType']

function fieldFilter(property: string): FilterField<Entity> {
  if (FLAG_FILTERS.includes(property)) return { kind: 'boolean', read: (entity) => entity.properties[property] === true }
  if (!TEXT_FILTERS.includes(property)) throw unknownProperty(property)
  return {
    kind: 'text',
    read: (entity) => {
      const value = entity.properties[property]
      return typeof value === 'string' ? value : null
    },
  }
}

const listFields: RestHandler = (context) => {
  const { request, tenant } = context
  const options = readRestOptions(request.url.searchParams, ['$filter', '$top'])
  const fields = fieldCollection(tenant, expectResource(context, 'fields').target)
  const matches =
    options.filter === undefined ? () => true : compileFilter<Entity>(parseFilter(options.filter, restFilterDialect), fieldFilter)
  return reply(request, projectAll({ ...fields, entities: fields.entities.filter(matches) }, options.projection))
}

const createField: RestHandler = async (context) => {
  const { request, tenant } = context
  const list = genericList(expectResource(context, 'fields').target)
  const spec = toSpec(await readRestBody(request, TYPE_NAMES))
  return reply(request, fieldEntity(listsOf(tenant).columns.addColumn(list.listId, spec, list.itemCount)), { status: 201 })
}

const addField: RestHandler = async (context) => {
  const { request, tenant } = context
  const list = genericList(expectResource(context, 'fields').target)
  const { parameters } = readMembers(await readRestBody(request), { parameters: 'any' }, 'addfield')
  if (!isObject(parameters)) throw invalidQuery('The parameter parameters is missing.')
  const { __metadata: _type, ...members } = parameters
  return reply(request, fieldEntity(listsOf(tenant).columns.addColumn(list.listId, toSpec(members), list.itemCount)))
}

const createFieldAsXml: RestHandler = async (context) => {
  const { request, tenant } = context
  const list = genericList(expectResource(context, 'fields').target)
  const { parameters } = readMembers(await readRestBody(request), { parameters: 'any' }, 'createfieldasxml')
  if (!isObject(parameters) || typeof parameters.SchemaXml !== 'string') throw invalidQuery('The parameter SchemaXml is missing.')
  const spec = readFieldXml(parameters.SchemaXml, typeof parameters.Options === 'number' ? parameters.Options : 0)
  return reply(request, fieldEntity(listsOf(tenant).columns.addColumn(list.listId, spec, list.itemCount)))
}

const getField: RestHandler = (context) => {
  const { projection } = readRestOptions(context.request.url.searchParams, [])
  return reply(context.request, project(fieldEntity(expectResource(context, 'field').column), projection))
}

const writeField: RestHandler = async (context) => {
  const { request, tenant, method } = context
  const { list, column } = expectResource(context, 'field')
  const { columns } = listsOf(tenant)
  if (method === 'DELETE') {
    if (column.name === 'Title') throw invalidQuery('The Title column cannot be deleted.')
    columns.removeColumn(list.listId, column.name)
    return { status: 200 }
  }
  if (method !== 'MERGE' && method !== 'PATCH') throw invalidQuery(`${method} is not supported for SP.Field.`, true)
  const body = readMembers(await readRestBody(request, TYPE_NAMES), FIELD_MEMBERS, 'SP.Field')
  columns.updateColumn(
    list.listId,
    column.name,
    {
      ...(body.Title === undefined ? {} : { displayName: body.Title }),
      ...(body.Indexed === undefined ? {} : { isIndexed: body.Indexed }),
      ...(body.EnforceUniqueValues === undefined ? {} : { isUnique: body.EnforceUniqueValues }),
      ...(body.Required === undefined ? {} : { isRequired: body.Required }),
      ...(body.Hidden === undefined ? {} : { isHidden: body.Hidden }),
      settings: {
        ...(body.Description === undefined ? {} : { description: body.Description }),
        ...(body.MaxLength === undefined ? {} : { maxLength: body.MaxLength }),
        ...(body.Choices === undefined ? {} : { choices: choicesOf(body.Choices) }),
      },
    },
    list.itemCount,
  )
  return { status: 204 }
}

export const fieldRoutes: readonly Route[] = [
  restRoute({ name: 'field.list', key: 'fields', methods: ['GET'], level: 'read', resourceUnits: 3, handle: listFields }),
  restRoute({ name: 'field.create', key: 'fields', methods: ['POST'], level: 'edit', resourceUnits: 3, handle: createField }),
  restRoute({ name: 'field.add', key: 'fields/addfield', methods: ['POST'], level: 'edit', resourceUnits: 3, handle: addField }),
  restRoute({
    name: 'field.createAsXml',
    key: 'fields/createfieldasxml',
    methods: ['POST'],
    level: 'edit',
    resourceUnits: 3,
    handle: createFieldAsXml,
  }),
  restRoute({ name: 'field.get', key: 'field', methods: ['GET'], level: 'read', resourceUnits: 2, handle: getField }),
  restRoute({
    name: 'field.write',
    key: 'field',
    methods: ['POST', 'PATCH', 'MERGE', 'DELETE'],
    level: 'edit',
    resourceUnits: 3,
    handle: writeField,
  }),
]
