/** An element as it opens. Prefixes are resolved; declarations of namespaces are not among the attributes. */
export interface XmlElement {
  /** Local name. */
  readonly name: string
  readonly namespace: string
  /** By name as written. */
  readonly attributes: ReadonlyMap<string, string>
  readonly line: number
  readonly column: number
}

export interface XmlHandler {
  open(element: XmlElement): void
  text(text: string): void
  close(): void
}

/** The document is not well formed. Line and column count from 1, as .NET's readers do. */
export class XmlSyntaxError extends Error {
  readonly line: number
  readonly column: number

  constructor(message: string, at: { readonly line: number; readonly column: number }) {
    super(`${message} Line ${at.line}, position ${at.column}.`)
    this.name = 'XmlSyntaxError'
    this.line = at.line
    this.column = at.column
  }
}

/** What XML 1.0 forbids, lone surrogates aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the point of it
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
const NAME = /[A-Za-z_\u00c0-\u{effff}][\w.\-\u00b7-\u{effff}]*(?::[A-Za-z_\u00c0-\u{effff}][\w.\-\u00b7-\u{effff}]*)?/uy
const SPACE = /[ \t\r\n]*/y
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
const DEEPEST = 64

/**
 * A strict XML 1.0 reader for documents from outside: no DTD, no external or declared entities, nesting of at most 64 elements.
 * Calls the handler in document order; throws XmlSyntaxError, and lets through what the handler throws.
 */
export function readXml(document: string, handler: XmlHandler): void {
  const text = document.startsWith('\ufeff') ? document.slice(1) : document
  const open: { readonly written: string; readonly namespaces: ReadonlyMap<string, string> }[] = []
  let at = 0
  let hasRoot = false

  function place(offset: number): { line: number; column: number } {
    const before = text.slice(0, offset)
    const lastBreak = before.lastIndexOf('\n')
    return { line: before.split('\n').length, column: offset - lastBreak }
  }

  function fail(message: string, offset = at): never {
    throw new XmlSyntaxError(message, place(offset))
  }

  /** Line counting from where the last element opened, so that the whole document is walked once. */
  let countedLines = 1
  let countedTo = 0
  let lineStart = 0
  function position(offset: number): { line: number; column: number } {
    for (let next = text.indexOf('\n', countedTo); next !== -1 && next < offset; next = text.indexOf('\n', next + 1)) {
      countedLines++
      lineStart = next + 1
      countedTo = next + 1
    }
    return { line: countedLines, column: offset - lineStart + 1 }
  }

  function match(pattern: RegExp): string {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }

  function expand(raw: string, offset: number): string {
    if (!raw.includes('&')) return raw
    return raw.replace(/&([^;&<\s]{0,12};?)/g, (_whole, reference: string) => {
      if (!reference.endsWith(';')) return fail('An error occurred while parsing EntityName.', offset)
      const name = reference.slice(0, -1)
      const known = ENTITIES[name]
      if (known !== undefined) return known
      const code = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name)
      if (code === null) return fail(`Reference to undeclared entity '${name}'.`, offset)
      const point = code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16)
      const isCharacter = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
      if (!isCharacter || FORBIDDEN.test(String.fromCodePoint(point)))
        return fail(
          `'.', hexadecimal value 0x${point.toString(16).toUpperCase().padStart(2, '0')}, is an invalid character.`,
          offset,
        )
      return String.fromCodePoint(point)
    })
  }

  function skip(end: string, what: string): void {
    const found = text.indexOf(end, at)
    if (found === -1) fail(`Unexpected end of file while parsing ${what} has occurred.`, text.length)
    at = found + end.length
  }

  function readAttributes(): { attributes: Map<string, string>; declared: Map<string, string> | undefined } {
    const attributes = new Map<string, string>()
    let declared: Map<string, string> | undefined
    for (;;) {
      const space = match(SPACE)
      const next = text.charAt(at)
      if (next === '>' || next === '/' || next === '') return { attributes, declared }
      if (space === '') fail(`'${next}' is an unexpected token. Expecting white space.`)
      const start = at
      const name = match(NAME)
      if (name === '')
        fail(
          `Name cannot begin with the '${next}' character, hexadecimal value 0x${next.charCodeAt(0).toString(16).toUpperCase()}.`,
        )
      match(SPACE)
      if (text.charAt(at) !== '=') fail(`'${text.charAt(at)}' is an unexpected token. The expected token is '='.`)
      at++
      match(SPACE)
      const quote = text.charAt(at)
      if (quote !== '"' && quote !== "'") fail(`'${quote}' is an unexpected token. The expected token is '"' or '''.`)
      const end = text.indexOf(quote, at + 1)
      if (end === -1) fail('There is an unclosed literal string.')
      const raw = text.slice(at + 1, end)
      const bracket = raw.indexOf('<')
      if (bracket !== -1) fail("'<', hexadecimal value 0x3C, is an invalid attribute character.", at + 1 + bracket)
      const value = expand(/[\t\r\n]/.test(raw) ? raw.replace(/\r\n|[\t\r\n]/g, ' ') : raw, at)
      at = end + 1
      if (name === 'xmlns' || name.startsWith('xmlns:')) {
        declared ??= new Map()
        declared.set(name === 'xmlns' ? '' : name.slice(6), value)
      } else {
        if (attributes.has(name)) fail(`'${name}' is a duplicate attribute name.`, start)
        attributes.set(name, value)
      }
    }
  }

  function readTag(): void {
    const start = at
    at++
    const written = match(NAME)
    if (written === '')
      fail(
        `Name cannot begin with the '${text.charAt(at)}' character, hexadecimal value 0x${text.charCodeAt(at).toString(16).toUpperCase()}.`,
      )
    if (open.length === 0 && hasRoot) fail('There are multiple root elements.')
    if (open.length >= DEEPEST) fail('The document is nested too deeply.')
    const { attributes, declared } = readAttributes()
    const outer = open.at(-1)?.namespaces ?? new Map<string, string>()
    const namespaces = declared === undefined ? outer : new Map([...outer, ...declared])
    const colon = written.indexOf(':')
    const prefix = colon === -1 ? '' : written.slice(0, colon)
    const namespace = namespaces.get(prefix)
    if (namespace === undefined && prefix !== '') fail(`'${prefix}' is an undeclared prefix.`, start + 1)
    const isEmpty = text.charAt(at) === '/'
    if (isEmpty) at++
    if (text.charAt(at) !== '>') fail(`'${text.charAt(at)}' is an unexpected token. The expected token is '>'.`)
    at++
    hasRoot = true
    handler.open({
      name: colon === -1 ? written : written.slice(colon + 1),
      namespace: namespace ?? '',
      attributes,
      ...position(start + 1),
    })
    if (isEmpty) handler.close()
    else open.push({ written, namespaces })
  }

  function readEndTag(): void {
    const start = at
    at += 2
    const written = match(NAME)
    match(SPACE)
    const top = open.pop()
    if (top === undefined) fail('Unexpected end tag.', start)
    if (top.written !== written || text.charAt(at) !== '>')
      fail(`The '${top.written}' start tag does not match the end tag of '${written}'.`, start + 2)
    at++
    handler.close()
  }

  const forbidden = FORBIDDEN.exec(text) ?? LONE_SURROGATE.exec(text)
  if (forbidden !== null)
    fail(
      `'.', hexadecimal value 0x${forbidden[0].charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}, is an invalid character.`,
      forbidden.index,
    )
  if (text.startsWith('<?xml')) skip('?>', 'the XML declaration')
  while (at < text.length) {
    if (text.charAt(at) !== '<') {
      const end = text.indexOf('<', at)
      const raw = text.slice(at, end === -1 ? text.length : end)
      if (raw.trim() !== '') {
        if (open.length === 0) fail('Data at the root level is invalid.')
        if (raw.includes(']]>')) fail("']]>' is not allowed in character data.")
        handler.text(expand(raw, at))
      }
      at += raw.length
    } else if (text.startsWith('<!--', at)) {
      at += 4
      skip('-->', 'a comment')
    } else if (text.startsWith('<![CDATA[', at)) {
      if (open.length === 0) fail('Data at the root level is invalid.')
      const start = at + 9
      skip(']]>', 'CDATA')
      handler.text(text.slice(start, at - 3))
    } else if (text.startsWith('<!', at)) {
      fail('For security reasons DTD is prohibited in this XML document.')
    } else if (text.startsWith('<?', at)) {
      skip('?>', 'a processing instruction')
    } else if (text.startsWith('</', at)) {
      readEndTag()
    } else {
      readTag()
    }
  }
  const unclosed = open.at(-1)
  if (unclosed !== undefined)
    fail(`Unexpected end of file has occurred. The following elements are not closed: ${unclosed.written}.`, text.length)
  if (!hasRoot) fail('Root element is missing.', text.length)
}
