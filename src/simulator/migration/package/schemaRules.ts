import { readXml, type XmlElement } from './xmlReader.ts'

/** What the value of an attribute has to look like; a list names the only values. */
export type ValueType =
  | 'string'
  | 'guid'
  | 'int'
  | 'long'
  | 'float'
  | 'boolean'
  | 'dateTime'
  | 'anyUri'
  | 'base64'
  | readonly string[]

export interface ElementRule {
  /** By name; a trailing `!` on the name marks a required attribute. */
  readonly attributes?: Readonly<Record<string, ValueType>>
  /** Attributes that are not declared pass (`anyAttribute` of the schema). */
  readonly anyAttribute?: boolean
  /** Elements that may stand inside, by name; the value names their rule in the same schema. */
  readonly children?: Readonly<Record<string, string>>
  /** Text may stand inside. */
  readonly hasText?: boolean
}

/** One document type, as data. */
export interface DocumentSchema {
  readonly namespace: string
  readonly root: string
  /** The root's rule has the root's name. */
  readonly rules: Readonly<Record<string, ElementRule>>
}

/** What `System.Xml.Schema` says to a document that breaks its schema. */
export class SchemaViolation extends Error {
  readonly line: number
  readonly column: number

  constructor(message: string, element: Pick<XmlElement, 'line' | 'column'>) {
    super(`[System.Xml.Schema.XmlSchemaValidationException] [${message}]`)
    this.name = 'SchemaViolation'
    this.line = element.line
    this.column = element.column
  }
}

export interface XmlNode {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly XmlNode[]
  readonly text: string
}

interface OpenNode extends XmlNode {
  readonly children: XmlNode[]
  text: string
}

/** What values each type allows. Integers are .NET's Int32 and Int64; times have no fraction [D.5]. */
const PATTERNS: Readonly<Record<Exclude<ValueType, readonly string[]>, RegExp>> = {
  string: /^/,
  guid: /^\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?$/,
  int: /^\s*[+-]?\d{1,10}\s*$/,
  long: /^\s*[+-]?\d{1,19}\s*$/,
  float: /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/,
  boolean: /^(?:true|false|0|1|TRUE|FALSE|True|False)$/,
  dateTime: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ?$/,
  anyUri: /^\S+$/,
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
}

interface Compiled {
  readonly types: ReadonlyMap<string, ValueType>
  readonly required: readonly string[]
  readonly rule: ElementRule
}

const compiled = new WeakMap<ElementRule, Compiled>()

function compile(rule: ElementRule): Compiled {
  const known = compiled.get(rule)
  if (known !== undefined) return known
  const entries = Object.entries(rule.attributes ?? {})
  const made: Compiled = {
    types: new Map(entries.map(([name, type]) => [name.replace(/!$/, ''), type])),
    required: entries.filter(([name]) => name.endsWith('!')).map(([name]) => name.slice(0, -1)),
    rule,
  }
  compiled.set(rule, made)
  return made
}

/**
 * Reads a document against its schema and hands every child of the root to `onChild` as it closes, so that the root's children need not be
 * kept. Returns the root without them. Throws SchemaViolation, XmlSyntaxError.
 */
export function readDocument(text: string, schema: DocumentSchema, onChild: (child: XmlNode) => void = () => {}): XmlNode {
  const open: { readonly node: OpenNode; readonly compiled: Compiled; readonly element: XmlElement }[] = []
  let root: XmlNode | undefined

  readXml(text, {
    open(element) {
      const parent = open.at(-1)
      const rule = parent === undefined ? rootRule(schema, element) : childRule(schema, parent, element)
      checkAttributes(schema, element, rule)
      open.push({ node: { name: element.name, attributes: element.attributes, children: [], text: '' }, compiled: rule, element })
    },
    text(part) {
      const top = open.at(-1)
      if (top === undefined) return
      if (top.compiled.rule.hasText !== true)
        throw new SchemaViolation(
          `The element '${top.node.name}' in namespace '${schema.namespace}' cannot contain text.`,
          top.element,
        )
      top.node.text += part
    },
    close() {
      const closed = open.pop()
      if (closed === undefined) return
      const parent = open.at(-1)
      if (parent === undefined) root = closed.node
      else if (open.length === 1) onChild(closed.node)
      else parent.node.children.push(closed.node)
    },
  })
  if (root === undefined) throw new Error('A document without a root was read.')
  return root
}

function rootRule(schema: DocumentSchema, element: XmlElement): Compiled {
  const rule = schema.rules[element.name]
  if (element.name !== schema.root || element.namespace !== schema.namespace || rule === undefined) {
    const name = element.namespace === '' ? element.name : `${element.namespace}:${element.name}`
    throw new SchemaViolation(`The '${name}' element is not declared.`, element)
  }
  return compile(rule)
}

function childRule(
  schema: DocumentSchema,
  parent: { readonly node: XmlNode; readonly compiled: Compiled },
  element: XmlElement,
): Compiled {
  const { children } = parent.compiled.rule
  const ruleName = element.namespace === schema.namespace ? children?.[element.name] : undefined
  const rule = ruleName === undefined ? undefined : schema.rules[ruleName]
  if (rule !== undefined) return compile(rule)
  const inside = `The element '${parent.node.name}' in namespace '${schema.namespace}' has invalid child element '${element.name}'${
    element.namespace === '' ? '' : ` in namespace '${element.namespace}'`
  }.`
  const possible = Object.keys(children ?? {})
  throw new SchemaViolation(
    possible.length === 0
      ? `The element '${parent.node.name}' in namespace '${schema.namespace}' cannot contain child element '${element.name}' because the parent element's content model is empty.`
      : `${inside} List of possible elements expected: '${possible.join(', ')}' in namespace '${schema.namespace}'.`,
    element,
  )
}

function checkAttributes(schema: DocumentSchema, element: XmlElement, { types, required, rule }: Compiled): void {
  for (const [name, value] of element.attributes) {
    const type = types.get(name)
    if (type !== undefined) {
      checkValue(schema, element, { name, value, type })
    } else if (rule.anyAttribute !== true && !name.includes(':')) {
      throw new SchemaViolation(`The '${name}' attribute is not declared.`, element)
    }
  }
  for (const name of required)
    if (!element.attributes.has(name)) throw new SchemaViolation(`The required attribute '${name}' is missing.`, element)
}

function checkValue(
  schema: DocumentSchema,
  element: XmlElement,
  attribute: { readonly name: string; readonly value: string; readonly type: ValueType },
): void {
  const { name, value, type } = attribute
  const problem =
    typeof type === 'string'
      ? problemOf(type, value, schema)
      : type.includes(value)
        ? undefined
        : `'${schema.namespace}:${name}' - The Enumeration constraint failed.`
  if (problem !== undefined)
    throw new SchemaViolation(
      `The '${name}' attribute is invalid - The value '${value}' is invalid according to its datatype ${problem}`,
      element,
    )
}

function problemOf(type: Exclude<ValueType, readonly string[]>, value: string, schema: DocumentSchema): string | undefined {
  const isWellFormed = PATTERNS[type].test(value)
  switch (type) {
    case 'guid':
      return isWellFormed ? undefined : `'${schema.namespace}:Guid' - The Pattern constraint failed.`
    case 'int': {
      const isInt32 = isWellFormed && Number(value) >= -(2 ** 31) && Number(value) < 2 ** 31
      return isInt32 ? undefined : `'http://www.w3.org/2001/XMLSchema:int' - The string '${value}' is not a valid Int32 value.`
    }
    case 'long': {
      const isInt64 = isWellFormed && BigInt.asIntN(64, BigInt(value.trim())) === BigInt(value.trim())
      return isInt64 ? undefined : `'http://www.w3.org/2001/XMLSchema:long' - The string '${value}' is not a valid Int64 value.`
    }
    case 'anyUri':
      return isWellFormed ? undefined : `'http://www.w3.org/2001/XMLSchema:anyURI' - Invalid URI: The URI is empty.`
    default: {
      const names = { float: 'float', boolean: 'boolean', dateTime: 'dateTime', base64: 'base64Binary', string: 'string' }
      const shown = { float: 'Single', boolean: 'Boolean', dateTime: 'DateTime', base64: 'Base64Binary', string: 'String' }
      return isWellFormed
        ? undefined
        : `'http://www.w3.org/2001/XMLSchema:${names[type]}' - The string '${value}' is not a valid ${shown[type]} value.`
    }
  }
}
