import { librariesOf } from '../lists/libraryStore.ts'
import type { ItemFacts } from '../store/itemStamps.ts'
import type { ItemRecord } from '../store/itemStore.ts'
import type { LibraryRecord } from '../store/siteStore.ts'
import { readPerson, readSiteDate } from './authorship.ts'
import type { RestContext } from './restRoute.ts'

/** One form value of a file or folder: what it says, or why it is refused. */
export interface LibraryValue {
  readonly name: string
  readonly value: string
  readonly problem: string | undefined
  readonly facts?: ItemFacts
  readonly field?: string
}

const TEXTS = ['Title', '_ExtendedDescription', 'FileLeafRef']

/** Reads a form value of a library item. Authors and times of files and folders can be set here, and nowhere else in REST [D.5]. */
export function readLibraryValue({ tenant, site }: RestContext, name: string, value: string): LibraryValue {
  const refused = (problem: string): LibraryValue => ({ name, value, problem })
  if (TEXTS.includes(name)) return { name, value, problem: undefined, field: value }
  if (name === 'Author' || name === 'Editor') {
    const actor = readPerson(tenant, site, value)
    if (actor === undefined) return refused('The user does not exist or is not unique.')
    return { name, value, problem: undefined, facts: name === 'Author' ? { createdBy: actor } : { modifiedBy: actor } }
  }
  if (name === 'Created' || name === 'Modified') {
    const ms = readSiteDate(value, site.language)
    if (ms === undefined) return refused('You must specify a valid date within the range of 1/1/1900 and 12/31/8900.')
    return { name, value, problem: undefined, facts: name === 'Created' ? { createdMs: ms } : { modifiedMs: ms } }
  }
  if (name === 'HTML_x0020_File_x0020_Type') return refused('The field is read-only and cannot be changed by a form.')
  return refused(`Column '${name}' does not exist. It may have been deleted by another user.`)
}

/** Writes values that are all good. `isSystemUpdate` (bNewDocumentUpdate) makes no version and leaves the editor alone. */
export function writeLibraryValues(
  { tenant, actor }: RestContext,
  at: { readonly library: LibraryRecord; readonly item: ItemRecord },
  values: readonly LibraryValue[],
  isSystemUpdate: boolean,
): void {
  const { library, item } = at
  const fields = Object.fromEntries(values.flatMap(({ name, field }) => (field === undefined ? [] : [[name, field]])))
  let facts: ItemFacts = {}
  for (const value of values) facts = { ...facts, ...value.facts }
  if (Object.keys(fields).length > 0) librariesOf(tenant).update(library, item, fields, { actor })
  tenant.items.stamp(item.driveId, item.itemId, facts, { isNewVersion: !isSystemUpdate, actor })
}
