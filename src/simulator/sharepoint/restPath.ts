/** The value of a function argument: a literal, or `@name` that the query string defines. */
export interface RestArgument {
  /** Lower-cased parameter name; '' for a positional argument. */
  readonly name: string
  readonly value: string
  readonly isAlias: boolean
}

export interface RestSegment {
  /** Lower case. */
  readonly name: string
  /** As written; some names are data. */
  readonly text: string
  readonly args: readonly RestArgument[] | undefined
}

/** What kind of thing a path leads to, known without looking anything up. */
export type ResourceType =
  | 'root'
  | 'web'
  | 'site'
  | 'siteManager'
  | 'lists'
  | 'list'
  | 'items'
  | 'item'
  | 'fields'
  | 'field'
  | 'views'
  | 'view'
  | 'users'
  | 'user'
  | 'groups'
  | 'group'
  | 'groupUsers'
  | 'roleDefinitions'
  | 'roleDefinition'
  | 'roleAssignments'
  | 'roleAssignment'
  | 'folders'
  | 'folder'
  | 'files'
  | 'file'
  | 'stub'
  | 'recycleBin'
  | 'recycled'

export interface RestPath {
  /** Server-relative path before `/_api`, decoded: `/sites/finance`. */
  readonly webPath: string
  /** The steps that lead to the resource. */
  readonly steps: readonly RestSegment[]
  readonly type: ResourceType
  /** What is asked of the resource; undefined for the resource itself. */
  readonly operation: RestSegment | undefined
}

type Step = ResourceType | { readonly bare?: ResourceType; readonly called?: ResourceType }

/** `bare` without parentheses, `called` with them. */
const STEPS: Readonly<Record<ResourceType, Readonly<Record<string, Step>>>> = {
  root: { web: 'web', site: 'site', spsitemanager: 'siteManager' },
  site: { rootweb: 'web', owner: 'user', recyclebin: { bare: 'recycleBin', called: 'recycled' } },
  siteManager: {},
  web: {
    lists: { bare: 'lists', called: 'list' },
    getlist: { called: 'list' },
    getlistusingpath: { called: 'list' },
    siteusers: { bare: 'users', called: 'user' },
    getuserbyid: { called: 'user' },
    currentuser: { bare: 'user' },
    sitegroups: { bare: 'groups', called: 'group' },
    associatedownergroup: { bare: 'group' },
    associatedmembergroup: { bare: 'group' },
    associatedvisitorgroup: { bare: 'group' },
    roledefinitions: { bare: 'roleDefinitions', called: 'roleDefinition' },
    roleassignments: { bare: 'roleAssignments', called: 'roleAssignment' },
    getfolderbyserverrelativepath: { called: 'folder' },
    getfolderbyserverrelativeurl: { called: 'folder' },
    getfolderbyid: { called: 'folder' },
    getfilebyserverrelativepath: { called: 'file' },
    getfilebyserverrelativeurl: { called: 'file' },
    getfilebyid: { called: 'file' },
    folders: { bare: 'folders', called: 'folder' },
    rootfolder: { bare: 'folder' },
    recyclebin: { bare: 'recycleBin', called: 'recycled' },
  },
  recycleBin: { getbyid: { called: 'recycled' } },
  recycled: {},
  lists: { getbytitle: { called: 'list' }, getbyid: { called: 'list' } },
  list: {
    items: { bare: 'items', called: 'item' },
    getitembyid: { called: 'item' },
    fields: { bare: 'fields', called: 'field' },
    views: { bare: 'views', called: 'view' },
    defaultview: { bare: 'view' },
    rootfolder: { bare: 'folder' },
    roleassignments: { bare: 'roleAssignments', called: 'roleAssignment' },
    parentweb: { bare: 'web' },
  },
  items: { getbyid: { called: 'item' } },
  item: {
    file: { bare: 'file' },
    folder: { bare: 'folder' },
    parentlist: { bare: 'list' },
    roleassignments: { bare: 'roleAssignments', called: 'roleAssignment' },
  },
  fields: {
    getbytitle: { called: 'field' },
    getbyinternalnameortitle: { called: 'field' },
    getbyid: { called: 'field' },
  },
  field: {},
  views: { getbyid: { called: 'view' }, getbytitle: { called: 'view' } },
  view: {},
  users: { getbyid: { called: 'user' }, getbyemail: { called: 'user' }, getbyloginname: { called: 'user' } },
  user: {},
  groups: { getbyid: { called: 'group' }, getbyname: { called: 'group' } },
  group: { users: { bare: 'groupUsers' } },
  groupUsers: {},
  roleDefinitions: {
    getbyid: { called: 'roleDefinition' },
    getbyname: { called: 'roleDefinition' },
    getbytype: { called: 'roleDefinition' },
  },
  roleDefinition: {},
  roleAssignments: { getbyprincipalid: { called: 'roleAssignment' } },
  roleAssignment: {},
  folders: {},
  folder: {
    folders: { bare: 'folders', called: 'folder' },
    files: { bare: 'files', called: 'file' },
    listitemallfields: { bare: 'item' },
    parentfolder: { bare: 'folder' },
  },
  files: { getbyurl: { called: 'file' }, getbypathoraddstub: { called: 'stub' } },
  stub: {},
  file: { listitemallfields: { bare: 'item' } },
}

const API = /^(.*?)\/_api(?:\/(.*))?$/i
let last: { readonly rawPath: string; readonly path: RestPath | undefined } | undefined

/** Reads a SharePoint REST path; undefined when no path of the object model is meant. Names are case-insensitive there. */
export function parseRestPath(rawPath: string): RestPath | undefined {
  if (last?.rawPath === rawPath) return last.path
  const path = readPath(rawPath)
  last = { rawPath, path }
  return path
}

function readPath(rawPath: string): RestPath | undefined {
  const split = API.exec(rawPath)
  if (split === null) return undefined
  const webPath = decoded(split[1] ?? '')
  const rest = decoded(split[2] ?? '')
  const segments = rest === undefined ? undefined : splitSegments(rest)
  if (webPath === undefined || segments === undefined || segments.length === 0) return undefined
  const steps: RestSegment[] = []
  let type: ResourceType = 'root'
  for (const [index, segment] of segments.entries()) {
    const next = nextType(type, segment)
    if (next === undefined) {
      return index === segments.length - 1 ? { webPath, steps, type, operation: segment } : undefined
    }
    steps.push(segment)
    type = next
  }
  return { webPath, steps, type, operation: undefined }
}

function nextType(type: ResourceType, segment: RestSegment): ResourceType | undefined {
  const step: Step | undefined = STEPS[type][segment.name]
  if (step === undefined || typeof step === 'string') return step
  const isCalled = segment.args !== undefined && segment.args.length > 0
  return isCalled ? step.called : step.bare
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Splits at `/` outside quotes; `name(args)` and `name` alike. Undefined when a quote or a parenthesis stays open. */
function splitSegments(text: string): RestSegment[] | undefined {
  const parts: string[] = []
  let isQuoted = false
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === "'") isQuoted = !isQuoted
    if (char === '/' && !isQuoted) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  if (isQuoted) return undefined
  parts.push(text.slice(start))
  const segments: RestSegment[] = []
  for (const part of parts.filter((candidate) => candidate !== '')) {
    const segment = readSegment(part)
    if (segment === undefined) return undefined
    segments.push(segment)
  }
  return segments
}

function readSegment(part: string): RestSegment | undefined {
  const open = part.indexOf('(')
  if (open < 0) return { name: part.toLowerCase(), text: part, args: undefined }
  if (!part.endsWith(')')) return undefined
  const text = part.slice(0, open)
  return { name: text.toLowerCase(), text, args: readArguments(part.slice(open + 1, -1)) }
}

function readArguments(text: string): readonly RestArgument[] {
  const args: RestArgument[] = []
  let isQuoted = false
  let start = 0
  for (let at = 0; at <= text.length; at += 1) {
    const char = text.charAt(at)
    if (char === "'") isQuoted = !isQuoted
    if (at < text.length && (char !== ',' || isQuoted)) continue
    const part = text.slice(start, at).trim()
    start = at + 1
    if (part !== '') args.push(readArgument(part))
  }
  return args
}

function readArgument(part: string): RestArgument {
  const named = /^([A-Za-z][A-Za-z0-9]*)\s*=\s*(.*)$/s.exec(part)
  const value = named?.[2] ?? part
  return { name: (named?.[1] ?? '').toLowerCase(), value: literalValue(value), isAlias: value.startsWith('@') }
}

/** The text of `'…'`, `guid'…'` or a bare literal. */
export function literalValue(text: string): string {
  const quoted = /^(?:guid|datetime)?'(.*)'$/is.exec(text.trim())
  return quoted === null ? text.trim() : (quoted[1] ?? '').replaceAll("''", "'")
}
