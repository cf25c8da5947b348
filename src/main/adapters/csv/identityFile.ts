import { type IdentityMapping, identityKey, identityMappingSchema } from '../../../shared/domain/identity.ts'
import { IDENTITY_MAP_ROWS_MAX } from '../../../shared/limits.ts'
import { csvRows } from './csvRows.ts'
import { readInputFile, type TaskFileProblem } from './taskFileText.ts'

const COLUMNS = 3

export interface IdentityFile {
  readonly rows: readonly IdentityMapping[]
  readonly problems: readonly TaskFileProblem[]
}

/**
 * Migration Manager's mapping file: account at the source, user principal name or group at the destination, TRUE for a group; no header.
 * Errors: INPUT_FILE_UNREADABLE. [mm-user-mapping-file]
 */
export async function readIdentityFile(file: string, options: { readonly rowsMax?: number } = {}): Promise<IdentityFile> {
  const decoded = await readInputFile(file)
  return 'problem' in decoded ? { rows: [], problems: [decoded.problem] } : parseIdentityFile(decoded.text, options)
}

/** `rowsMax`: of a task, unless the rows go elsewhere. */
export function parseIdentityFile(
  text: string,
  { rowsMax = IDENTITY_MAP_ROWS_MAX }: { readonly rowsMax?: number } = {},
): IdentityFile {
  const rows: IdentityMapping[] = []
  const problems: TaskFileProblem[] = []
  const rowOfSource = new Map<string, number>()
  for (const { row, cells, flaw } of csvRows(text.replace(/^\uFEFF/, ''), COLUMNS)) {
    const read = flaw === undefined ? readRow(row, cells) : { flaw }
    if ('flaw' in read) {
      problems.push(read.flaw)
      continue
    }
    const key = identityKey(read.mapping.source)
    const earlier = rowOfSource.get(key)
    if (earlier === undefined) {
      rowOfSource.set(key, row)
      rows.push(read.mapping)
    } else {
      const field = 'source identity'
      problems.push({
        row,
        field,
        value: read.mapping.source,
        message: `Row ${earlier} already has this account.`,
        fix: 'Remove one of the two rows.',
      })
    }
  }
  if (rows.length > rowsMax) {
    const message = `The file has ${rows.length} rows; a task takes ${rowsMax}.`
    problems.push({
      row: 0,
      field: 'rows',
      value: '',
      message,
      fix: 'Keep the accounts that own files of this source, or settle them for the project with "portage identity import".',
    })
  }
  return { rows, problems }
}

function readRow(
  row: number,
  cells: readonly string[],
): { readonly mapping: IdentityMapping } | { readonly flaw: TaskFileProblem } {
  const [source = '', target = '', group = '', ...others] = cells.map((cell) => cell.trim())
  const flaw = (field: string, value: string, message: string, fix: string) => ({ flaw: { row, field, value, message, fix } })
  if (others.some((cell) => cell !== '') || cells.length < COLUMNS) {
    const message = `The row has ${cells.length} columns, not ${COLUMNS}.`
    return flaw('columns', cells.join(',').slice(0, 200), message, 'Write account, target and TRUE or FALSE, without a header.')
  }
  if (!/^(true|false)$/i.test(group))
    return flaw(
      'is a group',
      group,
      'The third column is neither TRUE nor FALSE.',
      'Write TRUE for a group, FALSE for a person; the file has no header.',
    )
  const mapping = { source, target, isGroup: group.toLowerCase() === 'true' }
  const parsed = identityMappingSchema.safeParse(mapping)
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path[0] === 'source' ? 'source identity' : 'target'
    const value = field === 'target' ? target : source
    return flaw(
      field,
      value.slice(0, 200),
      'It is empty or too long.',
      'Name the account as the source shows it, and the person by user principal name.',
    )
  }
  if (!mapping.isGroup && !/^[^@\s]+@[^@\s]+$/.test(target))
    return flaw('target', target, 'A person is named by user principal name.', 'Write it in the form name@contoso.com.')
  return { mapping: parsed.data }
}
