import type { ItemIssue } from '../../../shared/domain/item.ts'
import { MigrationError } from '../../../shared/errors.ts'
import type { ContentHasher, OpenSourceFile, Source, SourceAccess, SourceEntry, SourceStamp } from '../ports/source.ts'

export interface MemoryFile {
  readonly bytes: Uint8Array
  readonly modifiedMs: number
}

/** A tree in memory that keeps the promises of the port. Folders exist because files are in them, or by `folders`. */
export class MemorySource implements Source {
  readonly rootPath = '/share'
  readonly files = new Map<string, MemoryFile>()
  readonly folders = new Set<string>()
  /** Paths that cannot be opened now; the number is how many more times. */
  readonly locked = new Map<string, number>()
  /** Who owns what; nothing where nobody is named. */
  readonly owners = new Map<string, string>()
  readonly issues = new Map<string, ItemIssue>()
  access: SourceAccess | undefined
  /** What keeps its identity under another path, and when it was made. */
  readonly ids = new Map<string, string>()
  readonly born = new Map<string, number>()
  tellsIds = true
  /** Its number changes when a share is mounted again. */
  volume = 1
  /** Called before each slice is read: the place to change a file under its reader. */
  onRead: (relPath: string) => void = () => undefined
  openCount = 0

  put(relPath: string, content: string | Uint8Array, modifiedMs = Date.UTC(2021, 5, 1)): this {
    this.files.set(relPath, { bytes: typeof content === 'string' ? new TextEncoder().encode(content) : content, modifiedMs })
    return this
  }

  /** Renames or moves a file, or a folder with all that is in it; what has the path until then is gone. Swaps need a third name. */
  move(from: string, to: string): this {
    this.remove(to)
    const below = (path: string): string | undefined =>
      path === from ? to : path.startsWith(`${from}/`) ? to + path.slice(from.length) : undefined
    const all = new Set([...this.files.keys(), ...this.folders, ...this.#foldersOfFiles()])
    for (const path of all) {
      const target = below(path)
      if (target === undefined) continue
      const [id, born, file] = [this.ids.get(path) ?? path, this.born.get(path), this.files.get(path)]
      this.ids.set(path, `${path}#${++this.#made}`)
      this.born.delete(path)
      this.ids.set(target, id)
      if (born !== undefined) this.born.set(target, born)
      if (this.files.delete(path) && file) this.files.set(target, file)
      if (this.folders.delete(path) || !file) this.folders.add(target)
    }
    return this
  }

  /** A file, or a folder with all that is in it. What comes to its path later is something else. */
  remove(relPath: string): this {
    const all = new Set([...this.files.keys(), ...this.folders, ...this.#foldersOfFiles()])
    for (const path of all) {
      if (path !== relPath && !path.startsWith(`${relPath}/`)) continue
      this.files.delete(path)
      this.folders.delete(path)
      this.ids.set(path, `${path}#${++this.#made}`)
    }
    return this
  }

  #made = 0

  #foldersOfFiles(): readonly string[] {
    const paths = [...this.files.keys(), ...this.folders]
    return paths.flatMap((path) => {
      const parts = path.split('/')
      return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('/'))
    })
  }

  async check(): Promise<void> {}

  async *walk(): AsyncGenerator<readonly SourceEntry[]> {
    yield [this.#folder('')]
    yield* this.#walkFolder('')
  }

  ownerSpellings(owner: string): readonly string[] {
    return [owner, `name of ${owner}`]
  }

  async open(relPath: string): Promise<OpenSourceFile> {
    const locks = this.locked.get(relPath) ?? 0
    if (locks > 0) {
      this.locked.set(relPath, locks - 1)
      throw new MigrationError('SRC_LOCKED', `${relPath} is locked.`, { remedy: { kind: 'failItem' } })
    }
    const opened = this.#file(relPath)
    this.openCount++
    const stampOf = (file: MemoryFile): SourceStamp => ({ sizeBytes: file.bytes.length, modifiedMs: file.modifiedMs })
    const source = this
    return {
      stamp: stampOf(opened),
      async *read(start, end) {
        source.onRead(relPath)
        const { bytes } = source.#file(relPath)
        const half = Math.floor((start + end) / 2)
        yield bytes.slice(start, half)
        yield bytes.slice(half, end)
      },
      restamp: async () => stampOf(this.#file(relPath)),
      close: async () => {
        this.openCount--
      },
    }
  }

  #file(relPath: string): MemoryFile {
    const file = this.files.get(relPath)
    if (!file) throw new MigrationError('SRC_VANISHED', `${relPath} is gone.`, { remedy: { kind: 'failItem' } })
    return file
  }

  *#walkFolder(relPath: string): Generator<readonly SourceEntry[]> {
    const prefix = relPath === '' ? '' : `${relPath}/`
    const subfolders = new Set<string>()
    const entries: SourceEntry[] = []
    for (const [path, file] of this.files) {
      if (!path.startsWith(prefix)) continue
      const rest = path.slice(prefix.length)
      const slash = rest.indexOf('/')
      if (slash >= 0) subfolders.add(prefix + rest.slice(0, slash))
      else entries.push(this.#entry(path, { kind: 'file', sizeBytes: file.bytes.length, modifiedMs: file.modifiedMs }))
    }
    for (const path of this.folders) {
      if (!path.startsWith(prefix) || path === relPath) continue
      const slash = path.indexOf('/', prefix.length)
      subfolders.add(slash < 0 ? path : path.slice(0, slash))
    }
    const all = [...entries, ...[...subfolders].map((path) => this.#folder(path))]
    if (all.length > 0) yield all
    for (const path of subfolders) if (!this.issues.has(path)) yield* this.#walkFolder(path)
  }

  #folder(relPath: string): SourceEntry {
    return this.#entry(relPath, { kind: 'folder', sizeBytes: 0, modifiedMs: Date.UTC(2020, 1, 2) })
  }

  #entry(relPath: string, facts: Pick<SourceEntry, 'kind' | 'sizeBytes' | 'modifiedMs'>): SourceEntry {
    return {
      relPath,
      name: relPath.slice(relPath.lastIndexOf('/') + 1),
      ...facts,
      createdMs: this.born.get(relPath) ?? Date.UTC(2019, 0, 1),
      isHidden: false,
      isOffline: false,
      owner: this.owners.get(relPath),
      fileId: this.tellsIds ? `${this.volume}:${this.ids.get(relPath) ?? relPath}` : undefined,
      issue: this.issues.get(relPath),
    }
  }
}

/** Not QuickXorHash, but as faithful: depends on every byte, its place and the length. */
export function createTestHasher(): ContentHasher {
  let sum = 17
  let length = 0
  return {
    update(bytes) {
      let next = sum
      for (let index = 0; index < bytes.length; index++) next = (Math.imul(next, 31) + (bytes[index] ?? 0)) | 0
      sum = next
      length += bytes.length
    },
    digest: () => `${sum}-${length}`,
  }
}

const known = new WeakMap<Uint8Array, string>()

/** Of bytes that nobody changes any more. */
export function testHash(bytes: Uint8Array): string {
  const before = known.get(bytes)
  if (before !== undefined) return before
  const hasher = createTestHasher()
  hasher.update(bytes)
  const hash = hasher.digest()
  known.set(bytes, hash)
  return hash
}
