const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' }

/** Moves the cursor, changes colours, reverses the direction of the line, or is half a character. */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu
const HARMFUL_BUT_LINES = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu

const escaped = (character: string): string =>
  NAMED[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}}`

/** A name from outside as a terminal may show it: on one line, and nothing in it is obeyed. */
export function plainLine(text: string): string {
  return text.replace(HARMFUL, escaped)
}

/** The same for text of several lines. */
export function plainText(text: string): string {
  return text.replace(HARMFUL_BUT_LINES, escaped)
}
