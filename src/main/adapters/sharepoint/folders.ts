import { MigrationError } from '../../../shared/errors.ts'
import type { DestinationPlace, StoredItem } from '../../engine/ports/destination.ts'
import { createFolder, findChild } from './items.ts'
import type { ServiceClient } from './serviceClient.ts'

export interface EnsuredFolder {
  readonly item: StoredItem
  readonly created: DestinationPlace['created']
}

/** Walks `path` below a folder, creating what is missing when allowed. undefined = the path is empty. Errors: DST_NOT_FOUND, DST_EXISTS. */
export async function ensureFolder(
  client: ServiceClient,
  start: { readonly driveId: string; readonly itemId: string; readonly path: string },
  options: { readonly createMissing: boolean; readonly signal: AbortSignal },
): Promise<EnsuredFolder | undefined> {
  const created: DestinationPlace['created'][number][] = []
  let folder: StoredItem | undefined
  for (const name of start.path.split('/').filter((segment) => segment !== '')) {
    const place = { driveId: start.driveId, parentId: folder?.itemId ?? start.itemId, name }
    const existing = await findChild(client, place, options.signal)
    if (existing?.kind === 'file') {
      throw new MigrationError('DST_EXISTS', `The destination folder ${start.path} cannot be used: ${name} is a file.`, {
        remedy: { kind: 'stopTask' },
        fix: 'Choose another folder.',
      })
    }
    if (existing) {
      folder = existing
      continue
    }
    if (!options.createMissing) {
      throw new MigrationError('DST_NOT_FOUND', `The destination folder ${start.path} does not exist.`, {
        remedy: { kind: 'stopTask' },
        fix: 'Correct the folder, or allow the task to create it.',
      })
    }
    const made = await createFolder(client, place, options.signal)
    folder = made.item
    if (made.isNew) created.push({ type: 'folder', title: name, url: made.item.webUrl ?? '', id: made.item.itemId })
  }
  return folder === undefined ? undefined : { item: folder, created }
}
