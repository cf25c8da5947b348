import { MigrationError } from '../../../shared/errors.ts'

/** Members of an item that are asked for wherever an item is read. */
export const ITEM_SELECT = 'id,name,size,eTag,webUrl,parentReference,file,folder,package,fileSystemInfo'

/**
 * One name inside a URL. Stricter than `encodeURIComponent`: unencoded parentheses are read as functions, quotes as string ends. [B.3]
 * Errors: DST_NAME_REFUSED for names that would change the path (they cannot exist there).
 */
export function encodeSegment(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/') || !name.isWellFormed()) {
    throw new MigrationError('DST_NAME_REFUSED', `The name ${JSON.stringify(name.slice(0, 100))} cannot exist in SharePoint.`, {
      remedy: { kind: 'failItem' },
      fix: 'Rename it at the source.',
    })
  }
  return encodeURIComponent(name).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A semicolon cannot be addressed by path at all. [B.3] */
export const isAddressableByPath = (name: string): boolean => !name.includes(';')

/** Names are compared as the service does: without case and Unicode form. [F] */
export const sameName = (a: string, b: string): boolean => a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase()

const opaque = (id: string): string => encodeURIComponent(id).replaceAll('%21', '!').replaceAll('%2C', ',')

/** Paths below the Graph base, for absolute calls and for batches alike. Ids are opaque. */
export const graphPath = {
  site: (host: string, path: string) =>
    path === '' ? `/sites/${host}` : `/sites/${host}:/${path.split('/').map(encodeSegment).join('/')}`,
  siteById: (siteId: string) => `/sites/${opaque(siteId)}`,
  drive: (driveId: string) => `/drives/${opaque(driveId)}`,
  item: (driveId: string, itemId: string) => `/drives/${opaque(driveId)}/items/${opaque(itemId)}`,
  /** Ends without the colon that a further segment needs. */
  child: (driveId: string, parentId: string, name: string) =>
    `/drives/${opaque(driveId)}/items/${opaque(parentId)}:/${encodeSegment(name)}`,
}

/** Server-relative path of a web address: decoded, without slashes at the ends. */
export function serverRelativePath(webUrl: string): string {
  const { pathname } = new URL(webUrl)
  return decodePath(pathname).replace(/^\/+|\/+$/g, '')
}

/** Addresses typed by people may hold a lone percent sign. */
function decodePath(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
