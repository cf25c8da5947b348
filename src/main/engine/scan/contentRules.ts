import type { ItemIssue, ItemKind } from '../../../shared/domain/item.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import { lastExtension } from './typeRules.ts'

/** What Office puts beside a document while somebody has it open. [names] */
const LOCK_PREFIX = '~$'

const SHORTCUTS: ReadonlySet<string> = new Set(['lnk', 'url', 'website', 'webloc'])
const MAILBOXES: ReadonlySet<string> = new Set(['pst', 'ost'])
const DATABASES: ReadonlyMap<string, string> = new Map([
  ...['mdb', 'accdb', 'mde', 'accde', 'ldb', 'laccdb'].map((extension) => [extension, 'Access'] as const),
  ...['sqlite', 'sqlite3', 'db3', 's3db'].map((extension) => [extension, 'SQLite'] as const),
  ...['qbw', 'qbb', 'qbm', 'tlg', 'nd'].map((extension) => [extension, 'QuickBooks'] as const),
  ...['mdf', 'ndf', 'ldf'].map((extension) => [extension, 'SQL Server'] as const),
  ...['fp7', 'fmp12'].map((extension) => [extension, 'FileMaker'] as const),
  ...['dbf', 'fdb', 'gdb'].map((extension) => [extension, 'a database program'] as const),
])

/** What a scan says of a folder that is a notebook. */
export const NOTEBOOK_ISSUE: ItemIssue = {
  code: 'RULE_NOTEBOOK',
  effect: 'warns',
  detail: 'It is a notebook of OneNote; its folder is made one at the destination after its content has arrived.',
}

export interface NamedContent {
  readonly name: string
  readonly kind: ItemKind
  readonly sizeBytes: number
}

/** A file that Office keeps while a document is open; its document is the name without the first two characters. */
export const isLockFile = ({ name, kind }: Pick<NamedContent, 'name' | 'kind'>): boolean =>
  kind === 'file' && name.startsWith(LOCK_PREFIX)

/**
 * Files that arrive whole and yet may not serve at the destination as they did: told before anything moves, never left out for it. One issue
 * per kind of content, in a fixed order. [names]
 */
export function findContentIssues(content: NamedContent): readonly ItemIssue[] {
  if (content.kind !== 'file') return []
  const { name, sizeBytes } = content
  const issues: ItemIssue[] = []
  const warn = (code: ErrorCode, detail: string) => issues.push({ code, effect: 'warns', detail })
  const extension = lastExtension(name)
  if (sizeBytes === 0) warn('RULE_FILE_EMPTY', 'It has no content; it is migrated as the empty file that it is.')
  if (isLockFile(content)) {
    warn(
      'RULE_LOCK_FILE',
      `Office keeps it while somebody has “${name.slice(LOCK_PREFIX.length)}” open, or left it after a crash.`,
    )
  } else if (SHORTCUTS.has(extension)) {
    warn('RULE_SHORTCUT', 'It is a shortcut: what it points to may have another address after the migration.')
  } else if (MAILBOXES.has(extension)) {
    warn(
      'RULE_MAILBOX_FILE',
      'It is a mail archive of Outlook, which changes as a whole at each use and is not to be opened from SharePoint.',
    )
  }
  const program = DATABASES.get(extension)
  if (program !== undefined && !isLockFile(content)) {
    warn('RULE_DATABASE', `It is a database of ${program}: several people cannot work in it from SharePoint.`)
  }
  return issues
}
