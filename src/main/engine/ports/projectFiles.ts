/** A file that the installs of a project share: report, or copy of a journal. */
export interface ProjectFile {
  /** From the library's root, `journals/…/R0.db`. */
  readonly path: string
  readonly sizeBytes: number
  readonly eTag: string | undefined
}

/** Content that is read in parts, some of them more than once. */
export interface FileContent {
  readonly sizeBytes: number
  /** Bytes [start, start+length). */
  read(startByte: number, lengthBytes: number, signal: AbortSignal): Promise<Uint8Array>
}

export interface PutOptions {
  /** `absent`: only when nothing has the name. `unchanged`: only over this state of the file. `none`: over whatever is there. */
  readonly condition:
    | { readonly kind: 'absent' }
    | { readonly kind: 'unchanged'; readonly eTag: string }
    | { readonly kind: 'none' }
  readonly signal: AbortSignal
}

/**
 * The hidden library of the coordination site. Names are single segments without characters that SharePoint refuses, joined by `/`. Large files
 * cost no more memory than small ones. Errors: CRD_SITE_NOT_FOUND, CRD_LISTS_MISSING, DST_ codes.
 */
export interface ProjectFiles {
  /** Creates the library when the site has none; idempotent, also when two installs do it at once. */
  prepare(signal: AbortSignal): Promise<void>
  /**
   * Whole or not at all; folders on the way are made. undefined = the condition does not hold. A lost answer is settled by looking: the same
   * content under that name counts as stored.
   */
  put(path: string, content: FileContent, options: PutOptions): Promise<ProjectFile | undefined>
  /** The content as it arrives; undefined = there is no such file. A stream that breaks off throws: read it again from its start. */
  open(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly file: ProjectFile; readonly bytes: AsyncIterable<Uint8Array> } | undefined>
  /** Files directly in a folder; none when there is no such folder. May miss a write of the last seconds. */
  list(folder: string, signal: AbortSignal): Promise<readonly ProjectFile[]>
  /** A file, or a folder with what is in it; not into a recycle bin where the service allows that. What is gone is removed. */
  remove(path: string, signal: AbortSignal): Promise<void>
}
