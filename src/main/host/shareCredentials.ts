import { z } from 'zod'
import { MigrationError } from '../../shared/errors.ts'
import { createSecretStore, type SecretStore } from '../adapters/secrets/secretStore.ts'
import type { SmbLogin } from '../adapters/smb/smbMessages.ts'
import { parseSmbPath, type SmbPlace, shareKey } from '../adapters/smb/smbPath.ts'
import type { HostEnvironment } from './createHost.ts'

/** Credentials of one share as they are shown: never with the password. */
export interface ShareCredential {
  /** `\\server\share`, or `\\server` for all of its shares. */
  readonly share: string
  /** `DOMAIN\name`, `name@domain` or a name of the server itself. */
  readonly user: string
}

/** With what this install signs in to file servers. Of a person, per share; kept in the secrets of the install and nowhere else. */
export interface ShareCredentials {
  list(): Promise<readonly ShareCredential[]>
  /** Replaces what was stored for that share. Errors: INPUT_USAGE. */
  set(credential: ShareCredential & { readonly password: string }): Promise<ShareCredential>
  /** Nothing happens when there is none. */
  remove(share: string): Promise<void>
  /** Of the share, else of its server. */
  find(place: Pick<SmbPlace, 'server' | 'share'>): Promise<SmbLogin | undefined>
}

const SECRET = 'share-credentials'
/** What the client library has room for. */
const TEXT_MAX_BYTES = 255

const storedSchema = z.array(z.object({ share: z.string(), user: z.string(), password: z.string() }))
type Stored = z.infer<typeof storedSchema>

export function createShareCredentials({
  workFolder,
  keyring,
}: Pick<HostEnvironment, 'workFolder' | 'keyring'>): ShareCredentials {
  let opened: Promise<SecretStore> | undefined
  const secrets = (): Promise<SecretStore> => {
    opened ??= createSecretStore({ folder: workFolder.path, ...(keyring ? { keyring } : {}) })
    return opened
  }
  const read = async (): Promise<Stored> => {
    const text = await (await secrets()).get(SECRET)
    const parsed = storedSchema.safeParse(text === undefined ? [] : JSON.parse(text))
    return parsed.success ? parsed.data : []
  }
  const write = async (rows: Stored): Promise<void> => (await secrets()).set(SECRET, JSON.stringify(rows))
  return {
    async list() {
      return (await read()).map(({ share, user }) => ({ share, user }))
    },
    async set({ share, user, password }) {
      const key = keyOf(share)
      if (user.trim() === '' || !isUsable(user)) throw wrong('The user name is empty or too long, or holds control characters.')
      if (password === '' || !isUsable(password)) throw wrong('The password is empty or too long, or holds control characters.')
      const others = (await read()).filter((row) => row.share !== key)
      await write([...others, { share: key, user: user.trim(), password }].sort((a, b) => (a.share < b.share ? -1 : 1)))
      return { share: key, user: user.trim() }
    },
    async remove(share) {
      const key = keyOf(share)
      const rows = await read()
      if (rows.some((row) => row.share === key)) await write(rows.filter((row) => row.share !== key))
    },
    async find(place) {
      const rows = await read()
      const keys = [shareKey(place), `\\\\${place.server.toLowerCase()}`]
      const row = keys.flatMap((key) => rows.filter(({ share }) => share === key))[0]
      return row === undefined ? undefined : loginOf(row)
    },
  }
}

function loginOf({ user, password }: Stored[number]): SmbLogin {
  const [, domain = '', name = ''] = /^([^\\]+)\\(.+)$/.exec(user) ?? []
  return name === '' ? { user, domain: '', password } : { user: name, domain, password }
}

/** Errors: INPUT_USAGE for what names no server. */
function keyOf(share: string): string {
  const place = parseSmbPath(share)
  if (place !== undefined) return shareKey(place)
  const [, server = ''] = /^(?:\\\\|\/\/|smb:\/\/)([^\\/?*"<>|:@\s]+)[\\/]*$/i.exec(share) ?? []
  if (server === '' || server === '.')
    throw wrong(`"${share}" names no share.`, 'Write it like \\\\server\\share, or \\\\server for all of its shares.')
  return `\\\\${server.toLowerCase()}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they would end the line of a credentials file.
const isUsable = (text: string): boolean => Buffer.byteLength(text) <= TEXT_MAX_BYTES && !/[\u0000-\u001f\u007f]/.test(text)

function wrong(message: string, fix = 'Give the name and the password of an account that may read the share.'): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
