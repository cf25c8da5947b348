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

/** Everything of a round that is at the destination, folders before their content; memory does not grow with their number. */
export function* redirectsOf(
  journal: ReadableJournal,
  options: { readonly uncRoot?: string | undefined } = {},
): Generator<Redirect> {
  const { task, place } = journal.meta()
  if (!task || !place) return
  const root = task.source.path
  const uncRoot = (options.uncRoot ?? uncOf(root))?.replace(/[\\/]+$/, '')
  const destPathOf = createDestinationPaths(journal)
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) return
    afterId = last.id
    for (const item of page) {
      if (!isThere(item)) continue
      yield {
        kind: item.kind,
        oldPath: sourcePathOf(root, item.relPath),
        uncPath: uncRoot === undefined ? undefined : [uncRoot, ...windowsPath(item.relPath)].join('\\'),
        newUrl: destinationUrlOf(place.webUrl, item.depth === 0 ? '' : destPathOf(item)),
      }
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
