import type { FieldKind, FieldValue } from '../odata/filterMatcher.ts'

/** A `$skiptoken` that this service did not write. */
export class UnreadablePageTokenError extends Error {
  constructor() {
    super('The specified skip token is not valid.')
    this.name = 'UnreadablePageTokenError'
  }
}

/** `Paged=TRUE&p_State=ready&p_ID=100`: the sort keys and the id of the last item of a page. */
export function encodePageToken(itemId: number, keys: readonly (readonly [string, FieldValue])[]): string {
  const sorted = keys.map(
    ([name, value]) => `&p_${encodeURIComponent(name)}=${value === null ? '' : encodeURIComponent(String(value))}`,
  )
  return `Paged=TRUE${sorted.join('')}&p_ID=${itemId}`
}

export interface PagePosition {
  readonly itemId: number
  keyOf(column: { readonly name: string; readonly kind: FieldKind }): FieldValue
}

/** Throws UnreadablePageTokenError when the token lacks the id or a key of the sort order. */
export function decodePageToken(token: string, names: readonly string[]): PagePosition {
  const members = new URLSearchParams(token)
  const itemId = Number(members.get('p_ID') ?? Number.NaN)
  if (members.get('Paged') !== 'TRUE' || !Number.isSafeInteger(itemId) || names.some((name) => !members.has(`p_${name}`)))
    throw new UnreadablePageTokenError()
  return {
    itemId,
    keyOf({ name, kind }) {
      const text = members.get(`p_${name}`) ?? ''
      if (text === '') return null
      return kind === 'text' ? text : Number(text)
    },
  }
}
