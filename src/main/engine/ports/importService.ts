import type { FileTimes } from './destination.ts'

/** A folder that the destination has, with its real id. */
export interface ExistingFolder extends FileTimes {
  readonly id: string
  readonly name: string
}

/** The real ids around the place of a task; wrong ones fail every import. [D.5] */
export interface ImportPlace {
  /** Site collection that takes the jobs. */
  readonly siteUrl: string
  readonly webId: string
  /** Server-relative path of the web, without slashes at its ends; '' for the root web. */
  readonly webPath: string
  readonly webRootFolderId: string
  readonly listId: string
  readonly listTitle: string
  /** The root folder of the library; `name` is its name in the address. */
  readonly rootFolder: ExistingFolder
  /** From the library's root down to the place of the task; empty when the place is the root. */
  readonly chain: readonly ExistingFolder[]
}

/** Two provided containers and the key for what goes into them. All three are secrets: sealed at rest, never logged. [D.1] */
export interface ImportContainers {
  readonly dataUri: string
  readonly manifestUri: string
  /** Base64 of 32 bytes. */
  readonly encryptionKey: string
  readonly expiresAtMs: number
}

/** A person as the site collection knows them; what a package says of an author. [D.6] */
export interface ImportPerson {
  /** Claims form of the UPN: `i:0#.f|membership|ann@contoso.com`. */
  readonly login: string
  readonly name: string
  readonly email: string
  /** Base64; imports refuse a user without one. */
  readonly systemId: string
}

export type JobPage =
  /** `lines` are JSON texts in the order of the service; none may be new. */
  | { readonly kind: 'events'; readonly lines: readonly string[]; readonly nextToken: string }
  /** The service does not know the job: not yet, not any more, or never. */
  | { readonly kind: 'unknown' }

/** Small files that travel as one blob: a zip of stored members, encrypted as a whole. [D.4] */
export interface PackageArchive {
  /**
   * Reads `content` to its end and keeps it in memory; a stream that throws adds nothing. Several may be added at the same time. `md5` is the
   * base64 MD5 of the member as it lies in the archive.
   */
  add(member: {
    readonly name: string
    readonly sizeBytes: number
    readonly content: AsyncIterable<Uint8Array>
  }): Promise<{ readonly md5: string }>
  /** Encrypts and stores it, once, after the last member. Errors: JOB_CONTAINER_REFUSED; NET_ codes. */
  store(signal: AbortSignal): Promise<{ readonly quickXorHash: string; readonly sentBytes: number }>
}

/** Where one package is put together. Everything is encrypted on its way, each blob with a fresh vector, and frozen by a snapshot. [D.2, D.3] */
export interface PackageBlobs {
  /**
   * Reads `content` once and to its end; a stream that throws leaves no blob that an import would take. Transient refusals of the store are
   * retried inside. Errors: what `content` throws; JOB_CONTAINER_REFUSED; NET_ codes.
   */
  putContent(
    blob: { readonly name: string; readonly sizeBytes: number; readonly content: AsyncIterable<Uint8Array> },
    signal: AbortSignal,
  ): Promise<{ readonly encryptedMd5: string; readonly sentBytes: number }>
  /** Nothing is stored before its `store`. */
  openArchive(name: string): PackageArchive
  putManifest(name: string, text: string, signal: AbortSignal): Promise<void>
  /** A log that the service wrote beside the manifest; undefined = there is none of that name, or it cannot be read. */
  readLog(name: string, signal: AbortSignal): Promise<string | undefined>
}

/**
 * SharePoint's Migration API for one place. Every method throws MigrationError with its remedy decided; throttling is waited out inside.
 * `submit` is never repeated inside: an unknown outcome surfaces as remedy `lookFirst`.
 */
export interface ImportService {
  describe(signal: AbortSignal): Promise<ImportPlace>
  /** Id of an existing folder, by its path below the host. */
  folderId(serverRelativePath: string, signal: AbortSignal): Promise<string | undefined>
  /** What SharePoint itself says; it knows imported items before Graph does. */
  has(item: { readonly kind: 'file' | 'folder'; readonly serverRelativePath: string }, signal: AbortSignal): Promise<boolean>
  /** Whether Graph shows the file already. */
  isVisible(serverRelativePath: string, signal: AbortSignal): Promise<boolean>
  /** The person of this UPN, made known to the site; undefined = there is none, or it is no person. */
  person(upn: string, signal: AbortSignal): Promise<ImportPerson | undefined>
  /**
   * Names the people of an existing file, in place and without a version; `author` undefined leaves the one that it has. Its times stay as they
   * are given. Repeating it does no harm. Errors: DST_REFUSED when the site refuses one of the values.
   */
  setPeople(
    file: {
      readonly serverRelativePath: string
      readonly author: ImportPerson | undefined
      readonly editor: ImportPerson
      readonly times: FileTimes | undefined
    },
    signal: AbortSignal,
  ): Promise<void>
  /** The same id for the same text, on every machine (UUID version 5). */
  stableId(text: string): string
  /** Containers that nothing is submitted from are forgotten by the service; asking twice does no harm. Errors: JOB_NOT_ALLOWED. */
  provision(signal: AbortSignal): Promise<ImportContainers>
  /** The id of the job. Errors: JOB_NOT_ALLOWED; JOB_NOT_TAKEN when the service says that it did not take it. */
  submit(containers: ImportContainers, signal: AbortSignal): Promise<string>
  /** Events after `nextToken` ('0' for all). The same token gives the same events. */
  progress(jobId: string, nextToken: string, signal: AbortSignal): Promise<JobPage>
  blobs(containers: ImportContainers): PackageBlobs
}
