import { MigrationError } from '../../../shared/errors.ts'
import type { OpenSourceFile, Source, SourceAccess, SourceEntry } from '../../engine/ports/source.ts'
import { readSavedAccess } from '../fileshare/savedAccess.ts'
import { createSmbAccess } from './smbAccess.ts'
import { smbRootError } from './smbErrors.ts'
import { openSmbFile } from './smbFile.ts'
import type { SmbLogin } from './smbMessages.ts'
import { type SmbPlace, shareKey, smbUrl } from './smbPath.ts'
import { SmbPool } from './smbPool.ts'
import { walkShare } from './smbWalk.ts'

export interface SmbSourceOptions {
  readonly path: string
  readonly place: SmbPlace
  /** What a person has stored for this share; undefined = nothing. */
  readonly login: (place: SmbPlace) => Promise<SmbLogin | undefined>
  /** Lists saved by icacls; they go before what the server tells. */
  readonly accessListFile?: string | undefined
}

/**
 * A share of a file server as a migration source, through the system's own client library (package smbclient); nothing in it is ever written.
 * Where the share is mounted, its mount is an ordinary folder and needs none of this.
 */
export function createSmbSource(options: SmbSourceOptions): Source {
  return new SmbSource(options)
}

class SmbSource implements Source {
  readonly rootPath: string
  readonly access: SourceAccess
  readonly #place: SmbPlace
  readonly #pool: SmbPool

  /** Errors: SRC_NO_ACCESS_LISTS for saved lists that cannot be read. */
  constructor({ path, place, login, accessListFile }: SmbSourceOptions) {
    this.rootPath = path.replace(/[\\/]+$/, '')
    this.#place = place
    const stored = async (): Promise<SmbLogin> => (await login(place)) ?? notStored(place)
    this.#pool = new SmbPool({ login: stored, port: place.port })
    this.access =
      accessListFile === undefined ? createSmbAccess({ place, login: stored }) : readSavedAccess(accessListFile, this.rootPath)
  }

  async check(): Promise<void> {
    const { server } = this.#place
    const url = smbUrl(this.#place, '')
    try {
      await this.#pool.again(async (client) => {
        await client.call('endList', { handle: await client.call('list', { url }) })
      })
    } catch (thrown) {
      throw smbRootError(server, this.rootPath, thrown)
    }
  }

  async *walk({
    signal,
  }: {
    readonly symlinks: 'skip' | 'follow'
    readonly signal: AbortSignal
  }): AsyncGenerator<readonly SourceEntry[]> {
    await this.check()
    yield* walkShare({ place: this.#place, rootPath: this.rootPath, pool: this.#pool, signal })
  }

  ownerSpellings(owner: string): readonly string[] {
    return this.access.accountSpellings(owner)
  }

  open(relPath: string, signal: AbortSignal): Promise<OpenSourceFile> {
    return openSmbFile({ place: this.#place, relPath, pool: this.#pool }, signal)
  }
}

function notStored(place: SmbPlace): never {
  const share = shareKey(place)
  throw new MigrationError('SRC_NO_ACCESS', `This install has no credentials for ${share}.`, {
    remedy: { kind: 'stopTask' },
    fix: `Store them with: portage source credentials set '${share}' --user 'DOMAIN\\name'.`,
  })
}
