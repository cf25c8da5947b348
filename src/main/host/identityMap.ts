import type { IdentityMapping } from '../../shared/domain/identity.ts'
import { MigrationError } from '../../shared/errors.ts'
import { readIdentityFile } from '../adapters/csv/identityFile.ts'

/** The rows of a mapping file, all of them or none. Errors: INPUT_FILE_UNREADABLE; INPUT_SETTINGS with the first wrong row and its fix. */
export async function readIdentityMap(file: string): Promise<readonly IdentityMapping[]> {
  const { rows, problems } = await readIdentityFile(file)
  const [first] = problems
  if (first === undefined) return rows
  const where = first.row === 0 ? 'The identity map' : `Row ${first.row}, ${first.field}, of the identity map`
  const rest = problems.length > 1 ? ` ${problems.length - 1} more rows are wrong.` : ''
  throw new MigrationError('INPUT_SETTINGS', `${where} ${file} is not usable: ${first.message}${rest}`, {
    remedy: { kind: 'stopTask' },
    fix: first.fix,
  })
}
