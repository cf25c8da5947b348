import type { SourceAccess } from '../../engine/ports/source.ts'
import { pathBelow } from '../fileshare/sharePath.ts'
import { fileError } from '../fileshare/sourceErrors.ts'
import type { WindowsApi } from './windowsApi.ts'
import { readSddl } from './windowsFiles.ts'

/** Access lists as the system itself tells them. */
export function createWindowsAccess(api: () => WindowsApi, rootPath: string): SourceAccess {
  const spellings = new Map<string, readonly string[]>()
  return {
    async descriptor(relPath) {
      try {
        return readSddl(api(), pathBelow(rootPath, relPath, 'win32'))
      } catch (thrown) {
        throw fileError(relPath, thrown)
      }
    },
    accountSpellings(sid) {
      const known = spellings.get(sid)
      if (known) return known
      const account = api().accountOf(sid)
      const found = account === undefined ? [sid] : [sid, account]
      spellings.set(sid, found)
      return found
    },
  }
}
