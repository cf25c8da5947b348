import type { DestinationSpec, SourceSpec } from '../../shared/domain/task.ts'
import { type ErrorCode, MigrationError } from '../../shared/errors.ts'
import { isAbsoluteSharePath, thisPlatform } from '../adapters/fileshare/sharePath.ts'
import type { Host } from './createHost.ts'
import { ownShareOf, sourceOpener } from './openSource.ts'
import { createShareCredentials } from './shareCredentials.ts'

/** What a task makes by itself where it is to. */
const MADE_BY_TASK: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DST_LIBRARY_NOT_FOUND',
  'DST_NOT_FOUND',
  'DST_CHANNEL_FOLDER_MISSING',
])

/**
 * Looks, before a task is stored, whether there is anything at both of its ends; writes nothing. A path of another system than this one
 * is for agents elsewhere and not judged. Errors: SRC_*, DST_*, as a run would meet them.
 */
export async function checkPlaces(
  host: Host,
  places: {
    readonly source?: SourceSpec
    readonly destination?: DestinationSpec | undefined
    readonly createsDestination: boolean
  },
  signal: AbortSignal,
): Promise<void> {
  const { source, destination, createsDestination } = places
  if (source && (await isOfThisSystem(host, source.path))) await sourceOpener(host.environment)({ ...source }).check()
  if (!destination) return
  try {
    await host.service.destinations.open(destination, { createMissing: false, signal })
  } catch (thrown) {
    if (createsDestination && thrown instanceof MigrationError && MADE_BY_TASK.has(thrown.code)) return
    throw thrown
  }
}

/** A share is of this system where credentials for it are stored; else agents on Windows may reach it. */
async function isOfThisSystem(host: Host, path: string): Promise<boolean> {
  const place = ownShareOf(path)
  if (place !== undefined) return (await createShareCredentials(host.environment).find(place)) !== undefined
  return isAbsoluteSharePath(path, thisPlatform)
}
