import { createRequire } from 'node:module'
import type koffi from 'koffi'

export interface WindowsAccount {
  /** `DOMAIN\name`, or the name alone where there is no domain. */
  readonly name: string
  /** SID_NAME_USE: 1 person, 2 group of a domain, 4 local group, 5 well known, 6 deleted. */
  readonly use: number
}

/** How a share is signed in to. The password is UTF-16 with its end mark, so that the caller can wipe it. */
export interface ShareConnection {
  /** `\\server\share`. */
  readonly remoteName: string
  readonly userName: string
  readonly password: Buffer
}

/** Calls of Windows that Node does not hand over. Only on Windows; loaded when first asked for. */
export interface WindowsApi {
  /** A handle for listing a folder, or -1. */
  openFolder(path: string): bigint | number
  /** Fills `into` with the next records. False = an error, or the end (`lastError` says which). */
  nextRecords(handle: bigint | number, into: Buffer): boolean
  close(handle: bigint | number): void
  /** Fills `into` with the first stream of a file and gives a handle for the others; -1 = there is none, or none can be told. */
  firstStream(path: string, into: Buffer): bigint | number
  nextStream(handle: bigint | number, into: Buffer): boolean
  closeFind(handle: bigint | number): void
  lastError(): number
  /** The self-relative descriptor of a file or folder; a number is the error of Windows. */
  descriptor(path: string): Buffer | number
  /** A descriptor in SDDL; a number is the error of Windows. */
  toSddl(descriptor: Buffer): string | number
  /** The account of a SID in text form, asked of a server (`\\server`) or of this system; undefined when it knows no such account. */
  accountOf(sid: string, server: string | null): WindowsAccount | undefined
  /** Direct members of a local group of a server, as `DOMAIN\\name` or, of deleted accounts, their SID; undefined = nobody tells. */
  localGroupMembers(group: string, server: string | null): readonly string[] | undefined
  /** In text form; undefined = nobody knows an account of this name. */
  sidOf(name: string, server: string | null): string | undefined
  /** Connects a share for this logon session, off this thread. Gives the error of Windows, 0 = connected. */
  addConnection(connection: ShareConnection): Promise<number>
}

/** NETRESOURCEW. Source: winnetwk.h */
export const NET_RESOURCE = {
  scope: 'uint32_t',
  type: 'uint32_t',
  displayType: 'uint32_t',
  usage: 'uint32_t',
  localName: 'str16',
  remoteName: 'str16',
  comment: 'str16',
  provider: 'str16',
} as const

const FILE_LIST_DIRECTORY = 0x1
const FILE_READ_ATTRIBUTES = 0x80
const SHARE_ALL = 0x7
const OPEN_EXISTING = 3
/** Folders need it, and whoever may back up reads past the list. */
const BACKUP_SEMANTICS = 0x0200_0000
const ID_BOTH_DIRECTORY_INFO = 10
/** Owner, group and access list; audit lists need a privilege and say nothing about access. */
const OWNER_GROUP_DACL = 0x7
const SDDL_REVISION = 1
const RESOURCETYPE_DISK = 1
/** Forgotten with the logon session, never restored by Windows. */
const CONNECT_TEMPORARY = 4

let loaded: WindowsApi | undefined

/** Errors: what the loader says when the module or a library is missing. */
export function windowsApi(): WindowsApi {
  loaded ??= load(createRequire(import.meta.url)('koffi'))
  return loaded
}

type Handle = bigint | number
type Library = ReturnType<typeof koffi.load>

/** The declaration says what the types say; the library itself tells them to nobody. */
function bind<Call>(library: Library, declaration: string): Call {
  return library.func(declaration) as Call
}

function load(ffi: typeof koffi): WindowsApi {
  const kernel = ffi.load('kernel32.dll')
  const security = ffi.load('advapi32.dll')
  const createFile = bind<
    (path: string, access: number, share: number, security: null, how: number, flags: number, template: number) => Handle
  >(
    kernel,
    'intptr_t __stdcall CreateFileW(str16 name, uint32_t access, uint32_t share, void *security, uint32_t how, uint32_t flags, intptr_t template)',
  )
  const nextInfo = bind<(handle: Handle, kind: number, into: Buffer, sizeBytes: number) => boolean>(
    kernel,
    'bool __stdcall GetFileInformationByHandleEx(intptr_t handle, int class, void *into, uint32_t sizeBytes)',
  )
  const closeHandle = bind<(handle: Handle) => boolean>(kernel, 'bool __stdcall CloseHandle(intptr_t handle)')
  const firstStream = bind<(path: string, level: number, into: Buffer, flags: number) => Handle>(
    kernel,
    'intptr_t __stdcall FindFirstStreamW(str16 name, int level, void *into, uint32_t flags)',
  )
  const nextStream = bind<(handle: Handle, into: Buffer) => boolean>(
    kernel,
    'bool __stdcall FindNextStreamW(intptr_t handle, void *into)',
  )
  const findClose = bind<(handle: Handle) => boolean>(kernel, 'bool __stdcall FindClose(intptr_t handle)')
  const getLastError = bind<() => number>(kernel, 'uint32_t __stdcall GetLastError()')
  const localFree = bind<(memory: unknown) => unknown>(kernel, 'void *__stdcall LocalFree(void *memory)')
  const getFileSecurity = bind<(path: string, what: number, into: Buffer | null, sizeBytes: number, needed: number[]) => boolean>(
    security,
    'bool __stdcall GetFileSecurityW(str16 name, uint32_t what, void *into, uint32_t sizeBytes, _Out_ uint32_t *neededBytes)',
  )
  const toText = bind<(descriptor: Buffer, revision: number, what: number, text: unknown[], length: number[]) => boolean>(
    security,
    'bool __stdcall ConvertSecurityDescriptorToStringSecurityDescriptorW(void *descriptor, uint32_t revision, uint32_t what, _Out_ void **text, _Out_ uint32_t *length)',
  )
  const toSid = bind<(text: string, sid: unknown[]) => boolean>(
    security,
    'bool __stdcall ConvertStringSidToSidW(str16 text, _Out_ void **sid)',
  )
  const lookupSid = bind<
    (
      system: string | null,
      sid: unknown,
      name: Buffer,
      nameLength: number[],
      domain: Buffer,
      domainLength: number[],
      use: number[],
    ) => boolean
  >(
    security,
    'bool __stdcall LookupAccountSidW(str16 system, void *sid, void *name, _Inout_ uint32_t *nameLength, void *domain, _Inout_ uint32_t *domainLength, _Out_ int *use)',
  )

  return {
    openFolder: (path) =>
      createFile(path, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES, SHARE_ALL, null, OPEN_EXISTING, BACKUP_SEMANTICS, 0),
    nextRecords: (handle, into) => nextInfo(handle, ID_BOTH_DIRECTORY_INFO, into, into.length),
    close: (handle) => closeHandle(handle),
    firstStream: (path, into) => firstStream(path, 0, into, 0),
    nextStream: (handle, into) => nextStream(handle, into),
    closeFind: (handle) => findClose(handle),
    lastError: () => getLastError(),
    descriptor(path) {
      const needed = [0]
      getFileSecurity(path, OWNER_GROUP_DACL, null, 0, needed)
      // The list may grow between the two calls.
      for (let attempt = 0; attempt < 3; attempt++) {
        const [sizeBytes = 0] = needed
        if (sizeBytes === 0) return getLastError()
        const descriptor = Buffer.alloc(sizeBytes)
        if (getFileSecurity(path, OWNER_GROUP_DACL, descriptor, sizeBytes, needed)) return descriptor
      }
      return getLastError()
    },
    toSddl(descriptor) {
      const text: unknown[] = [null]
      const length = [0]
      if (!toText(descriptor, SDDL_REVISION, OWNER_GROUP_DACL, text, length)) return getLastError()
      try {
        return textOf(ffi.decode(text[0], 'char16_t', length[0] ?? 0))
      } finally {
        localFree(text[0])
      }
    },
    accountOf(sid, server) {
      const found: unknown[] = [null]
      if (!toSid(sid, found)) return undefined
      try {
        const name = Buffer.alloc(512)
        const domain = Buffer.alloc(512)
        const nameLength = [name.length / 2]
        const domainLength = [domain.length / 2]
        const use = [0]
        if (!lookupSid(server, found[0], name, nameLength, domain, domainLength, use)) return undefined
        const domainName = domain.toString('utf16le', 0, (domainLength[0] ?? 0) * 2)
        const accountName = name.toString('utf16le', 0, (nameLength[0] ?? 0) * 2)
        return { name: domainName === '' ? accountName : `${domainName}\\${accountName}`, use: use[0] ?? 0 }
      } finally {
        localFree(found[0])
      }
    },
    addConnection: bindAddConnection(ffi),
    ...bindLocalGroups(ffi, security),
  }
}

/** LOCALGROUP_MEMBERS_INFO_3: names. The levels with SIDs are not answered by every server. Source: lmaccess.h */
const MEMBER_NAMES = 3
const ALL_OF_THEM = 0xffff_ffff
/** SECURITY_MAX_SID_SIZE. Source: winnt.h */
const SID_MAX_BYTES = 68

function bindLocalGroups(ffi: typeof koffi, security: Library): Pick<WindowsApi, 'localGroupMembers' | 'sidOf'> {
  const lookupName = bind<
    (
      system: string | null,
      name: string,
      sid: Buffer,
      sidBytes: number[],
      domain: Buffer,
      domainLength: number[],
      use: number[],
    ) => boolean
  >(
    security,
    'bool __stdcall LookupAccountNameW(str16 system, str16 name, void *sid, _Inout_ uint32_t *sidBytes, void *domain, _Inout_ uint32_t *domainLength, _Out_ int *use)',
  )
  let calls: { readonly members: ReturnType<Library['func']>; readonly free: ReturnType<Library['func']> } | undefined
  const network = () => {
    const library = ffi.load('netapi32.dll')
    return {
      members: library.func(
        'uint32_t __stdcall NetLocalGroupGetMembers(str16 server, str16 name, uint32_t level, _Out_ void **members, uint32_t most, _Out_ uint32_t *count, _Out_ uint32_t *total, void *resume)',
      ),
      free: library.func('uint32_t __stdcall NetApiBufferFree(void *buffer)'),
    }
  }
  return {
    localGroupMembers(group, server) {
      calls ??= network()
      const members: unknown[] = [null]
      const count = [0]
      const error: unknown = calls.members(server, group, MEMBER_NAMES, members, ALL_OF_THEM, count, [0], null)
      if (members[0] === null) return undefined
      try {
        if (error !== 0) return undefined
        const names: unknown = ffi.decode(members[0], ffi.array('str16', count[0] ?? 0))
        return Array.isArray(names) ? names.map(String) : undefined
      } finally {
        calls.free(members[0])
      }
    },
    sidOf(name, server) {
      const sid = Buffer.alloc(SID_MAX_BYTES)
      const domain = Buffer.alloc(512)
      if (!lookupName(server, name, sid, [sid.length], domain, [domain.length / 2], [0])) return undefined
      return sidText(sid)
    },
  }
}

/** `S-1-5-21-…` of a SID in the form of Windows. */
export function sidText(sid: Buffer): string {
  const parts = Array.from({ length: sid.readUInt8(1) }, (_, index) => sid.readUInt32LE(8 + 4 * index))
  return ['S', sid.readUInt8(0), sid.readUIntBE(2, 6), ...parts].join('-')
}

function bindAddConnection(ffi: typeof koffi): WindowsApi['addConnection'] {
  let call: ReturnType<Library['func']> | undefined
  return ({ remoteName, userName, password }) => {
    call ??= ffi
      .load('mpr.dll')
      .func('WNetAddConnection2W', 'uint32_t', [ffi.pointer(ffi.struct(NET_RESOURCE)), 'void *', 'str16', 'uint32_t'])
    const { async: begin } = call
    const resource = {
      scope: 0,
      type: RESOURCETYPE_DISK,
      displayType: 0,
      usage: 0,
      localName: null,
      remoteName,
      comment: null,
      provider: null,
    }
    return new Promise((resolve, reject) => {
      begin(resource, password, userName, CONNECT_TEMPORARY, (error: unknown, windowsCode: unknown) =>
        error ? reject(error) : resolve(Number(windowsCode)),
      )
    })
  }
}

/** Up to the end mark, which the length of the system counts in. */
function textOf(decoded: unknown): string {
  const text = String(decoded)
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}
