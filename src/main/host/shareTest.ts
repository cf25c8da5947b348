import type { CommandResponse } from '../../shared/contract/commands.ts'
import { asMigrationError } from '../../shared/errors.ts'
import type { SourceAccess, SourceEntry } from '../engine/ports/source.ts'
import type { HostEnvironment } from './createHost.ts'
import { sourceOpener } from './openSource.ts'

const TRIED_MAX = 10

/** Looks whether this install can read a share: its folders, a file, access lists and the share's own permissions. Writes nothing. */
export async function testShare(
  environment: Pick<HostEnvironment, 'workFolder' | 'keyring'>,
  path: string,
  signal: AbortSignal,
): Promise<CommandResponse<'sources.test'>> {
  try {
    const source = sourceOpener(environment)({ kind: 'fileShare', path })
    await source.check()
    const top = await firstEntries(source.walk({ symlinks: 'skip', signal }))
    const folders = top.filter(({ kind }) => kind === 'folder').length
    const file = top.find(({ kind, issue, isOffline }) => kind === 'file' && issue === undefined && !isOffline)
    if (file !== undefined) await (await source.open(file.relPath, signal)).close()
    const lists = await anyList(source.access, top, signal)
    const share = await source.access?.shareDescriptor?.(signal)
    const hidden = [
      ...(lists === undefined ? ['access lists'] : []),
      ...(share === undefined ? ["the share's own permissions"] : []),
    ]
    return {
      ok: true,
      found: `This agent can read it: ${folders} folders and ${top.length - folders} files were seen at its top.${
        hidden.length === 0 ? ' Access lists can be read.' : ` It may not read ${hidden.join(' and ')}.`
      }`,
      ...(hidden.length === 0
        ? {}
        : { fix: 'To carry permissions, store an account that may administer the share, or use access lists saved by icacls.' }),
    }
  } catch (thrown) {
    signal.throwIfAborted()
    const error = asMigrationError(thrown)
    return { ok: false, found: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) }
  }
}

/** Of the first few entries: one that is closed to this account says nothing about the others. */
async function anyList(
  access: SourceAccess | undefined,
  top: readonly SourceEntry[],
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { relPath } of top.slice(0, TRIED_MAX)) {
    const found = await access?.descriptor(relPath, signal).catch(() => undefined)
    if (found !== undefined) return found
  }
  return undefined
}

/** Of the top, as far as they come together; the root itself left out. */
async function firstEntries(batches: AsyncIterable<readonly SourceEntry[]>): Promise<readonly SourceEntry[]> {
  for await (const batch of batches) {
    const top = batch.filter(({ relPath }) => relPath !== '' && !relPath.includes('/'))
    if (top.length > 0) return top
  }
  return []
}
