import type { IdentityMapping } from '../../shared/domain/identity.ts'
import { MigrationError } from '../../shared/errors.ts'

export { identityText } from '../adapters/csv/identityText.ts'

import { readIdentityFile } from '../adapters/csv/identityFile.ts'
import type { TaskFileProblem } from '../adapters/csv/taskFileText.ts'

/** The rows of a mapping file, all of them or none. Errors: INPUT_FILE_UNREADABLE; INPUT_SETTINGS with the first wrong row and its fix. */
export async function readIdentityMap(
  file: string,
  options: { readonly rowsMax?: number } = {},
): Promise<readonly IdentityMapping[]> {
  const { rows, problems } = await readIdentityFile(file, options)
  assertNoProblems(problems, file)
  return rows
}

/** Errors: INPUT_SETTINGS with the first wrong row and its fix. */
export function assertNoProblems(problems: readonly TaskFileProblem[], file: string): void {
  const [first] = problems
  if (first === undefined) return
  const where = first.row === 0 ? 'The identity map' : `Row ${first.row}, ${first.field}, of the identity map`
  const rest = problems.length > 1 ? ` ${problems.length - 1} more rows are wrong.` : ''
  throw new MigrationError('INPUT_SETTINGS', `${where} ${file} is not usable: ${first.message}${rest}`, {
    remedy: { kind: 'stopTask' },
    fix: first.fix,
  })
}
