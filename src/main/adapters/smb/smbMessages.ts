/** What the system's client library is asked for, and what it answers. Times are milliseconds since the epoch, 0 = none. */

export interface SmbLogin {
  readonly user: string
  /** '' = an account of the server, or named by the user itself (`name@domain`). */
  readonly domain: string
  readonly password: string
}

export interface SmbEntry {
  readonly name: string
  /** The low 16 FILE_ATTRIBUTE_ bits. */
  readonly attributes: number
  readonly sizeBytes: number
  readonly createdMs: number
  readonly modifiedMs: number
  /** 0n where the file system has none. */
  readonly fileId: bigint
}

export interface SmbStat {
  readonly sizeBytes: number
  readonly modifiedMs: number
  readonly fileId: bigint
  readonly isFolder: boolean
}

/** By name of the call: what it takes, what it gives. */
export interface SmbCalls {
  readonly login: { readonly takes: { readonly login: SmbLogin; readonly port: number | undefined }; readonly gives: null }
  /** Reads the names of a folder; `next` hands them over. */
  readonly list: { readonly takes: { readonly url: string }; readonly gives: number }
  /** Empty = the end; the listing is closed then. */
  readonly next: { readonly takes: { readonly handle: number }; readonly gives: readonly SmbEntry[] }
  readonly endList: { readonly takes: { readonly handle: number }; readonly gives: null }
  readonly stat: { readonly takes: { readonly url: string }; readonly gives: SmbStat }
  /** For reading only. */
  readonly open: { readonly takes: { readonly url: string }; readonly gives: { readonly handle: number; readonly stat: SmbStat } }
  /** Shorter than asked for only at the end of the file. */
  readonly read: {
    readonly takes: { readonly handle: number; readonly start: number; readonly length: number }
    readonly gives: Uint8Array
  }
  readonly close: { readonly takes: { readonly handle: number }; readonly gives: null }
}
export type SmbCallName = keyof SmbCalls

export type SmbRequest = {
  [Name in SmbCallName]: { readonly id: number; readonly call: Name } & SmbCalls[Name]['takes']
}[SmbCallName]

export type SmbAnswer =
  | { readonly id: number; readonly value: SmbCalls[SmbCallName]['gives'] }
  /** `errno` as the system names it (`EACCES`); '' when it has no name for it. */
  | { readonly id: number; readonly errno: string; readonly message: string }
