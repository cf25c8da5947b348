/** How SharePoint derives names from titles. */

/** Key under which titles and URL segments of one site must be unique. */
export function nameKey(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

/** Last segment of `Lists/…` from the title: punctuation is dropped, blanks stay. `mig-tasks` becomes `migtasks`. */
export function urlNameOf(title: string): string {
  const kept = title.replace(/[^\p{L}\p{N} _]/gu, '').trim()
  return kept === '' ? 'List' : kept.slice(0, 128)
}

/** `_x0020_` for a blank and for every other character that an XML name cannot hold. */
export function xmlName(text: string): string {
  const escaped = [...text].map((char) => (/[\p{L}\p{N}_]/u.test(char) ? char : escapeChar(char))).join('')
  return /^\d/.test(escaped) ? escapeChar(escaped.charAt(0)) + escaped.slice(1) : escaped
}

/** Internal name of a column: XML-escaped and cut at 32 characters. */
export function internalNameOf(title: string): string {
  return xmlName(title).slice(0, 32)
}

/** The name in `SP.Data.<entity>ListItem`: `migtasks` becomes `Migtasks`. */
export function entityNameOf(urlName: string): string {
  const escaped = xmlName(urlName)
  return escaped.charAt(0).toUpperCase() + escaped.slice(1)
}

function escapeChar(char: string): string {
  return [...Array(char.length).keys()].map((index) => `_x${char.charCodeAt(index).toString(16).padStart(4, '0')}_`).join('')
}
