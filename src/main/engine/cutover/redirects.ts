import type { ItemKind } from '../../../shared/domain/item.ts'
import type { JournalItem, ReadableJournal } from '../ports/journal.ts'
import { createDestinationPaths, destinationUrlOf, sourcePathOf } from '../report/places.ts'

const PAGE_ITEMS = 500

/** Where something was and where it is now. */
export interface Redirect {
  readonly kind: ItemKind
  /** As the source spells it. */
  readonly oldPath: string
  /** `\\server\share\folder\file`, as people on Windows knew it; undefined when nobody told how the source is called there. */
  readonly uncPath: string | undefined
  readonly newUrl: string
}

/**
 * Everything of a round that is at the destination, folders before their content, then what was renamed or moved at the source since an earlier
 * round, by the path that it had; memory does not grow with their number.
 */
export function* redirectsOf(
  journal: ReadableJournal,
  options: { readonly uncRoot?: string | undefined } = {},
): Generator<Redirect> {
  const { task, place } = journal.meta()
  if (!task || !place) return
  const root = task.source.path
  const uncRoot = (options.uncRoot ?? uncOf(root))?.replace(/[\\/]+$/, '')
  const destPathOf = createDestinationPaths(journal)
  const redirect = (relPath: string, item: JournalItem): Redirect => ({
    kind: item.kind,
    oldPath: sourcePathOf(root, relPath),
    uncPath: uncRoot === undefined ? undefined : [uncRoot, ...windowsPath(relPath)].join('\\'),
    newUrl: destinationUrlOf(place.webUrl, item.depth === 0 ? '' : destPathOf(item)),
  })
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const item of page) if (isThere(item)) yield redirect(item.relPath, item)
  }
  for (let afterId = ''; ; ) {
    const page = journal.formerItems({ afterId, limit: PAGE_ITEMS, isMatched: true })
    const last = page.at(-1)
    if (!last) return
    afterId = last.destItemId
    for (const { itemId, relPath, destItemId } of page) {
      const item = itemId === undefined ? undefined : journal.item(itemId)
      if (item && item.destItemId === destItemId && item.relPath !== relPath && isThere(item)) yield redirect(relPath, item)
    }
  }
}

/** Also an older version of a file that the last round could not replace. */
function isThere({ destItemId, state, wasAtDestination, errorCode }: JournalItem): boolean {
  if (destItemId === undefined) return false
  return state === 'migrated' || state === 'uploaded' || wasAtDestination || (state === 'skipped' && errorCode === undefined)
}

const windowsPath = (relPath: string): readonly string[] => (relPath === '' ? [] : relPath.split('/'))

/** A share that is named by its UNC path needs nobody to tell it. */
function uncOf(root: string): string | undefined {
  if (root.startsWith('\\\\?\\UNC\\')) return `\\\\${root.slice(8)}`
  if (root.startsWith('\\\\?\\')) return undefined
  if (root.startsWith('\\\\')) return root
  return root.startsWith('//') ? root.replaceAll('/', '\\') : undefined
}

/** Whether what a person types names this place: any spelling of slashes and case, any part of the path or of the address. */
export function isRedirectFor({ oldPath, uncPath, newUrl }: Redirect, text: string): boolean {
  const wanted = plain(text)
  return wanted !== '' && [oldPath, uncPath ?? '', newUrl, decoded(newUrl)].some((one) => plain(one).includes(wanted))
}

const plain = (text: string): string =>
  text
    .trim()
    .replace(/[\\/]+/g, '/')
    .normalize('NFC')
    .toLowerCase()

function decoded(url: string): string {
  try {
    return decodeURI(url)
  } catch {
    return url
  }
}

/** The content of a link file as Windows opens it. No line of it can hold anything but the address. */
export const linkFileText = ({ newUrl }: Redirect): string => `[InternetShortcut]\r\nURL=${newUrl.replace(/[\r\n]/g, '')}\r\n`
