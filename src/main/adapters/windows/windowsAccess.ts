import type { SourceAccess, SourceAccount } from '../../engine/ports/source.ts'
import { pathBelow } from '../fileshare/sharePath.ts'
import { fileError } from '../fileshare/sourceErrors.ts'
import type { WindowsAccount, WindowsApi } from './windowsApi.ts'
import { readSddl } from './windowsFiles.ts'

/** SID_NAME_USE, as far as it is about access. [Win32] */
const KINDS: Readonly<Record<number, SourceAccount['kind']>> = { 1: 'person', 2: 'group', 4: 'localGroup', 6: 'deleted' }

/** Access lists as the system itself tells them, and accounts as the server of the share does: only it knows its local groups. */
export function createWindowsAccess(api: () => WindowsApi, rootPath: string): SourceAccess {
  const server = /^(?:\\\\\?\\UNC|\\)\\([^\\]+)\\/i.exec(rootPath)?.[1]
  const known = new Map<string, WindowsAccount | undefined>()

  function accountOf(sid: string): WindowsAccount | undefined {
    if (!known.has(sid)) {
      const atServer = server === undefined ? undefined : api().accountOf(sid, `\\\\${server}`)
      known.set(sid, atServer ?? api().accountOf(sid, null))
    }
    return known.get(sid)
  }

  /** Of a local group, as its server tells them; one that cannot be named makes the whole unknown. */
  function membersOf({ name, use }: WindowsAccount): Pick<SourceAccount, 'memberSids'> {
    if (KINDS[use] !== 'localGroup') return {}
    const at = server === undefined ? null : `\\\\${server}`
    const sids = api()
      .localGroupMembers(name.slice(name.lastIndexOf('\\') + 1), at)
      ?.map((member) => (/^S-1-[\d-]+$/.test(member) ? member : api().sidOf(member, at)))
    const known = sids?.filter((sid) => sid !== undefined)
    return known === undefined || known.length !== sids?.length ? {} : { memberSids: known }
  }

  return {
    async descriptor(relPath) {
      try {
        return readSddl(api(), pathBelow(rootPath, relPath, 'win32'))
      } catch (thrown) {
        throw fileError(relPath, thrown)
      }
    },
    accountSpellings(sid) {
      const account = accountOf(sid)
      return account === undefined ? [sid] : [sid, account.name]
    },
    async accounts(sids) {
      return new Map(
        sids.flatMap((sid) => {
          const account = accountOf(sid)
          return account === undefined
            ? []
            : [[sid, { sid, names: [account.name], kind: KINDS[account.use] ?? 'unknown', ...membersOf(account) }] as const]
        }),
      )
    },
  }
}
