/** Characters that no XML 1.0 document can hold, escaped or not; the import decodes no other form of them. [D.4] */
const INEXPRESSIBLE = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

export const isExpressible = (text: string): boolean => !INEXPRESSIBLE.test(text)

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}

/** Text inside a double-quoted attribute; white space is kept as it is. The text must be expressible. */
export const escapeXml = (text: string): string => text.replace(/[&<>"'\t\n\r]/g, (character) => ESCAPES[character] ?? character)

export type Attributes = Readonly<Record<string, string | number | undefined>>

/** One element; members that are undefined are left out. `content` is XML already. */
export function element(name: string, attributes: Attributes, content = ''): string {
  let text = `<${name}`
  for (const key in attributes) {
    const value = attributes[key]
    if (value !== undefined) text += ` ${key}="${escapeXml(String(value))}"`
  }
  return content === '' ? `${text}/>` : `${text}>${content}</${name}>`
}

/** A whole document in the encoding that the service reads. */
export const xmlDocument = (root: string): string => `<?xml version="1.0" encoding="utf-8"?>\n${root}\n`

/** Times of the manifest set have no fraction. [D.5] */
export const xmlTime = (ms: number): string => `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`
