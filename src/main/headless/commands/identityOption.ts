import path from 'node:path'
import type { TaskSettings } from '../../../shared/domain/settings.ts'
import { readIdentityMap } from '../../host/identityMap.ts'

export const IDENTITY_MAP_OPTION = [
  '--identity-map <file>',
  'CSV without header: owner at the source, user principal name, TRUE or FALSE for a group',
] as const

/** The rows of the file that `--identity-map` names; they travel with the task, so that every agent has them. */
export async function identityMapFrom(options: Readonly<Record<string, unknown>>): Promise<Partial<TaskSettings>> {
  if (typeof options.identityMap !== 'string') return {}
  return { identityMap: [...(await readIdentityMap(path.resolve(options.identityMap)))] }
}
