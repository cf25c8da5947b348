import fs from 'node:fs'
import { MigrationError } from '../../../shared/errors.ts'
import type { SourceAccess } from '../../engine/ports/source.ts'

const UTF16_MARK = Buffer.from([0xff, 0xfe])

/**
 * Access lists that `icacls SHARE /save FILE /t` has written on the file server: lines with a path and lines with its list take turns. The
 * paths begin with the name of the saved folder, or, when its content was saved (`SHARE\*`), below it. Errors: SRC_NO_ACCESS_LISTS.
 */
export function readSavedAccess(file: string, rootPath: string): SourceAccess {
  const lists = parse(readText(file), file)
  const rootName = rootPath.split(/[\\/]/).filter(Boolean).at(-1)?.toLowerCase() ?? ''
  const isWhole = lists.has(rootName)
  const keyOf = (relPath: string): string => {
    const below = relPath.replaceAll('/', '\\').toLowerCase()
    if (!isWhole) return below
    return below === '' ? rootName : `${rootName}\\${below}`
  }
  return {
    descriptor: async (relPath) => lists.get(keyOf(relPath)),
    accountSpellings: (sid) => [sid],
  }
}

function readText(file: string): string {
  try {
    const bytes = fs.readFileSync(file)
    return bytes.subarray(0, 2).equals(UTF16_MARK) ? bytes.toString('utf16le', 2) : bytes.toString('utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    throw refused(`The saved access lists ${file} cannot be read.`, cause)
  }
}

function parse(text: string, file: string): ReadonlyMap<string, string> {
  const lists = new Map<string, string>()
  /** Thousands of folders share a few lists: each is kept once. */
  const same = new Map<string, string>()
  const lines = text.split(/\r?\n/)
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [path = '', list = ''] = [lines[at], lines[at + 1]]
    if (path === '' && list === '') continue
    if (path === '' || !/^[DOG]:/.test(list)) {
      throw refused(`Line ${at + 2} of ${file} holds no access list; lines with a path and lines with a list take turns.`)
    }
    same.set(list, same.get(list) ?? list)
    lists.set(path.toLowerCase(), same.get(list) ?? list)
  }
  return lists
}

const refused = (message: string, cause?: unknown): MigrationError =>
  new MigrationError('SRC_NO_ACCESS_LISTS', message, {
    remedy: { kind: 'stopTask' },
    fix: 'Save the lists with "icacls SHARE /save FILE /t" on the file server, copy the file here and name it with --access-list.',
    ...(cause === undefined ? {} : { cause }),
  })
