import { constants } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import type koffi from 'koffi'
import { z } from 'zod'
import type { SmbEntry, SmbLogin, SmbStat } from './smbMessages.ts'

/** Names of one answer. */
const ENTRIES_MAX = 1000
const STAT_BYTES = 256
/** Offsets of `struct stat` that x86-64 and arm64 have in common. Source: bits/struct_stat.h of glibc. */
const AT = { ino: 8, size: 48, modifiedSeconds: 88, modifiedNanoseconds: 96 }
const MODE_AT = process.arch === 'x64' ? 24 : 16
const FORMAT_MASK = 0o170_000
const FORMAT_FOLDER = 0o040_000
const SEEK_SET = 0
const CALL_TIMEOUT_MS = 20_000

/** The client library of Samba: calls that block, for one thread of a process only (it keeps one state for all). */
export interface SmbLibrary {
  list(url: string): number
  /** Empty = the end. `.` and `..` are left out. */
  next(handle: number): readonly SmbEntry[]
  endList(handle: number): void
  stat(url: string): SmbStat
  open(url: string): { readonly handle: number; readonly stat: SmbStat }
  read(handle: number, start: number, length: number): Uint8Array
  close(handle: number): void
}

const timeSchema = z.object({ seconds: z.coerce.number(), nanoseconds: z.coerce.number() })
const entrySchema = z.object({
  size: z.coerce.number(),
  attributes: z.number(),
  created: timeSchema,
  modified: timeSchema,
  name: z.string(),
})

type Library = ReturnType<typeof koffi.load>

/** The declaration says what the types say; the library itself tells them to nobody. */
function bind<Call>(library: Library, declaration: string): Call {
  return library.func(declaration) as Call
}

/** Errors: those of the loader when the library is missing; of every call, an Error whose `code` is the system's word. */
export function openSmbLibrary(login: SmbLogin, port: number | undefined): SmbLibrary {
  return open(createRequire(import.meta.url)('koffi'), { login, port })
}

function open(ffi: typeof koffi, { login, port }: { readonly login: SmbLogin; readonly port: number | undefined }): SmbLibrary {
  const library = ffi.load('libsmbclient.so.0')
  const time = ffi.struct('SmbTime', { seconds: 'int64_t', nanoseconds: 'int64_t' })
  const entryType = ffi.struct('SmbFileInfo', {
    size: 'uint64_t',
    attributes: 'uint16_t',
    uid: 'uint32_t',
    gid: 'uint32_t',
    created: time,
    modified: time,
    accessed: time,
    changed: time,
    name: 'char *',
    shortName: 'char *',
  })
  ffi.proto(
    'void SmbAskLogin(void *context, str server, str share, void *domain, int domainBytes, void *user, int userBytes, void *password, int passwordBytes)',
  )
  const errno = (): string => nameOfErrno(ffi.errno())

  const fill = (memory: unknown, sizeBytes: number, text: string): void => {
    const bytes = Buffer.from(`${text}\0`)
    if (bytes.length <= sizeBytes) ffi.encode(memory, ffi.array('uint8_t', bytes.length), bytes)
  }
  const askLogin = ffi.register((_context: unknown, _server: string, _share: string, ...memory: readonly unknown[]) => {
    const [domain, domainBytes, user, userBytes, password, passwordBytes] = memory
    if (login.domain !== '') fill(domain, Number(domainBytes), login.domain)
    fill(user, Number(userBytes), login.user)
    fill(password, Number(passwordBytes), login.password)
  }, 'SmbAskLogin *')

  const created = bind<() => unknown>(library, 'void *smbc_new_context()')()
  bind<(context: unknown, ask: unknown) => void>(
    library,
    'void smbc_setFunctionAuthDataWithContext(void *context, SmbAskLogin *ask)',
  )(created, askLogin)
  bind<(context: unknown, isOn: number) => void>(library, 'void smbc_setOptionNoAutoAnonymousLogin(void *context, int isOn)')(
    created,
    1,
  )
  bind<(context: unknown, isOn: number) => void>(library, 'void smbc_setOptionDebugToStderr(void *context, int isOn)')(created, 1)
  bind<(context: unknown, level: number) => void>(library, 'void smbc_setDebug(void *context, int level)')(created, 0)
  bind<(context: unknown, timeoutMs: number) => void>(library, 'void smbc_setTimeout(void *context, int timeoutMs)')(
    created,
    CALL_TIMEOUT_MS,
  )
  if (port !== undefined)
    bind<(context: unknown, port: number) => void>(library, 'void smbc_setPort(void *context, uint16_t port)')(created, port)
  const context = bind<(context: unknown) => unknown>(library, 'void *smbc_init_context(void *context)')(created)
  if (context === null) throw refused('start', errno())
  bind<(context: unknown) => unknown>(library, 'void *smbc_set_context(void *context)')(context)

  const opendir = bind<(url: string) => number>(library, 'int smbc_opendir(str url)')
  const readdir = bind<(handle: number, stat: Buffer) => unknown>(library, 'void *smbc_readdirplus2(int handle, void *stat)')
  const closedir = bind<(handle: number) => number>(library, 'int smbc_closedir(int handle)')
  const statOf = bind<(url: string, stat: Buffer) => number>(library, 'int smbc_stat(str url, void *stat)')
  const statOfOpen = bind<(handle: number, stat: Buffer) => number>(library, 'int smbc_fstat(int handle, void *stat)')
  const openFile = bind<(url: string, flags: number, mode: number) => number>(
    library,
    'int smbc_open(str url, int flags, int mode)',
  )
  const seek = bind<(handle: number, at: number, whence: number) => number | bigint>(
    library,
    'int64_t smbc_lseek(int handle, int64_t at, int whence)',
  )
  const readFile = bind<(handle: number, into: Buffer, length: number) => number | bigint>(
    library,
    'int64_t smbc_read(int handle, void *into, size_t length)',
  )
  const closeFile = bind<(handle: number) => number>(library, 'int smbc_close(int handle)')

  const checked = <Value extends number | bigint>(value: Value, what: string): Value => {
    if (value < 0) throw refused(what, errno())
    return value
  }
  const scratch = Buffer.alloc(STAT_BYTES)
  return {
    list: (url) => checked(opendir(url), 'list'),
    next(handle) {
      const entries: SmbEntry[] = []
      while (entries.length < ENTRIES_MAX) {
        const found = readdir(handle, scratch)
        if (found === null) break
        const entry = entrySchema.parse(ffi.decode(found, entryType))
        if (entry.name !== '.' && entry.name !== '..') entries.push(entryOf(entry, scratch.readBigUInt64LE(AT.ino)))
      }
      return entries
    },
    endList(handle) {
      closedir(handle)
    },
    stat(url) {
      checked(statOf(url, scratch), 'stat')
      return readStat(scratch)
    },
    open(url) {
      const handle = checked(openFile(url, constants.O_RDONLY, 0), 'open')
      if (statOfOpen(handle, scratch) >= 0) return { handle, stat: readStat(scratch) }
      const why = errno()
      closeFile(handle)
      throw refused('stat', why)
    },
    read(handle, start, length) {
      checked(seek(handle, start, SEEK_SET), 'seek')
      const into = Buffer.allocUnsafeSlow(length)
      let filled = 0
      while (filled < length) {
        const count = Number(checked(readFile(handle, into.subarray(filled), length - filled), 'read'))
        if (count === 0) break
        filled += count
      }
      return filled === length ? into : into.subarray(0, filled)
    },
    close(handle) {
      closeFile(handle)
    },
  }
}

function entryOf({ name, attributes, size, created, modified }: z.infer<typeof entrySchema>, fileId: bigint): SmbEntry {
  return { name, attributes, sizeBytes: size, createdMs: toMs(created), modifiedMs: toMs(modified), fileId }
}

function readStat(stat: Buffer): SmbStat {
  return {
    sizeBytes: Number(stat.readBigInt64LE(AT.size)),
    modifiedMs: toMs({
      seconds: Number(stat.readBigInt64LE(AT.modifiedSeconds)),
      nanoseconds: Number(stat.readBigInt64LE(AT.modifiedNanoseconds)),
    }),
    fileId: stat.readBigUInt64LE(AT.ino),
    isFolder: (stat.readUInt32LE(MODE_AT) & FORMAT_MASK) === FORMAT_FOLDER,
  }
}

const toMs = ({ seconds, nanoseconds }: z.infer<typeof timeSchema>): number => seconds * 1000 + Math.floor(nanoseconds / 1e6)

const refused = (what: string, code: string): Error => Object.assign(new Error(`${what}: ${code}`), { code })

function nameOfErrno(number: number): string {
  return Object.entries(os.constants.errno).find(([, value]) => value === number)?.[0] ?? ''
}
