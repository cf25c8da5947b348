import type { SourceAccess } from '../../engine/ports/source.ts'
import { sddlOfLines } from './descriptorText.ts'
import { linesOfSamba } from './sambaProgram.ts'
import { ServerAccounts } from './serverAccounts.ts'
import { hostOf, portOf, ShareLists } from './shareLists.ts'
import { smbFileError } from './smbErrors.ts'
import type { SmbLogin } from './smbMessages.ts'
import type { SmbPlace } from './smbPath.ts'

export interface SmbAccessOptions {
  readonly place: SmbPlace
  readonly login: () => Promise<SmbLogin>
}

/** Access lists of a share, the share's own permissions, and its server's accounts, through the programs of Samba. Nothing is ever changed. */
export function createSmbAccess({ place, login }: SmbAccessOptions): SourceAccess {
  const lists = new ShareLists({ place, login })
  const ask = async (commands: readonly string[], signal: AbortSignal): Promise<readonly string[]> =>
    await linesOfSamba({ program: 'rpcclient', args: [...portOf(place), hostOf(place)], login: await login(), commands, signal })
  const accounts = new ServerAccounts(ask)
  const spellings = new Map<string, readonly string[]>()

  async function named<Value>(relPath: string, signal: AbortSignal, act: () => Promise<Value>): Promise<Value> {
    try {
      return await act()
    } catch (thrown) {
      signal.throwIfAborted()
      throw smbFileError(place.server, relPath, thrown)
    }
  }

  return {
    descriptor: (relPath, signal) =>
      named(relPath, signal, () => lists.of([place.folder, relPath].filter((part) => part !== '').join('/'), signal)),
    accountSpellings: (sid) => spellings.get(sid) ?? [sid],
    accounts: (sids, signal) =>
      named('', signal, async () => {
        const found = await accounts.find(sids, signal)
        for (const { sid, names } of found.values()) spellings.set(sid, [sid, ...names])
        return found
      }),
    shareDescriptor: (signal) =>
      named('', signal, async () =>
        /["\\]/.test(place.share) ? undefined : sddlOfLines(await ask([`netsharegetinfo "${place.share}" 502`], signal)),
      ),
  }
}
