import { type ErrorCode, MigrationError, type Remedy } from '../../../shared/errors.ts'
import type { Source, SourceAccess } from '../../engine/ports/source.ts'
import type { SmbLogin } from '../smb/smbMessages.ts'
import { parseSmbPath, type SmbPlace, uncOf } from '../smb/smbPath.ts'
import type { WindowsApi } from './windowsApi.ts'
import { WindowsError } from './windowsError.ts'

type Share = Pick<SmbPlace, 'server' | 'share'>

/** What `parseSmbPath` knows, and the long form `\\?\UNC\server\share\…` of Windows. */
export function windowsSharePlace(text: string): SmbPlace | undefined {
  return parseSmbPath(text.replace(/^\\\\\?\\UNC\\/i, '\\\\'))
}

/**
 * Signs this logon session in to a share, without a drive letter and until the session ends; again is fine. The password goes to the system
 * alone, and the copy made for it is wiped whatever happens. Errors: SRC_NO_ACCESS, SRC_NOT_FOUND, NET_UNREACHABLE, SRC_READ_FAILED.
 */
export async function connectShare(api: Pick<WindowsApi, 'addConnection'>, place: Share, login: SmbLogin): Promise<void> {
  const remoteName = uncOf({ server: place.server, share: place.share, folder: '' })
  const userName = login.domain === '' ? login.user : `${login.domain}\\${login.user}`
  const password = Buffer.from(`${login.password}\0`, 'utf16le')
  try {
    const windowsCode = await api.addConnection({ remoteName, userName, password })
    if (windowsCode !== 0 && windowsCode !== ALREADY_CONNECTED) throw connectionError(place, windowsCode)
  } finally {
    password.fill(0)
  }
}

/** ERROR_ALREADY_ASSIGNED. */
const ALREADY_CONNECTED = 85

interface Reading {
  readonly code: ErrorCode
  readonly remedy: Remedy
  /** Of what happened, after the name of the share. */
  readonly says: string
  readonly fix: string
}

const stopTask: Remedy = { kind: 'stopTask' }
const refused: Reading = {
  code: 'SRC_NO_ACCESS',
  remedy: stopTask,
  says: 'refuses the stored account',
  fix: 'Check its name and password ("portage source credentials set"), and that it may read the whole share.',
}
const unusable: Reading = {
  ...refused,
  says: 'does not let the stored account in as it is now (disabled, locked, expired or restricted)',
  fix: 'Have the account put right, or store another one with "portage source credentials set".',
}
const away: Reading = {
  code: 'NET_UNREACHABLE',
  remedy: { kind: 'retry' },
  says: 'cannot be reached',
  fix: 'Check the name of the server, that it is up and that this computer reaches it; the work goes on by itself when it answers.',
}

/** By number of winerror.h. */
const READINGS: Readonly<Record<number, Reading>> = {
  5: refused,
  51: away,
  53: away,
  64: away,
  65: refused,
  67: { code: 'SRC_NOT_FOUND', remedy: stopTask, says: 'is no share of its server', fix: 'Check the spelling of the share.' },
  86: refused,
  121: away,
  1203: away,
  1219: {
    code: 'SRC_NO_ACCESS',
    remedy: stopTask,
    says: 'is already connected here with another account, and Windows allows one per server',
    fix: 'End that connection ("net use" lists it, "net use \\\\server\\share /delete" ends it), or let the agent run as a Windows account of its own.',
  },
  1222: away,
  1231: away,
  1232: away,
  1326: refused,
  1327: unusable,
  1328: unusable,
  1330: unusable,
  1331: unusable,
  1385: unusable,
  1907: unusable,
  1909: unusable,
  2202: refused,
}

/** What Windows answered to a sign-in, in our words. An answer that nobody foresaw stops the task: trying again might lock the account. */
export function connectionError(place: Share, windowsCode: number): MigrationError {
  const { code, remedy, says, fix } = READINGS[windowsCode] ?? {
    code: 'SRC_READ_FAILED',
    remedy: stopTask,
    says: 'could not be connected',
    fix: `Ask Windows what it means: net helpmsg ${windowsCode}.`,
  }
  const name = uncOf({ server: place.server, share: place.share, folder: '' })
  return new MigrationError(code, `The share ${name} ${says} (Windows error ${windowsCode}).`, {
    remedy,
    fix,
    cause: new WindowsError('connect share', windowsCode),
  })
}

/** A source that is connected before anything of it is read. Once is enough; what failed is tried anew by the next call. */
export function connectedSource(source: Source, connect: () => Promise<void>): Source {
  let connecting: Promise<void> | undefined
  const connected = (): Promise<void> => {
    connecting ??= connect().catch((thrown: unknown) => {
      connecting = undefined
      throw thrown
    })
    return connecting
  }
  return {
    rootPath: source.rootPath,
    access: source.access === undefined ? undefined : connectedAccess(source.access, connected),
    ownerSpellings: (owner) => source.ownerSpellings(owner),
    async check() {
      await connected()
      await source.check()
    },
    async *walk(options) {
      await connected()
      yield* source.walk(options)
    },
    async open(relPath, signal) {
      await connected()
      return await source.open(relPath, signal)
    },
  }
}

function connectedAccess(access: SourceAccess, connected: () => Promise<void>): SourceAccess {
  return {
    async descriptor(relPath, signal) {
      await connected()
      return await access.descriptor(relPath, signal)
    },
    accountSpellings: (sid) => access.accountSpellings(sid),
    async accounts(sids, signal) {
      await connected()
      return (await access.accounts?.(sids, signal)) ?? new Map()
    },
    async shareDescriptor(signal) {
      await connected()
      return await access.shareDescriptor?.(signal)
    },
  }
}
