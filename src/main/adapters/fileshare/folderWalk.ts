import { ColumnBuilder, type EntryColumns } from './entryColumns.ts'
import { decodeName, EntryJudge, type Folder, type Judged, type JudgeOptions } from './entryJudge.ts'

/** Stands for bytes that are no text. Names may also hold it honestly: the bytes tell. */
export const REPLACEMENT = '\uFFFD'
const CALLS_MEASURED = 200
/** Handing them over must stay quick; more can be asked for. */
const SHARED_FOLDERS_MAX = 1000
/** A call to a local disk takes 2 µs warm and 12 µs cold; over a network 300 µs and more. [performance.md, scan] */
const SLOW_CALL_MS = 0.15

/** What a walk hands over: rows, or folders that somebody else may list. */
export type WalkStep =
  | {
      readonly kind: 'batch'
      readonly columns: EntryColumns
      /** False = the next batch goes on with the folder of the last row. */
      readonly endsFolder: boolean
    }
  | { readonly kind: 'share'; readonly folders: readonly Folder[] }

export interface FolderWalkOptions extends JudgeOptions {
  /** Most rows of a batch. */
  readonly batchRows: number
  /** Where to begin, instead of the root. */
  readonly folders?: readonly Folder[]
}

export interface WalkOptions {
  /** End early after the first folders if they were slow. */
  readonly mayStopWhenSlow: boolean
  /** Asked between folders: true = hand waiting folders over, when there are enough. */
  readonly isShareWanted: () => boolean
}

/**
 * One walk over a tree: the folders still to be listed and the rows not yet handed over. It can begin with blocking calls (`walk`) and go on
 * with many calls in flight (`walkConcurrently`). Memory: one record for each folder that was seen and not yet listed.
 */
export class FolderWalk {
  readonly judge: EntryJudge
  readonly #options: FolderWalkOptions
  readonly #builder: ColumnBuilder
  readonly #waiting: Folder[] = []
  #calls = 0
  #listingMs = 0
  #hasShared = false

  /** Begins with the root, or with `folders` that another walk over the same tree handed over. Throws what the file system says when the root cannot be examined. */
  constructor(options: FolderWalkOptions) {
    this.#options = options
    this.#builder = new ColumnBuilder(options.batchRows)
    this.judge = new EntryJudge(options)
    if (options.folders !== undefined) {
      this.#waiting.push(...options.folders)
      return
    }
    const { stats, ...root } = this.judge.root()
    const name = options.rootPath.split(/[\\/]/).at(-1) ?? ''
    this.#builder.add(undefined, { name, kind: 'folder', stats, issue: undefined })
    this.#waiting.push(root)
  }

  get isSlow(): boolean {
    return this.#calls >= CALLS_MEASURED && this.#listingMs / this.#calls > SLOW_CALL_MS
  }

  next(): Folder | undefined {
    return this.#waiting.pop()
  }

  /** Takes what was found in `folder`; all of one folder must come together. A batch that is full now must be handed over. */
  take(folder: Folder, judged: Judged): EntryColumns | undefined {
    if (judged.child !== undefined) this.#waiting.push(judged.child)
    this.#builder.add(folder.relPath, judged.row)
    return this.#builder.isFull ? this.#builder.take() : undefined
  }

  /**
   * `folder` was handed over as readable and then could not be listed to its end: its entry is handed over once more, with the reason.
   * For the root that is an error.
   */
  takeFailure(folder: Folder, thrown: unknown): EntryColumns | undefined {
    if (folder.parent === undefined) throw thrown
    const name = folder.relPath.slice(folder.relPath.lastIndexOf('/') + 1)
    return this.take(folder.parent, this.judge.unlistable({ name, kind: 'folder', stats: undefined, issue: undefined }, thrown))
  }

  /** The last batch, when there is one. */
  rest(): EntryColumns | undefined {
    return this.#builder.isEmpty ? undefined : this.#builder.take()
  }

  /**
   * The rest of the tree with blocking calls, the fastest way where they return at once. Batches end with a folder where they can. Folders that
   * were shared were handed over before, as entries. A walk that has shared never ends early.
   */
  *walk(options: WalkOptions): Generator<WalkStep> {
    for (let folder = this.next(); folder !== undefined; folder = this.next()) {
      let isCut = false
      let startedMs = performance.now()
      try {
        for (const judged of this.#list(folder)) {
          const full = this.take(folder, judged)
          if (full === undefined) continue
          isCut = true
          this.#listingMs += performance.now() - startedMs
          yield { kind: 'batch', columns: full, endsFolder: false }
          startedMs = performance.now()
        }
      } catch (thrown) {
        isCut = true
        const full = this.takeFailure(folder, thrown)
        if (full !== undefined) yield { kind: 'batch', columns: full, endsFolder: false }
      }
      this.#listingMs += performance.now() - startedMs
      if (isCut || this.#builder.count >= this.#options.batchRows / 2) yield this.#endOfFolder()
      if (options.mayStopWhenSlow && !this.#hasShared && this.isSlow) return
      if (this.#waiting.length > 1 && options.isShareWanted()) yield* this.#share()
    }
    if (!this.#builder.isEmpty) yield this.#endOfFolder()
  }

  #endOfFolder(): WalkStep {
    return { kind: 'batch', columns: this.#builder.take(), endsFolder: true }
  }

  /** The folders that wait longest are nearest to the root and likely have the most below them. */
  *#share(): Generator<WalkStep> {
    if (!this.#builder.isEmpty) yield this.#endOfFolder()
    this.#hasShared = true
    const most = Math.min(SHARED_FOLDERS_MAX, Math.floor(this.#waiting.length / 2))
    yield { kind: 'share', folders: this.#waiting.splice(0, most) }
  }

  *#list(folder: Folder): Generator<Judged> {
    const prefix = this.judge.prefixOf(folder)
    const unclear = new Set<string>()
    for (const names of this.#options.calls.names(prefix, folder.sizeBytes)) {
      this.#calls += names.length + 1
      for (const name of names) {
        if (name.includes(REPLACEMENT)) unclear.add(name)
        else yield this.#examine(folder, prefix, name)
      }
    }
    if (unclear.size > 0) yield* this.listUnclear(folder, unclear)
  }

  #examine(folder: Folder, prefix: string, name: string): Judged {
    const { calls } = this.#options
    try {
      const judged = this.judge.withWarnings(prefix + name, this.judge.judge(folder, name, calls.lstat(prefix + name)))
      if (judged.child === undefined) return judged
      try {
        calls.probeFolder(prefix + name)
        return judged
      } catch (thrown) {
        return this.judge.unlistable(judged.row, thrown)
      }
    } catch (thrown) {
      return this.judge.refused(name, thrown)
    }
  }

  /** The entries of `folder` whose names came as unclear text, from the bytes of the names. Blocking: such names are rare. */
  *listUnclear(folder: Folder, unclear: ReadonlySet<string>): Generator<Judged> {
    const prefix = this.judge.prefixOf(folder)
    for (const names of this.#options.calls.rawNames(prefix)) {
      for (const rawName of names) {
        const name = decodeName(rawName)
        if (name === undefined) yield this.judge.undecodable(prefix, rawName, unclear)
        else if (unclear.has(name)) yield this.#examine(folder, prefix, name)
      }
    }
  }
}
