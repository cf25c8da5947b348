import path from 'node:path'

export type Platform = 'win32' | 'posix'

export const thisPlatform: Platform = process.platform === 'win32' ? 'win32' : 'posix'

/**
 * Windows path in the form that has no 260-character limit and in which the system changes nothing (`C:\a.` stays `C:\a.`):
 * `C:\data` → `\\?\C:\data`, `\\server\share` → `\\?\UNC\server\share`. Forms that already carry the prefix stay as they are; relative paths too.
 */
export function longWindowsPath(absolutePath: string): string {
  const backslashed = absolutePath.replaceAll('/', '\\')
  if (/^\\\\[?.]\\/.test(backslashed)) return backslashed
  if (/^[A-Za-z]:\\/.test(backslashed)) return `\\\\?\\${backslashed}`
  if (/^\\\\[^\\]/.test(backslashed)) return `\\\\?\\UNC\\${backslashed.slice(2)}`
  return absolutePath
}

/** The same place without separators at the end; the root of a drive or of the file system keeps its own. */
export function withoutTrailingSeparators(folder: string, platform: Platform): string {
  const trimmed = folder.replace(platform === 'win32' ? /[\\/]+$/ : /\/+$/, '')
  if (platform === 'win32') return /^(\\\\\?\\)?[A-Za-z]:$/.test(trimmed) ? `${trimmed}\\` : trimmed
  return trimmed === '' && folder !== '' ? '/' : trimmed
}

/** True when the path names a place without help from a current folder. On Windows `\data` and `C:data` do not. */
export function isAbsoluteSharePath(folder: string, platform: Platform): boolean {
  return platform === 'win32' ? /^([A-Za-z]:[\\/]|[\\/]{2}[^\\/])/.test(folder) : path.posix.isAbsolute(folder)
}

/** What comes before the names of the entries of a folder. */
export function entryPrefix(folderPath: string, platform: Platform): string {
  const separator = platform === 'win32' ? '\\' : '/'
  return folderPath.endsWith(separator) ? folderPath : folderPath + separator
}

/** The path to hand to the file system for `relPath` (`/` between folders) below a root. */
export function pathBelow(root: string, relPath: string, platform: Platform): string {
  const base = platform === 'win32' ? longWindowsPath(root) : root
  if (relPath === '') return base
  const below = platform === 'win32' ? relPath.replaceAll('/', '\\') : relPath
  return entryPrefix(base, platform) + below
}

/** True for `folder` itself and everything in it. Both as the file system resolves them. */
export function isInside(folder: string, candidate: string, platform: Platform): boolean {
  const [outer, inner] = platform === 'win32' ? [folder.toLowerCase(), candidate.toLowerCase()] : [folder, candidate]
  return inner === outer || inner.startsWith(entryPrefix(outer, platform))
}
