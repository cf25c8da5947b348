import type { ImportPlace } from '../ports/importService.ts'

/**
 * The text that a new object's id is made from: the same place and path give the same id on every machine and in every round, so that an
 * import that is done again meets its own objects. [D.5]
 */
export function idText(place: Pick<ImportPlace, 'siteUrl' | 'listId'>, kind: 'file' | 'folder', path: string): string {
  return ['portage', place.siteUrl.toLowerCase(), place.listId.toLowerCase(), kind, path.normalize('NFC')].join('\n')
}

/** `{…}` is not the form of manifests: bare and lower case. */
export const bareId = (id: string): string => id.replace(/[{}]/g, '').toLowerCase()

/** The id inside an eTag of a SharePoint item: `"{5C1F9E0B-…},3"`. undefined = this eTag tells none. [B.2] */
export function idInETag(eTag: string | undefined): string | undefined {
  const found = /^"?\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?,/i.exec(eTag ?? '')?.[1]
  return found === undefined ? undefined : bareId(found)
}
