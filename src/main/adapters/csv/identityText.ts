import type { IdentityMapping } from '../../../shared/domain/identity.ts'
import { csvLine } from './csvText.ts'

/** Rows as Migration Manager's mapping file has them: no header, no mark at the beginning, TRUE for a group. [mm-user-mapping-file] */
export function identityText(rows: readonly IdentityMapping[]): string {
  return rows.map(({ source, target, isGroup }) => csvLine([source, target, isGroup ? 'TRUE' : 'FALSE'])).join('')
}
