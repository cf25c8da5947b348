import { constants } from 'node:fs'
import type { ItemIssue, ItemKind } from '../../../shared/domain/item.ts'
import type { ErrorCode } from '../../../shared/errors.ts'
import type { ColumnRow } from './entryColumns.ts'
import type { EntryStats, FileCalls } from './fileCalls.ts'
import { describeRefusal, errnoOf } from './refusals.ts'
import { entryPrefix, isInside, pathBelow, thisPlatform } from './sharePath.ts'

/** A folder that waits to be listed, with the way that led to it. */
export interface Folder {
  readonly relPath: string
  readonly device: bigint
  readonly inode: bigint
  /** As the file system tells it; grows with the number of names on most. */
  readonly sizeBytes: number
  readonly parent: Folder | undefined
  /** Followed links on the way. */
  readonly linkCount: number
}

export interface Judged {
  readonly row: ColumnRow
  /** To be listed later, unless a probe shows that it cannot be. */
  readonly child: Folder | undefined
}

export interface JudgeOptions {
  readonly rootPath: string
  readonly symlinks: 'skip' | 'follow'
  readonly calls: FileCalls
}

/** Followed links that lead into each other multiply the tree; deeper nesting than this is reported instead. */
const NESTED_LINKS_MAX = 8

const READ_BITS = BigInt(constants.S_IRUSR | constants.S_IRGRP | constants.S_IROTH)
const utf8 = new TextDecoder('utf-8', { fatal: true })

const blocks = (code: ErrorCode, detail: string): ItemIssue => ({ code, effect: 'blocks', detail })

/**
 * Decides what an entry of the tree is and whether it can travel. Every entry yields exactly one row; what cannot travel carries its reason.
 * Links are examined with blocking calls, also by the walk that has many calls in flight: they are rare.
 */
export class EntryJudge {
  readonly #options: JudgeOptions
  readonly #realRoot: string

  /** Throws what the file system says when the root cannot be resolved. */
  constructor(options: JudgeOptions) {
    this.#options = options
    this.#realRoot = options.calls.realPath(pathBelow(options.rootPath, '', thisPlatform))
  }

  /** What comes before the names of the folder's entries. */
  prefixOf(folder: Folder): string {
    return entryPrefix(pathBelow(this.#options.rootPath, folder.relPath, thisPlatform), thisPlatform)
  }

  root(): Folder & { readonly stats: EntryStats } {
    const stats = this.#options.calls.stat(pathBelow(this.#options.rootPath, '', thisPlatform))
    return { ...folderOf('', stats, undefined, 0), stats }
  }

  /** `stats` undefined = the name was listed and is gone. */
  judge(folder: Folder, name: string, stats: EntryStats | undefined): Judged {
    if (stats === undefined)
      return only(
        name,
        'file',
        undefined,
        blocks('SRC_VANISHED', 'It was there when its folder was listed and gone a moment later.'),
      )
    const format = Number(stats.mode) & constants.S_IFMT
    if (format === constants.S_IFREG) return this.#file(folder, name, stats)
    if (format === constants.S_IFDIR) return this.#folder(folder, name, stats, folder.linkCount)
    if (format === constants.S_IFLNK) return this.#link(folder, name, stats)
    return only(name, 'special', stats, blocks('SRC_SPECIAL_FILE', `It is ${nameOfFormat(format)}, not a file with content.`))
  }

  /** What an entry that can travel leaves behind: marks, and data beside its content. One call for a file, where the platform knows streams. */
  withWarnings(path: string, judged: Judged): Judged {
    const { row } = judged
    if (row.issue !== undefined || (row.kind !== 'file' && row.kind !== 'folder')) return judged
    const lost = row.stats?.nature?.lost ?? []
    const streams = row.kind === 'file' ? (this.#options.calls.streams?.(path) ?? []) : []
    if (lost.length === 0 && streams.length === 0) return judged
    return { ...judged, row: { ...row, warnings: [...lostAttributes(lost), ...lostStreams(streams)] } }
  }

  /** The entry is listed, but the system refuses to say more about it. */
  refused(name: string, thrown: unknown): Judged {
    const { code, detail } = describeRefusal('The entry', thrown)
    return only(name, 'file', undefined, blocks(code, detail))
  }

  /** The folder exists, but its content cannot be listed. */
  unlistable(row: ColumnRow, thrown: unknown): Judged {
    const { code, detail } = describeRefusal('The folder', thrown)
    return { row: { ...row, kind: 'folder', issue: blocks(code, `${detail} Nothing below it was seen.`) }, child: undefined }
  }

  /** For a name that is not valid text; the row shows the bytes that are not as `\xNN`. Its content is not visited: it has no path. */
  undecodable(prefix: string, rawName: Buffer, taken: ReadonlySet<string>): Judged {
    let stats: EntryStats | undefined
    try {
      stats = this.#options.calls.lstat(Buffer.concat([Buffer.from(prefix), rawName]))
    } catch {
      // The name alone blocks it; what else would be wrong with it changes nothing.
    }
    let shown = escapeName(rawName)
    while (taken.has(shown)) shown += '\\'
    const format = stats === undefined ? constants.S_IFREG : Number(stats.mode) & constants.S_IFMT
    const kind: ItemKind =
      format === constants.S_IFDIR
        ? 'folder'
        : format === constants.S_IFLNK
          ? 'symlink'
          : format === constants.S_IFREG
            ? 'file'
            : 'special'
    const below = kind === 'folder' ? ' Nothing below it was seen.' : ''
    return only(
      shown,
      kind,
      stats,
      blocks('SRC_NAME_UNREADABLE', `Its name is not valid Unicode (bytes ${rawName.toString('hex')}).${below}`),
    )
  }

  #file(folder: Folder, name: string, stats: EntryStats): Judged {
    // Permission bits cost nothing; the call that decides is made only when a bit is missing.
    if (thisPlatform === 'posix' && (stats.mode & READ_BITS) !== READ_BITS) {
      try {
        this.#options.calls.probeFile(this.#pathIn(folder, name))
      } catch (thrown) {
        const { code, detail } = describeRefusal('The file', thrown)
        return only(name, 'file', stats, blocks(code, detail))
      }
    }
    return only(name, 'file', stats, undefined)
  }

  #folder(folder: Folder, name: string, stats: EntryStats, linkCount: number): Judged {
    const child = folderOf(folder.relPath === '' ? name : `${folder.relPath}/${name}`, stats, folder, linkCount)
    const same = ancestorLike(child)
    if (same !== undefined) {
      return only(name, 'folder', stats, blocks('SRC_LINK_LOOP', `It is the same folder as ${placeOf(same)}, in which it lies.`))
    }
    return { row: { name, kind: 'folder', stats, issue: undefined }, child }
  }

  #link(folder: Folder, name: string, link: EntryStats): Judged {
    const { calls, symlinks } = this.#options
    const path = this.#pathIn(folder, name)
    const stays = (code: ErrorCode, detail: string): Judged => only(name, 'symlink', link, blocks(code, detail))
    let target = '?'
    try {
      target = calls.linkTarget(path)
      if (symlinks === 'skip') return stays('SRC_SYMLINK', `It is a link to "${target}"; links are not followed.`)
      if (!isInside(this.#realRoot, calls.realPath(path), thisPlatform)) {
        return stays('SRC_SYMLINK', `It is a link to "${target}", outside of the source.`)
      }
      if (folder.linkCount >= NESTED_LINKS_MAX) {
        return stays('SRC_LINK_LOOP', `It is a link to "${target}" behind ${NESTED_LINKS_MAX} other followed links.`)
      }
      const stats = calls.stat(path)
      if (stats.isFile()) return this.#file(folder, name, stats)
      if (!stats.isDirectory()) return stays('SRC_SPECIAL_FILE', `It is a link to "${target}", which is no file with content.`)
      const followed = this.#folder(folder, name, stats, folder.linkCount + 1)
      return followed.child === undefined
        ? stays('SRC_LINK_LOOP', `It is a link to "${target}", a folder in which it lies.`)
        : followed
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return stays('SRC_SYMLINK', `It is a link to "${target}", which does not exist.`)
      if (errnoOf(thrown) === 'ELOOP') return stays('SRC_LINK_LOOP', `It is a link to "${target}", which leads back to itself.`)
      const { code, detail } = describeRefusal(`The target "${target}" of the link`, thrown)
      return stays(code, detail)
    }
  }

  #pathIn(folder: Folder, name: string): string {
    return this.prefixOf(folder) + name
  }
}

const lostAttributes = (lost: readonly string[]): readonly ItemIssue[] =>
  lost.length === 0
    ? []
    : [
        {
          code: 'RULE_ATTRIBUTES_LOST',
          effect: 'warns',
          detail: `It is marked ${lost.join(', ')}; the destination has no such marks.`,
        },
      ]

const STREAMS_NAMED = 5

function lostStreams(streams: readonly { readonly name: string; readonly sizeBytes: number }[]): readonly ItemIssue[] {
  if (streams.length === 0) return []
  const named = streams.slice(0, STREAMS_NAMED).map(({ name, sizeBytes }) => `${name} (${sizeBytes} bytes)`)
  const more = streams.length > STREAMS_NAMED ? ` and ${streams.length - STREAMS_NAMED} more` : ''
  return [
    {
      code: 'RULE_STREAMS_LOST',
      effect: 'warns',
      detail: `Beside its content it has ${named.join(', ')}${more}; only the content travels.`,
    },
  ]
}

const only = (name: string, kind: ItemKind, stats: EntryStats | undefined, issue: ItemIssue | undefined): Judged => ({
  row: { name, kind, stats, issue },
  child: undefined,
})

const placeOf = (folder: Folder): string => (folder.relPath === '' ? 'the source itself' : `"${folder.relPath}"`)

function folderOf(relPath: string, stats: EntryStats, parent: Folder | undefined, linkCount: number): Folder {
  return { relPath, device: stats.dev, inode: stats.ino, sizeBytes: Number(stats.size), parent, linkCount }
}

/** The folder on the way to `child` that is the same place on disk: a link or a mount led back. */
function ancestorLike(child: Folder): Folder | undefined {
  if (child.inode === 0n) return undefined
  for (let folder = child.parent; folder !== undefined; folder = folder.parent) {
    if (folder.inode === child.inode && folder.device === child.device) return folder
  }
  return undefined
}

function nameOfFormat(format: number): string {
  switch (format) {
    case constants.S_IFIFO:
      return 'a named pipe'
    case constants.S_IFSOCK:
      return 'a socket'
    case constants.S_IFCHR:
    case constants.S_IFBLK:
      return 'a device'
    default:
      return `of an unknown kind (${format.toString(8)})`
  }
}

export function decodeName(rawName: Buffer): string | undefined {
  try {
    return utf8.decode(rawName)
  } catch {
    return undefined
  }
}

/** Valid text stays, each other byte becomes `\xNN`. */
function escapeName(rawName: Buffer): string {
  let shown = ''
  for (let at = 0; at < rawName.length; ) {
    const length = [1, 2, 3, 4].find(
      (size) => at + size <= rawName.length && decodeName(rawName.subarray(at, at + size)) !== undefined,
    )
    shown +=
      length === undefined
        ? `\\x${(rawName[at] ?? 0).toString(16).padStart(2, '0').toUpperCase()}`
        : rawName.toString('utf8', at, at + length)
    at += length ?? 1
  }
  return shown
}
