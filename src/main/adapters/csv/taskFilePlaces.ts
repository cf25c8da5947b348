import type { DestinationSpec, SourceSpec } from '../../../shared/domain/task.ts'
import { PATH_MAX_UTF16, SOURCE_PATH_MAX_UTF16 } from '../../../shared/limits.ts'
import { parseSmbPath } from '../smb/smbPath.ts'

/** What is wrong with one value; the caller adds row and field. */
export interface Flaw {
  readonly message: string
  readonly fix: string
}

export type Judged<Value> = { readonly value: Value } | { readonly flaw: Flaw }

const flawed = (message: string, fix: string) => ({ flaw: { message, fix } })

/** `\\server\share`, either slash. */
const UNC = /^[\\/]{2}[^\\/?.]+[\\/]+[^\\/]+/
/** A OneDrive has one library that tasks may write to; this is its name in every language. */
const ONEDRIVE_LIBRARY = 'documents'
const SHAREPOINT_HOST = /\.sharepoint(?:-mil)?\.(?:com|us|de|cn)$/i
const FORBIDDEN_IN_NAMES = /["*:<>?|\p{Cc}]/u

/** A share for a fleet: its path must mean the same on every agent. */
export function judgeSource(path: string): Judged<SourceSpec> {
  const source = path.trim()
  if (source === '') return flawed('The source is empty.', 'Give the path of the share: \\\\server\\share\\folder.')
  if (source.length > SOURCE_PATH_MAX_UTF16) {
    return flawed(`The path has ${source.length} characters.`, `Windows knows no paths over ${SOURCE_PATH_MAX_UTF16} characters.`)
  }
  if (/^https?:/i.test(source))
    return flawed('The source is a web address.', 'Only file shares are migrated: \\\\server\\share\\folder.')
  if (/^smb:/i.test(source)) {
    return parseSmbPath(source) === undefined
      ? flawed('The address names no share.', 'Write it like smb://server/share/folder, without a user name.')
      : { value: { kind: 'fileShare', path: source.replace(/\/+$/, '') } }
  }
  if (/^[A-Za-z]:/.test(source)) {
    return flawed('A drive letter means another disk on every agent.', 'Give the share behind it: \\\\server\\share\\folder.')
  }
  if (/(?:^|[\\/])\.\.(?:[\\/]|$)/.test(source)) return flawed('The path contains "..".', 'Give the path of the folder itself.')
  if (UNC.test(source)) return { value: { kind: 'fileShare', path: source.replaceAll('/', '\\').replace(/\\+$/, '') } }
  if (/^[\\/]{2}/.test(source)) return flawed('The path names a server but no share.', 'Add the share: \\\\server\\share.')
  if (source.startsWith('/')) return { value: { kind: 'fileShare', path: source.replace(/(?<=.)\/+$/, '') } }
  return flawed('The path is relative.', 'Give the whole path: \\\\server\\share\\folder.')
}

export interface DestinationCells {
  /** Site address, OneDrive address or the person's e-mail address. */
  readonly site: string
  readonly library: string
  readonly folder: string
}

export type DestinationCell = keyof DestinationCells

export function judgeDestination(
  cells: DestinationCells,
): { readonly value: DestinationSpec } | { readonly flaws: readonly (Flaw & { readonly cell: DestinationCell })[] } {
  const place = judgePlace(cells.site.trim())
  const isOneDrive = 'value' in place && (place.value.kind === 'person' || place.value.isPersonal)
  const library = judgeLibrary(cells.library.trim(), isOneDrive)
  const folder = judgeFolder(cells.folder.trim())
  if ('value' in place && 'value' in library && 'value' in folder) {
    return {
      value:
        place.value.kind === 'person'
          ? { kind: 'oneDrive', upn: place.value.upn, folder: folder.value }
          : { kind: 'library', siteUrl: place.value.siteUrl, library: library.value, folder: folder.value },
    }
  }
  const flaws: (Flaw & { cell: DestinationCell })[] = []
  if ('flaw' in place) flaws.push({ ...place.flaw, cell: 'site' })
  if ('flaw' in library) flaws.push({ ...library.flaw, cell: 'library' })
  if ('flaw' in folder) flaws.push({ ...folder.flaw, cell: 'folder' })
  return { flaws }
}

type Place =
  | { readonly kind: 'person'; readonly upn: string }
  | { readonly kind: 'site'; readonly siteUrl: string; readonly isPersonal: boolean }

function judgePlace(site: string): Judged<Place> {
  if (site === '')
    return flawed('The destination is empty.', 'Give the address of a site or OneDrive, or the e-mail address of a person.')
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(site)) return { value: { kind: 'person', upn: site } }
  const url = URL.parse(site)
  if (url === null) return flawed('This is no web address.', 'It looks like https://contoso.sharepoint.com/sites/finance.')
  if (/(^|\.)teams\.(?:microsoft|cloud\.microsoft)/i.test(url.host)) {
    return flawed(
      'This is an address of Teams, not of its files.',
      'Open the Files tab of the channel in SharePoint; give that site, the library Documents and the folder of the channel.',
    )
  }
  if (url.protocol !== 'https:')
    return flawed('The address does not begin with https://.', `Write https://${url.host}${url.pathname} instead.`)
  if (!SHAREPOINT_HOST.test(url.hostname))
    return flawed(`"${url.hostname}" is no SharePoint address.`, 'It looks like https://contoso.sharepoint.com/sites/finance.')
  const path = url.pathname.replace(/\/+$/, '')
  if (/\/_layouts\/15\/onedrive\.aspx$/i.test(path)) {
    return flawed(
      'This is the page that shows a OneDrive, not its address.',
      'Give https://contoso-my.sharepoint.com/personal/user_contoso_com or the e-mail address of the person.',
    )
  }
  if (/\/_layouts\/|\.aspx\/|\/:[a-z]:\//i.test(`${path}/`)) {
    return flawed(
      'This is a page or a sharing link, not a site.',
      'Give the address of the site only, up to its name after /sites/ or /teams/.',
    )
  }
  if (url.search !== '' || url.hash !== '')
    return flawed('The address carries something after ? or #.', `Give ${url.origin}${path} alone.`)
  if (/^\/(?:sites|teams|personal)$/i.test(path))
    return flawed('The address ends before the name of the site.', `Add the name: ${url.origin}${path}/finance.`)
  return { value: { kind: 'site', siteUrl: url.origin + path, isPersonal: /^\/personal\/[^/]+$/i.test(path) } }
}

function judgeLibrary(library: string, isOneDrive: boolean): Judged<string> {
  if (isOneDrive) {
    if (library === '' || library.toLowerCase() === ONEDRIVE_LIBRARY) return { value: 'Documents' }
    return flawed('A OneDrive has the library Documents only.', 'Write Documents, and the folder into the next column.')
  }
  if (library === '') return flawed('The library is empty.', 'Give its name, often Documents.')
  if (/[\\/]/.test(library))
    return flawed('This is more than the name of a library.', 'Give the library alone; folders go into the next column.')
  if (FORBIDDEN_IN_NAMES.test(library)) return flawed('No library can have this name.', 'Copy the name from the site.')
  return { value: library }
}

function judgeFolder(folder: string): Judged<string> {
  const names = folder.split(/[\\/]+/).filter((name) => name !== '')
  if (names.some((name) => name === '.' || name === '..'))
    return flawed('The folder contains "." or "..".', 'Give the folder itself.')
  const bad = names.find((name) => FORBIDDEN_IN_NAMES.test(name) || name !== name.trim() || name.endsWith('.'))
  if (bad !== undefined)
    return flawed(
      `SharePoint takes no folder named "${bad}".`,
      'Leave out " * : < > ? |, and blanks or dots at the ends of names.',
    )
  const path = names.join('/')
  if (path.length > PATH_MAX_UTF16)
    return flawed(`The folder path has ${path.length} characters.`, `SharePoint takes ${PATH_MAX_UTF16} in all.`)
  return { value: path }
}
