import { sddlOfCacls, sddlOfLines } from './descriptorText.ts'
import { linesOfSamba, runSamba } from './sambaProgram.ts'
import type { SmbLogin } from './smbMessages.ts'
import type { SmbPlace } from './smbPath.ts'

/** A pass asks for the entries of a folder one after the other, and folder by folder. */
const KEPT_FOLDERS = 4
/** Of one folder; what is beyond is asked for one by one. */
const KEPT_LISTS_MAX = 200_000

/** Ends a line or a quotation of the command language; Windows forbids all of it in names. */
const isUnaskable = (path: string): boolean => [...path].some((one) => one === '"' || one < ' ')

/** `refused`: the server shows the entry, but not its list. */
type Told = { readonly sddl: string } | { readonly refused: string }
type FolderLists = ReadonlyMap<string, Told>

export interface ShareListsOptions {
  readonly place: SmbPlace
  readonly login: () => Promise<SmbLogin>
}

/**
 * Access lists of a share by smbclient: all of a folder with one call, the last few folders kept. What its command language cannot carry has no
 * known list. The share's own root is asked of smbcacls, which knows no other port than 445.
 */
export class ShareLists {
  readonly #options: ShareListsOptions
  readonly #kept = new Map<string, Promise<FolderLists>>()

  constructor(options: ShareListsOptions) {
    this.#options = options
  }

  /** Below the share. Errors: an Error whose `code` is the system's word. */
  async of(path: string, signal: AbortSignal): Promise<string | undefined> {
    if (isUnaskable(path)) return undefined
    if (path === '') return await this.#ofRoot(signal)
    const at = path.lastIndexOf('/')
    const folder = path.slice(0, Math.max(at, 0))
    const name = path.slice(at + 1)
    const told = (await this.#folder(folder, signal)).get(name) ?? (await this.#list(path, signal)).get(name)
    if (told === undefined) throw Object.assign(new Error('It is not listed.'), { code: 'ENOENT' })
    if ('refused' in told) throw Object.assign(new Error(told.refused), { code: codeOf(told.refused) })
    return told.sddl
  }

  async #folder(folder: string, signal: AbortSignal): Promise<FolderLists> {
    const known = this.#kept.get(folder)
    if (known !== undefined) return await known
    const lists = this.#list(folder === '' ? '*' : `${folder}/*`, signal)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= KEPT_FOLDERS && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(folder, lists)
    lists.catch(() => this.#kept.delete(folder))
    return await lists
  }

  async #list(mask: string, signal: AbortSignal): Promise<FolderLists> {
    const { place, login } = this.#options
    const lists = new Map<string, Told>()
    /** Thousands of entries share a few lists: each is kept once. */
    const same = new Map<string, Told>()
    let name: string | undefined
    let lines: string[] = []
    let refused: string | undefined
    const end = (): void => {
      const sddl = sddlOfLines(lines)
      const told: Told = sddl === undefined ? { refused: 'NT_STATUS_ACCESS_DENIED' } : (same.get(sddl) ?? { sddl })
      if (sddl !== undefined) same.set(sddl, told)
      if (name !== undefined && lists.size < KEPT_LISTS_MAX) lists.set(name, told)
      lines = []
    }
    await runSamba({
      program: 'smbclient',
      args: [...portOf(place), `//${hostOf(place)}/${place.share}`],
      login: await login(),
      commands: ['showacls', `ls "${mask.replaceAll('/', '\\')}"`],
      signal,
      onLine(line) {
        if (line.startsWith('FILENAME:')) {
          end()
          name = line.slice('FILENAME:'.length)
        } else if (!line.startsWith('display_finfo()')) {
          lines.push(line)
          if (name === undefined) refused ??= /NT_STATUS_[A-Z_]+/.exec(line)?.[0]
        }
      },
    })
    end()
    if (lists.size === 0 && refused !== undefined) throw Object.assign(new Error(refused), { code: codeOf(refused) })
    return lists
  }

  async #ofRoot(signal: AbortSignal): Promise<string | undefined> {
    const { place, login } = this.#options
    if (place.port !== undefined && place.port !== 445) return undefined
    const lines = await linesOfSamba({
      program: 'smbcacls',
      args: ['--numeric', `//${hostOf(place)}/${place.share}`, '/'],
      login: await login(),
      commands: [],
      signal,
    })
    return sddlOfCacls(lines)
  }
}

export const portOf = ({ port }: SmbPlace): readonly string[] => (port === undefined ? [] : ['-p', String(port)])

/** Without the brackets of an address. */
export const hostOf = ({ server }: SmbPlace): string => server.replace(/^\[|\]$/g, '')

/** Words of the server for what the system calls otherwise. */
const ERRNO: Readonly<Record<string, string>> = {
  NT_STATUS_ACCESS_DENIED: 'EACCES',
  NT_STATUS_NO_SUCH_FILE: 'ENOENT',
  NT_STATUS_OBJECT_NAME_NOT_FOUND: 'ENOENT',
  NT_STATUS_OBJECT_PATH_NOT_FOUND: 'ENOENT',
  NT_STATUS_CONNECTION_DISCONNECTED: 'ECONNRESET',
  NT_STATUS_CONNECTION_RESET: 'ECONNRESET',
  NT_STATUS_CONNECTION_REFUSED: 'ECONNREFUSED',
  NT_STATUS_HOST_UNREACHABLE: 'EHOSTUNREACH',
  NT_STATUS_IO_TIMEOUT: 'ETIMEDOUT',
  NT_STATUS_LOGON_FAILURE: 'EACCES',
}
const codeOf = (word: string): string => ERRNO[word] ?? word
