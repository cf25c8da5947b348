import type { ItemIssue, ItemKind } from '../../../shared/domain/item.ts'
import type { SourceEntry } from '../../engine/ports/source.ts'
import { describeRefusal, errnoOf } from '../fileshare/refusals.ts'
import type { SmbClient } from './smbClient.ts'
import { isAway, mayBeBroken, smbRootError } from './smbErrors.ts'
import type { SmbEntry } from './smbMessages.ts'
import { type SmbPlace, shareKey, smbUrl } from './smbPath.ts'
import type { SmbPool } from './smbPool.ts'

/** Folders whose names are being read while the one before is handed over. */
const AHEAD_FOLDERS = 4

/** FILE_ATTRIBUTE_ bits. Source: the Windows SDK, winnt.h. */
const HIDDEN = 0x2
const DIRECTORY = 0x10
const REPARSE_POINT = 0x400
const OFFLINE = 0x1000

export interface SmbWalkOptions {
  readonly place: SmbPlace
  readonly rootPath: string
  readonly pool: SmbPool
  readonly signal: AbortSignal
}

interface Listing {
  /** Empty = the end. */
  next(): Promise<readonly SmbEntry[]>
  end(): void
}

/**
 * The whole tree, a folder before its content, the entries of a folder together. Memory: a thousand entries of a few folders, and the names of
 * those folders in the clients. Links and junctions are never followed: the server would resolve them wherever they lead.
 */
export async function* walkShare(options: SmbWalkOptions): AsyncGenerator<readonly SourceEntry[]> {
  const { place, rootPath, pool, signal } = options
  const waiting: string[] = ['']
  const ahead: { readonly relPath: string; readonly listing: Promise<Listing> }[] = []
  const name = place.folder === '' ? place.share : (place.folder.split('/').at(-1) ?? '')
  const root = await pool.call('stat', { url: smbUrl(place, '') }, signal).catch((thrown: unknown) => {
    signal.throwIfAborted()
    throw smbRootError(place.server, rootPath, thrown)
  })
  yield [
    entryOf({
      relPath: '',
      name,
      kind: 'folder',
      modifiedMs: root.modifiedMs,
      fileId: idOf(place, root.fileId),
    }),
  ]
  try {
    for (;;) {
      for (let relPath = waiting.pop(); relPath !== undefined; relPath = waiting.pop()) {
        const listing = openListing(options, relPath)
        listing.catch(() => undefined)
        ahead.push({ relPath, listing })
        if (ahead.length >= AHEAD_FOLDERS) break
      }
      const folder = ahead.shift()
      if (folder === undefined) return
      try {
        const listing = await folder.listing
        for (let slice = await listing.next(); slice.length > 0; slice = await listing.next()) {
          const entries = slice.map((entry) => judge(place, folder.relPath, entry))
          for (const { kind, relPath, issue } of entries) if (kind === 'folder' && issue === undefined) waiting.push(relPath)
          yield entries
        }
      } catch (thrown) {
        signal.throwIfAborted()
        if (folder.relPath === '' || isAway(errnoOf(thrown))) throw smbRootError(place.server, rootPath, thrown)
        yield [unlistable(folder.relPath, thrown)]
      }
    }
  } finally {
    for (const { listing } of ahead) void listing.then((one) => one.end()).catch(() => undefined)
  }
}

async function openListing({ place, pool, signal }: SmbWalkOptions, relPath: string): Promise<Listing> {
  const begin = async (): Promise<{ readonly client: SmbClient; readonly handle: number; release(): void }> => {
    const { client, release } = await pool.borrow()
    try {
      return { client, handle: await client.call('list', { url: smbUrl(place, relPath) }, signal), release }
    } catch (thrown) {
      if (mayBeBroken(errnoOf(thrown))) client.end()
      release()
      throw thrown
    }
  }
  // A connection that the server has closed in the meantime shows with the first call.
  const { client, handle, release } = await begin().catch(async (thrown: unknown) => {
    if (!mayBeBroken(errnoOf(thrown))) throw thrown
    return await begin()
  })
  let isOpen = true
  const end = (): void => {
    if (isOpen) void client.call('endList', { handle }).catch(() => undefined)
    isOpen = false
    release()
  }
  return {
    async next() {
      try {
        const slice = await client.call('next', { handle }, signal)
        if (slice.length > 0) return slice
        isOpen = false
        release()
        return slice
      } catch (thrown) {
        end()
        throw thrown
      }
    },
    end,
  }
}

function judge(place: SmbPlace, folder: string, entry: SmbEntry): SourceEntry {
  const { name, attributes } = entry
  const isFolder = (attributes & DIRECTORY) !== 0
  const isLink = isFolder && (attributes & REPARSE_POINT) !== 0
  const isUnclear = !name.isWellFormed() || name.includes('\uFFFD') || /[\\/]/.test(name)
  return entryOf({
    relPath: folder === '' ? name : `${folder}/${name}`,
    name,
    kind: isLink ? 'symlink' : isFolder ? 'folder' : 'file',
    sizeBytes: isFolder ? 0 : entry.sizeBytes,
    createdMs: entry.createdMs,
    modifiedMs: entry.modifiedMs,
    isHidden: (attributes & HIDDEN) !== 0,
    isOffline: !isFolder && (attributes & OFFLINE) !== 0,
    fileId: idOf(place, entry.fileId),
    issue: isLink
      ? blocks('SRC_SYMLINK', 'It is a junction or a link to a folder; links are not followed on file servers.')
      : isUnclear
        ? blocks('SRC_NAME_UNREADABLE', `Its name is not valid Unicode.${isFolder ? ' Nothing below it was seen.' : ''}`)
        : undefined,
  })
}

function unlistable(relPath: string, thrown: unknown): SourceEntry {
  const { code, detail } = describeRefusal('The folder', thrown)
  return entryOf({
    relPath,
    name: relPath.slice(relPath.lastIndexOf('/') + 1),
    kind: 'folder',
    issue: blocks(code, `${detail} Nothing below it was seen.`),
  })
}

const blocks = (code: ItemIssue['code'], detail: string): ItemIssue => ({ code, effect: 'blocks', detail })

const idOf = (place: SmbPlace, fileId: bigint): string | undefined => (fileId === 0n ? undefined : `${shareKey(place)}:${fileId}`)

type Told = Pick<SourceEntry, 'relPath' | 'name'> & { readonly kind: ItemKind } & {
  readonly [Name in 'sizeBytes' | 'createdMs' | 'modifiedMs']?: number
} & Partial<Pick<SourceEntry, 'isHidden' | 'isOffline' | 'fileId' | 'issue'>>

function entryOf(told: Told): SourceEntry {
  return {
    relPath: told.relPath,
    name: told.name,
    kind: told.kind,
    sizeBytes: told.sizeBytes ?? 0,
    createdMs: told.createdMs === 0 ? undefined : told.createdMs,
    modifiedMs: told.modifiedMs === 0 ? undefined : told.modifiedMs,
    isHidden: told.isHidden ?? false,
    isOffline: told.isOffline ?? false,
    owner: undefined,
    fileId: told.fileId,
    issue: told.issue,
  }
}
