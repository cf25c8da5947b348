import type { CompareOperator, FilterLiteral, FilterNode } from '../odata/filterAst.ts'
import { parseIsoDate } from '../odata/filterLexer.ts'

/** A view query outside the part of CAML that this service reads. */
export class CamlError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CamlError'
  }
}

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  readonly text: string
}

const COMPARE: Readonly<Record<string, CompareOperator>> = { Eq: 'eq', Neq: 'ne', Gt: 'gt', Geq: 'ge', Lt: 'lt', Leq: 'le' }

export interface CamlQuery {
  readonly filter: FilterNode | undefined
  readonly order: readonly { readonly name: string; readonly isDescending: boolean }[]
  readonly rowLimit: number | undefined
}

/** Reads `<Where>`, `<OrderBy>` and `<RowLimit>` of a view or a query; throws CamlError for anything it does not know. */
export function parseCaml(xml: string): CamlQuery {
  const root: Element = { name: 'root', attributes: {}, children: parseElements(xml), text: '' }
  const where = findElement(root, 'Where')
  const order = findElement(root, 'OrderBy')
  const limit = findElement(root, 'RowLimit')
  return {
    filter: where?.children[0] === undefined ? undefined : toNode(where.children[0]),
    order: (order?.children ?? []).map((field) => ({
      name: attribute(field, 'Name'),
      isDescending: field.attributes.Ascending?.toUpperCase() === 'FALSE',
    })),
    rowLimit: limit === undefined ? undefined : Number(limit.text),
  }
}

function toNode(element: Element): FilterNode {
  if (element.name === 'And' || element.name === 'Or') {
    const [left, right] = element.children
    if (left === undefined || right === undefined) throw new CamlError(`<${element.name}> needs two operands.`)
    return { kind: element.name === 'And' ? 'and' : 'or', left: toNode(left), right: toNode(right) }
  }
  const field = element.children.find((child) => child.name === 'FieldRef')
  if (field === undefined) throw new CamlError(`<${element.name}> has no field.`)
  const property = attribute(field, 'Name')
  if (element.name === 'IsNull' || element.name === 'IsNotNull')
    return {
      kind: 'compare',
      property,
      operator: element.name === 'IsNull' ? 'eq' : 'ne',
      literal: { kind: 'null', value: null },
    }
  const value = element.children.find((child) => child.name === 'Value')
  if (value === undefined) throw new CamlError(`<${element.name}> has no value.`)
  if (element.name === 'BeginsWith' || element.name === 'Contains')
    return { kind: 'text', function: element.name === 'Contains' ? 'contains' : 'startswith', property, text: value.text }
  const operator = COMPARE[element.name]
  if (operator === undefined) throw new CamlError(`<${element.name}> is not supported.`)
  return { kind: 'compare', property, operator, literal: toLiteral(value) }
}

function toLiteral(value: Element): FilterLiteral {
  const type = value.attributes.Type ?? 'Text'
  if (['Number', 'Counter', 'Integer', 'Lookup', 'User'].includes(type)) return { kind: 'number', value: Number(value.text) }
  if (type === 'Boolean') return { kind: 'boolean', value: /^(1|true)$/i.test(value.text) }
  if (type === 'DateTime') {
    const ms = parseIsoDate(value.text)
    if (ms === undefined) throw new CamlError(`'${value.text}' is no date.`)
    return { kind: 'date', value: ms }
  }
  return { kind: 'string', value: value.text }
}

function attribute(element: Element, name: string): string {
  const value = element.attributes[name]
  if (value === undefined) throw new CamlError(`<${element.name}> has no ${name}.`)
  return value
}

function findElement(element: Element, name: string): Element | undefined {
  for (const child of element.children) {
    const found = child.name === name ? child : findElement(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

const TAG = /<(\/?)([A-Za-z][\w]*)((?:\s+[A-Za-z]\w*\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/y

function parseElements(xml: string): Element[] {
  type Open = { name: string; attributes: Record<string, string>; children: Element[]; text: string }
  const root: Open = { name: '', attributes: {}, children: [], text: '' }
  const stack: Open[] = [root]
  let at = 0
  while (at < xml.length) {
    const top = stack.at(-1) ?? root
    if (xml.charAt(at) !== '<') {
      const next = xml.indexOf('<', at)
      const end = next < 0 ? xml.length : next
      top.text += unescapeXml(xml.slice(at, end).trim())
      at = end
      continue
    }
    TAG.lastIndex = at
    const tag = TAG.exec(xml)
    if (tag === null) throw new CamlError('The query is not well-formed XML.')
    at = TAG.lastIndex
    const name = tag[2] ?? ''
    if (tag[1] === '/') {
      if (stack.length < 2 || top.name !== name) throw new CamlError(`</${name}> closes nothing.`)
      stack.pop()
      continue
    }
    const element: Open = { name, attributes: readAttributes(tag[3] ?? ''), children: [], text: '' }
    top.children.push(element)
    if (tag[4] !== '/') stack.push(element)
  }
  if (stack.length !== 1) throw new CamlError('The query is not well-formed XML.')
  return root.children
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const match of text.matchAll(/([A-Za-z]\w*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    attributes[match[1] ?? ''] = unescapeXml(match[2] ?? match[3] ?? '')
  return attributes
}

function unescapeXml(text: string): string {
  return text.replace(
    /&(lt|gt|amp|quot|apos);/g,
    (_, name: string) => ({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" })[name] ?? '',
  )
}
