import { z } from 'zod'
import { MigrationError } from '../../../shared/errors.ts'
import type { Coordination } from '../../engine/ports/coordination.ts'
import { type KeyedList, upsert } from '../../engine/ports/keyedList.ts'
import { LISTS } from './coordinationList.ts'
import { repairList } from './repairList.ts'
import type { ServiceClient } from './serviceClient.ts'

/** Of the lists as a whole. Raised when installs of the version before would misread what is in them. */
export const LISTS_VERSION = 2
const VERSION_KEY = 'schema'

export const versionSchema = z.object({ version: z.number().int().min(1) })
type Version = z.infer<typeof versionSchema>

export interface CoordinationSiteDeps {
  readonly client: ServiceClient
  readonly siteUrl: string
  readonly coordination: Coordination
  readonly shards: Coordination
  readonly others: readonly Pick<KeyedList<never>, 'prepare'>[]
  /** The settings list, read for its version. */
  readonly versions: KeyedList<Version>
}

/**
 * Creates or adopts all lists, and brings lists of an earlier version up to this one in place; any number of installs may do it at once.
 * Returns what `repairs` had to mend, in words. Errors: CRD_SITE_NOT_FOUND, CRD_LISTS_MISSING, CRD_LISTS_NEWER, DST_NO_ACCESS.
 */
export async function prepareSite(
  deps: CoordinationSiteDeps,
  { repairs, signal }: { readonly repairs: boolean; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  const done: string[] = []
  if (repairs) {
    for (const definition of Object.values(LISTS))
      done.push(...(await repairList(deps.client, deps.siteUrl, { definition, signal })))
  }
  await deps.versions.prepare(signal)
  const found = await deps.versions.get(VERSION_KEY, signal)
  if (found && found.value.version > LISTS_VERSION) throw newer(deps.siteUrl, found.value.version)
  await deps.coordination.prepare(signal)
  await deps.shards.prepare(signal)
  for (const list of deps.others) await list.prepare(signal)
  // Last of all: whoever dies before it does everything once more.
  if (found?.value.version !== LISTS_VERSION)
    await upsert(deps.versions, VERSION_KEY, {
      decide: (before) => ({ version: Math.max(before?.version ?? 1, LISTS_VERSION) }),
      signal,
    })
  return done
}

function newer(siteUrl: string, version: number): MigrationError {
  return new MigrationError(
    'CRD_LISTS_NEWER',
    `The lists of ${siteUrl} were made by a newer Portage (version ${version} of the lists).`,
    {
      remedy: { kind: 'stopTask' },
      fix: 'Update this install to the version of the others.',
    },
  )
}
