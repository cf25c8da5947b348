import { constants } from 'node:fs'
import { type EntryStats, type FileCalls, fileCalls } from '../fileshare/fileCalls.ts'
import { lostAttributesOf, natureOf } from './attributes.ts'
import type { WindowsEntry } from './folderRecords.ts'
import { listStreams } from './streams.ts'
import type { WindowsApi } from './windowsApi.ts'
import { WindowsError } from './windowsError.ts'
import { listFolder } from './windowsFiles.ts'

const FORMAT = { file: BigInt(constants.S_IFREG), folder: BigInt(constants.S_IFDIR), link: BigInt(constants.S_IFLNK) }

/**
 * The calls of a walk, answered from listings that tell everything about their entries: one call for some hundred files instead of one for
 * each. What was not listed a moment ago is asked of Node.
 */
export function createWindowsCalls(api: WindowsApi): FileCalls {
  let listed: { readonly prefix: string; readonly entries: ReadonlyMap<string, WindowsEntry> } | undefined
  /** Of the source itself: other volumes are reached through links only. */
  let volume = 0n
  return {
    ...fileCalls,
    stat(path) {
      const stats = fileCalls.stat(path)
      if (volume === 0n) volume = stats.dev
      return stats
    },
    lstat(path) {
      const entry =
        typeof path === 'string' && listed !== undefined && path.startsWith(listed.prefix)
          ? listed.entries.get(path.slice(listed.prefix.length))
          : undefined
      return entry === undefined ? fileCalls.lstat(path) : statsOf(entry, volume)
    },
    probeFolder(path) {
      const handle = api.openFolder(path)
      if (Number(handle) === -1) throw new WindowsError('open folder', api.lastError())
      api.close(handle)
    },
    streams: (path) => listStreams(api, path),
    *names(path) {
      for (const slice of listFolder(api, path)) {
        listed = { prefix: path, entries: new Map(slice.map((entry) => [entry.name, entry])) }
        yield slice.map(({ name }) => name)
      }
    },
  }
}

function statsOf(entry: WindowsEntry, volume: bigint): EntryStats {
  const nature = natureOf(entry)
  return {
    mode: FORMAT[nature.kind],
    size: entry.sizeBytes,
    blocks: 0n,
    dev: volume,
    ino: entry.fileId,
    uid: 0n,
    mtimeMs: entry.modifiedMs,
    birthtimeMs: entry.createdMs,
    nature: nature.kind === 'link' ? nature : { ...nature, lost: lostAttributesOf(entry.attributes, nature.kind) },
  }
}
