import { type ErrorCode, MigrationError, type Remedy } from '../../../shared/errors.ts'
import { FRAGMENT_MULTIPLE_BYTES } from '../../../shared/limits.ts'
import type {
  Destination,
  DestinationPlace,
  Destinations,
  FileTimes,
  FragmentReply,
  ItemMove,
  ItemRemoval,
  Outcome,
  SessionRequest,
  SessionState,
  StoredItem,
  TimesChange,
  UploadSession,
} from '../ports/destination.ts'
import type { ImportService } from '../ports/importService.ts'
import type { Permissions } from '../ports/permissions.ts'
import { collisionKey } from '../scan/collisionKey.ts'
import { testHash } from './memorySource.ts'

interface StoredNode {
  readonly itemId: string
  parentId: string | undefined
  name: string
  readonly kind: 'file' | 'folder'
  bytes: Uint8Array
  times: FileTimes
  /** Raised by every change; the eTag. */
  version: number
  /** Whole contents that this file has had. */
  contentCount: number
}

interface OpenSession {
  readonly request: SessionRequest
  bytes: Uint8Array
  received: number
}

/** A call of the port, before its effect or after it. */
export interface PortCall {
  readonly verb: keyof Destination
  readonly when: 'before' | 'after'
  readonly name: string
}

const ROOT_ID = 'ROOT'

/** A library in memory that refuses what the real one refuses. State survives the client; `onCall` is where faults come from. */
export class MemoryDestination implements Destination, Destinations {
  readonly maxSessionsPerCall: number
  readonly nodes = new Map<string, StoredNode>()
  readonly sessions = new Map<string, OpenSession>()
  readonly calls: string[] = []
  /** May throw: before = no effect, after = the answer is lost. */
  onCall: (call: PortCall) => void = () => undefined
  /** What the service makes of the bytes that it gets. */
  rewrite: (name: string, bytes: Uint8Array) => Uint8Array = (_name, bytes) => bytes
  /** Refused by name, with these words. */
  refuses: (name: string) => string | undefined = () => undefined
  /** Whether listings and items tell hashes. */
  tellsHashes = true
  isPlaceNew: boolean
  imports: ImportService | undefined
  permissions: Permissions | undefined
  isLibraryRoot = true
  #sequence = 0

  constructor(options: { readonly maxSessionsPerCall?: number; readonly isPlaceNew?: boolean } = {}) {
    this.maxSessionsPerCall = options.maxSessionsPerCall ?? 3
    this.isPlaceNew = options.isPlaceNew ?? true
    this.nodes.set(ROOT_ID, this.#node(undefined, 'Shared Documents', 'folder', ROOT_ID))
  }

  get place(): DestinationPlace {
    return {
      driveId: 'DRIVE',
      rootItemId: ROOT_ID,
      webUrl: 'https://contoso.sharepoint.com/sites/finance/Shared%20Documents',
      serverRelativePath: 'sites/finance/Shared Documents',
      isLibraryRoot: this.isLibraryRoot,
      blocksScriptTypes: false,
      remainingBytes: undefined,
      created: this.isPlaceNew
        ? [{ type: 'library', title: 'Shared Documents', url: 'https://contoso.sharepoint.com', id: ROOT_ID }]
        : [],
    }
  }

  /** The place is new only once. */
  async open(): Promise<Destination> {
    this.onCall({ verb: 'place', when: 'before', name: '' })
    const place = this.place
    this.isPlaceNew = false
    this.onCall({ verb: 'place', when: 'after', name: '' })
    return new Proxy(this, { get: (target, key) => (key === 'place' ? place : bound(target, Reflect.get(target, key))) })
  }

  /** `path → content`, folders with a slash at the end. */
  tree(): Readonly<Record<string, string>> {
    const tree: Record<string, string> = {}
    for (const node of this.nodes.values()) {
      if (node.itemId === ROOT_ID) continue
      tree[this.pathOf(node) + (node.kind === 'folder' ? '/' : '')] =
        node.kind === 'folder' ? '' : new TextDecoder().decode(node.bytes)
    }
    return Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  at(path: string): StoredNode | undefined {
    return [...this.nodes.values()].find((node) => this.pathOf(node) === path)
  }

  pathOf(node: StoredNode): string {
    const parent = node.parentId === undefined ? undefined : this.nodes.get(node.parentId)
    return parent === undefined || parent.itemId === ROOT_ID ? node.name : `${this.pathOf(parent)}/${node.name}`
  }

  /** What somebody else does, without a call of ours. */
  seed(path: string, content: string, modifiedMs: number): StoredNode {
    const [name = '', ...above] = path.split('/').reverse()
    let parentId = ROOT_ID
    for (const folder of above.reverse()) {
      const existing = this.#child(parentId, folder)
      const node = existing ?? this.#add(this.#node(parentId, folder, 'folder'))
      parentId = node.itemId
    }
    const bytes = new TextEncoder().encode(content)
    return this.#commit({ parentId, name, bytes, times: { createdMs: modifiedMs, modifiedMs } })
  }

  /** What an import brings: a file in a folder that is there, or a folder. Answers false for a file whose name is taken. */
  bring(item: {
    readonly kind: 'file' | 'folder'
    readonly path: string
    readonly bytes: Uint8Array
    readonly times: FileTimes
  }): boolean {
    const names = item.path.split('/')
    const name = names.pop() ?? ''
    const parent = names.length === 0 ? this.nodes.get(ROOT_ID) : this.at(names.join('/'))
    if (parent === undefined) return false
    const existing = this.#child(parent.itemId, name)
    if (item.kind === 'folder') {
      const folder = existing ?? this.#add(this.#node(parent.itemId, name, 'folder'))
      if (existing === undefined) folder.times = item.times
      return folder.kind === 'folder'
    }
    if (existing !== undefined) return false
    this.#commit({ parentId: parent.itemId, name, bytes: item.bytes, times: item.times })
    return true
  }

  remove(path: string): void {
    const node = this.at(path)
    if (node) this.nodes.delete(node.itemId)
  }

  async createFolder(parentId: string, name: string): Promise<{ readonly item: StoredItem; readonly isNew: boolean }> {
    return this.#call('createFolder', name, () => {
      this.#parent(parentId)
      const existing = this.#child(parentId, name)
      if (existing?.kind === 'file') throw refuse('DST_EXISTS', `${name} is a file`)
      const node = existing ?? this.#add(this.#node(parentId, name, 'folder'))
      return { item: this.#show(node), isNew: existing === undefined }
    })
  }

  async setTimes(changes: readonly TimesChange[]): Promise<readonly Outcome<StoredItem>[]> {
    return this.#call('setTimes', changes.map(({ itemId }) => this.nodes.get(itemId)?.name ?? itemId).join(), () =>
      changes.map(({ itemId, times, ifMatch }): Outcome<StoredItem> => {
        const node = this.nodes.get(itemId)
        if (!node) return { ok: false, error: refuse('DST_NOT_FOUND', itemId) }
        if (ifMatch !== undefined && ifMatch !== `"${node.version}"`)
          return { ok: false, error: refuse('DST_CHANGED', itemId, { kind: 'lookFirst' }) }
        node.times = times
        node.version++
        return { ok: true, value: this.#show(node) }
      }),
    )
  }

  async moveItem(move: ItemMove): Promise<StoredItem> {
    return this.#call('moveItem', this.nodes.get(move.itemId)?.name ?? move.itemId, () => {
      const node = this.nodes.get(move.itemId)
      if (!node) throw refuse('DST_NOT_FOUND', move.itemId)
      this.#parent(move.parentId)
      if (move.ifMatch !== undefined && move.ifMatch !== `"${node.version}"`)
        throw new MigrationError('DST_CHANGED', 'eTag', { remedy: { kind: 'lookFirst' }, status: 412 })
      for (let above: string | undefined = move.parentId; above !== undefined; above = this.nodes.get(above)?.parentId)
        if (above === node.itemId) throw refuse('DST_REFUSED', 'a folder cannot go into itself')
      const holder = this.#child(move.parentId, move.name)
      if (holder !== undefined && holder !== node) throw refuse('DST_EXISTS', move.name)
      node.parentId = move.parentId
      node.name = move.name
      node.version++
      return this.#show(node)
    })
  }

  /** What is in the recycle bin: path and content. */
  readonly recycled = new Map<string, string>()

  async recycle(removals: readonly ItemRemoval[]): Promise<readonly Outcome<undefined>[]> {
    return this.#call('recycle', removals.map(({ itemId }) => this.nodes.get(itemId)?.name ?? itemId).join(), () =>
      removals.map(({ itemId, ifMatch }): Outcome<undefined> => {
        const node = this.nodes.get(itemId)
        if (!node) return { ok: true, value: undefined }
        if (ifMatch !== undefined && ifMatch !== `"${node.version}"`)
          return { ok: false, error: refuse('DST_CHANGED', itemId, { kind: 'lookFirst' }) }
        this.#recycle(node)
        return { ok: true, value: undefined }
      }),
    )
  }

  #recycle(node: StoredNode): void {
    for (const child of [...this.nodes.values()]) if (child.parentId === node.itemId) this.#recycle(child)
    this.recycled.set(this.pathOf(node), new TextDecoder().decode(node.bytes))
    this.nodes.delete(node.itemId)
  }

  async isEmptyFolder(itemId: string): Promise<boolean> {
    return this.#call('isEmptyFolder', itemId, () => ![...this.nodes.values()].some(({ parentId }) => parentId === itemId))
  }

  async findChild(parentId: string, name: string): Promise<StoredItem | undefined> {
    return this.#call('findChild', name, () => {
      const node = this.#child(parentId, name)
      return node && this.#show(node)
    })
  }

  async getItem(itemId: string): Promise<StoredItem | undefined> {
    return this.#call('getItem', this.nodes.get(itemId)?.name ?? itemId, () => {
      const node = this.nodes.get(itemId)
      return node && this.#show(node)
    })
  }

  async putEmpty(options: {
    readonly parentId: string
    readonly name: string
    readonly conflict: 'fail' | 'replace'
    readonly ifMatch?: string
  }): Promise<StoredItem> {
    return this.#call('putEmpty', options.name, () => {
      this.#assertFree(options)
      return this.#show(
        this.#commit({ ...options, bytes: new Uint8Array(0), times: { createdMs: undefined, modifiedMs: undefined } }),
      )
    })
  }

  async createSessions(requests: readonly SessionRequest[]): Promise<readonly Outcome<UploadSession>[]> {
    return this.#call('createSessions', requests.map(({ name }) => name).join(), () => {
      if (requests.length > this.maxSessionsPerCall) throw refuse('DST_REFUSED', 'too many sessions in one call')
      return requests.map((request): Outcome<UploadSession> => {
        try {
          if (request.sizeBytes === 0) throw refuse('DST_REFUSED', 'sessions cannot create empty files')
          const words = this.refuses(request.name)
          if (words !== undefined) throw refuse('DST_REFUSED', words)
          this.#assertFree(request)
        } catch (error) {
          if (error instanceof MigrationError) return { ok: false, error }
          throw error
        }
        const url = `https://upload/${++this.#sequence}`
        this.sessions.set(url, { request, bytes: new Uint8Array(request.sizeBytes), received: 0 })
        return { ok: true, value: { url, expiresAtMs: Number.MAX_SAFE_INTEGER } }
      })
    })
  }

  async sendFragment(
    { url }: UploadSession,
    fragment: {
      readonly start: number
      readonly length: number
      readonly totalBytes: number
      readonly body: AsyncIterable<Uint8Array> | Uint8Array
    },
  ): Promise<FragmentReply> {
    const name = this.sessions.get(url)?.request.name ?? url
    return this.#call('sendFragment', name, () => {
      const session = this.sessions.get(url)
      if (!session)
        throw new MigrationError('DST_SESSION_LOST', 'no such session', { remedy: { kind: 'lookFirst' }, status: 404 })
      const { start, length, totalBytes, body } = fragment
      if (!(body instanceof Uint8Array) || body.length !== length) throw refuse('DST_REFUSED', 'length of the body')
      if (totalBytes !== session.bytes.length) throw refuse('DST_REFUSED', 'total of the session')
      const isLast = start + length === totalBytes
      if (!isLast && length % FRAGMENT_MULTIPLE_BYTES !== 0) throw refuse('DST_REFUSED', 'not a multiple of 320 KiB')
      if (start !== session.received)
        throw new MigrationError('DST_SESSION_LOST', 'overlap', { remedy: { kind: 'lookFirst' }, status: 416 })
      session.bytes.set(body, start)
      session.received = start + length
      if (!isLast) return { kind: 'more', nextStart: session.received }
      this.#assertFree(session.request)
      this.sessions.delete(url)
      const times = session.request.times ?? { createdMs: undefined, modifiedMs: undefined }
      return { kind: 'stored', item: this.#show(this.#commit({ ...session.request, bytes: session.bytes, times })) }
    })
  }

  async sessionState({ url }: UploadSession): Promise<SessionState> {
    return this.#call('sessionState', this.sessions.get(url)?.request.name ?? url, () => {
      const session = this.sessions.get(url)
      return session ? { kind: 'open', nextStart: session.received, expiresAtMs: 0 } : { kind: 'gone' }
    })
  }

  async cancelSession({ url }: UploadSession): Promise<void> {
    return this.#call('cancelSession', url, () => {
      this.sessions.delete(url)
    })
  }

  async *list(): AsyncGenerator<readonly StoredItem[]> {
    this.onCall({ verb: 'list', when: 'before', name: '' })
    const all = [...this.nodes.values()].filter(({ itemId }) => itemId !== ROOT_ID)
    for (let start = 0; start < all.length; start += 3) yield all.slice(start, start + 3).map((node) => this.#show(node))
    this.onCall({ verb: 'list', when: 'after', name: '' })
  }

  async *download(itemId: string): AsyncGenerator<Uint8Array> {
    const node = this.nodes.get(itemId)
    if (!node) throw refuse('DST_NOT_FOUND', itemId)
    yield node.bytes
  }

  #call<T>(verb: keyof Destination, name: string, act: () => T): T {
    this.calls.push(`${verb} ${name}`)
    this.onCall({ verb, when: 'before', name })
    const result = act()
    this.onCall({ verb, when: 'after', name })
    return result
  }

  #commit(file: {
    readonly parentId: string
    readonly name: string
    readonly bytes: Uint8Array
    readonly times: FileTimes
  }): StoredNode {
    const bytes = this.rewrite(file.name, file.bytes)
    const existing = this.#child(file.parentId, file.name)
    const node = existing ?? this.#add(this.#node(file.parentId, file.name, 'file'))
    node.bytes = bytes
    node.times = file.times
    node.version++
    node.contentCount++
    return node
  }

  #assertFree(wanted: {
    readonly parentId: string
    readonly name: string
    readonly conflict: 'fail' | 'replace'
    readonly ifMatch?: string
  }): void {
    this.#parent(wanted.parentId)
    const existing = this.#child(wanted.parentId, wanted.name)
    if (existing === undefined) {
      if (wanted.ifMatch !== undefined)
        throw new MigrationError('DST_CHANGED', 'gone', { remedy: { kind: 'lookFirst' }, status: 412 })
      return
    }
    if (wanted.conflict === 'fail' || existing.kind === 'folder') throw refuse('DST_EXISTS', wanted.name)
    if (wanted.ifMatch === undefined || wanted.ifMatch === `"${existing.version}"`) return
    throw new MigrationError('DST_CHANGED', 'eTag', { remedy: { kind: 'lookFirst' }, status: 412 })
  }

  #parent(parentId: string): StoredNode {
    const parent = this.nodes.get(parentId)
    if (parent?.kind !== 'folder') throw refuse('DST_NOT_FOUND', `folder ${parentId}`)
    return parent
  }

  #child(parentId: string, name: string): StoredNode | undefined {
    const key = collisionKey(name)
    for (const node of this.nodes.values()) if (node.parentId === parentId && collisionKey(node.name) === key) return node
    return undefined
  }

  #add(node: StoredNode): StoredNode {
    this.nodes.set(node.itemId, node)
    return node
  }

  #node(parentId: string | undefined, name: string, kind: 'file' | 'folder', itemId = `I${++this.#sequence}`): StoredNode {
    const times = { createdMs: undefined, modifiedMs: undefined }
    return { itemId, parentId, name, kind, bytes: new Uint8Array(0), times, version: 1, contentCount: 0 }
  }

  #show(node: StoredNode): StoredItem {
    const cut = (valueMs: number | undefined) => (valueMs === undefined ? undefined : Math.floor(valueMs / 1000) * 1000)
    return {
      itemId: node.itemId,
      parentId: node.parentId,
      name: node.name,
      kind: node.kind,
      sizeBytes: node.bytes.length,
      quickXorHash: node.kind === 'file' && this.tellsHashes ? testHash(node.bytes) : undefined,
      eTag: `"${node.version}"`,
      createdMs: cut(node.times.createdMs),
      modifiedMs: cut(node.times.modifiedMs),
      webUrl: undefined,
    }
  }
}

function bound(target: object, value: unknown): unknown {
  return typeof value === 'function' ? value.bind(target) : value
}

function refuse(code: ErrorCode, message: string, remedy: Remedy = { kind: 'failItem' }): MigrationError {
  return new MigrationError(code, message, { remedy })
}
