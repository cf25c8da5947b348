import fs from 'node:fs'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import type { Random } from '../core/random.ts'
import { ConnectionBrokenError } from '../core/serviceRequest.ts'
import type { ContentDraft, ContentStore } from './contentStore.ts'
import type { FileContent } from './itemStore.ts'
import { QuickXorHash, quickXorHash } from './quickXorHash.ts'

/** Contents up to this size live in the database, larger ones are files of `folder`. */
const LARGEST_ROW_BYTES = 64 * 1024

export interface ContentStoreOptions {
  readonly db: DatabaseSync
  readonly folder: string
  readonly random: Random
}

export function createContentStore({ db, folder, random }: ContentStoreOptions): ContentStore {
  const draftFolder = path.join(folder, 'drafts')
  fs.mkdirSync(draftFolder, { recursive: true, mode: 0o700 })
  const insert = db.prepare('INSERT INTO contents (content_id, size_bytes, data) VALUES (?, ?, ?)')
  const select = db.prepare('SELECT size_bytes, data FROM contents WHERE content_id = ?')
  const erase = db.prepare('DELETE FROM contents WHERE content_id = ?')
  const drafts = createDraftTable(db)

  const fileOf = (contentId: string) => path.join(folder, contentId.slice(0, 2), contentId)

  function putSmall(data: Buffer): FileContent {
    const contentId = random.guid()
    insert.run(contentId, data.length, data)
    return { contentId, sizeBytes: data.length, quickXorHash: quickXorHash(data) }
  }

  /** Makes a finished file a content. */
  function adopt(file: string, sizeBytes: number, hash: string): FileContent {
    const contentId = random.guid()
    const target = fileOf(contentId)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.renameSync(file, target)
    insert.run(contentId, sizeBytes, null)
    return { contentId, sizeBytes, quickXorHash: hash }
  }

  async function putStream(body: Readable): Promise<FileContent> {
    const file = path.join(draftFolder, `put-${random.guid()}`)
    const head: Buffer[] = []
    let headBytes = 0
    let target: FileWriter | undefined
    try {
      for await (const chunk of chunksOf(body)) {
        if (target === undefined && headBytes + chunk.length <= LARGEST_ROW_BYTES) {
          head.push(chunk)
          headBytes += chunk.length
          continue
        }
        if (target === undefined) {
          target = await FileWriter.create(file, 0, new QuickXorHash())
          for (const early of head) await target.write(early)
        }
        await target.write(chunk)
      }
    } catch (error) {
      await target?.close()
      fs.rmSync(file, { force: true })
      throw error
    }
    if (target === undefined) return putSmall(Buffer.concat(head, headBytes))
    await target.close()
    return adopt(file, target.endBytes, target.hash.digest())
  }

  function locate(contentId: string): { sizeBytes: number; data: Buffer | undefined } {
    const row = select.get(contentId)
    if (row === undefined) throw new Error(`Content ${contentId} is gone.`)
    const data =
      row.data instanceof Uint8Array ? Buffer.from(row.data.buffer, row.data.byteOffset, row.data.byteLength) : undefined
    return { sizeBytes: Number(row.size_bytes), data }
  }

  return {
    async put(body) {
      if (!Buffer.isBuffer(body)) return putStream(body)
      if (body.length <= LARGEST_ROW_BYTES) return putSmall(body)
      const file = path.join(draftFolder, `put-${random.guid()}`)
      await fs.promises.writeFile(file, body)
      return adopt(file, body.length, quickXorHash(body))
    },
    open(sessionId) {
      const file = path.join(draftFolder, encodeURIComponent(sessionId))
      return createDraft({
        file,
        received: drafts.received(sessionId),
        keep: (bytes) => drafts.keep(sessionId, bytes),
        forget: () => drafts.forget(sessionId),
        finish: (sizeBytes, hash) => {
          if (sizeBytes > LARGEST_ROW_BYTES) return adopt(file, sizeBytes, hash)
          const content = putSmall(sizeBytes === 0 ? Buffer.alloc(0) : fs.readFileSync(file))
          fs.rmSync(file, { force: true })
          return content
        },
      })
    },
    read(contentId, range) {
      const { data } = locate(contentId)
      if (data === undefined) {
        return fs.createReadStream(fileOf(contentId), range === undefined ? {} : { start: range.start, end: range.endInclusive })
      }
      const part = range === undefined ? data : data.subarray(range.start, range.endInclusive + 1)
      return Readable.from(part.length === 0 ? [] : [part])
    },
    async readAll(contentId) {
      return locate(contentId).data ?? fs.promises.readFile(fileOf(contentId))
    },
    remove(contentId) {
      erase.run(contentId)
      fs.rm(fileOf(contentId), { force: true }, () => {})
    },
  }
}

function createDraftTable(db: DatabaseSync) {
  const select = db.prepare('SELECT received_bytes FROM content_drafts WHERE session_id = ?')
  const write = db.prepare('INSERT OR REPLACE INTO content_drafts (session_id, received_bytes) VALUES (?, ?)')
  const erase = db.prepare('DELETE FROM content_drafts WHERE session_id = ?')
  return {
    received: (sessionId: string) => Number(select.get(sessionId)?.received_bytes ?? 0),
    keep: (sessionId: string, bytes: number) => void write.run(sessionId, bytes),
    forget: (sessionId: string) => void erase.run(sessionId),
  }
}

interface DraftDeps {
  readonly file: string
  readonly received: number
  readonly keep: (bytes: number) => void
  readonly forget: () => void
  readonly finish: (sizeBytes: number, hash: string) => FileContent
}

function createDraft(deps: DraftDeps): ContentDraft {
  let receivedBytes = deps.received
  // After a restart the hash of what arrived before is not known; `finish` then reads the file once.
  let hash: QuickXorHash | undefined = receivedBytes === 0 ? new QuickXorHash() : undefined
  let isBusy = false

  return {
    get receivedBytes() {
      return receivedBytes
    },
    async append(body, lengthBytes) {
      if (isBusy) throw new Error('Another fragment of this upload session is still arriving.')
      isBusy = true
      const writer = await FileWriter.create(deps.file, receivedBytes, (hash ?? new QuickXorHash()).copy())
      try {
        for await (const chunk of Buffer.isBuffer(body) ? [body] : chunksOf(body)) {
          if (writer.endBytes + chunk.length > receivedBytes + lengthBytes) throw new FragmentLengthError()
          await writer.write(chunk)
        }
        if (writer.endBytes !== receivedBytes + lengthBytes) throw new FragmentLengthError()
        receivedBytes = writer.endBytes
        if (hash !== undefined) hash = writer.hash
        deps.keep(receivedBytes)
      } finally {
        await writer.close()
        isBusy = false
      }
    },
    async finish() {
      if (hash === undefined) {
        hash = new QuickXorHash()
        for await (const chunk of fs.createReadStream(deps.file, { end: receivedBytes - 1 })) hash.update(chunk as Buffer)
      }
      // A fragment that broke off may have left bytes behind the end.
      if (receivedBytes > 0) await fs.promises.truncate(deps.file, receivedBytes)
      const content = deps.finish(receivedBytes, hash.digest())
      deps.forget()
      return content
    },
    discard() {
      deps.forget()
      fs.rm(deps.file, { force: true }, () => {})
    },
  }
}

/** The body of a fragment was longer or shorter than its range said. */
export class FragmentLengthError extends Error {
  constructor() {
    super('The fragment has another length than its range.')
    this.name = 'FragmentLengthError'
  }
}

/** Writes on from a position and hashes what it writes. */
class FileWriter {
  readonly hash: QuickXorHash
  endBytes: number
  private readonly handle: fs.promises.FileHandle
  /** Where the file ended when it was opened: behind it nothing has to be overwritten. */
  private readonly oldEndBytes: number
  private hasHoleAtEnd = false

  private constructor(handle: fs.promises.FileHandle, startBytes: number, hash: QuickXorHash, oldEndBytes: number) {
    this.handle = handle
    this.oldEndBytes = oldEndBytes
    this.endBytes = startBytes
    this.hash = hash
  }

  static async create(file: string, startBytes: number, hash: QuickXorHash): Promise<FileWriter> {
    const handle = await fs.promises.open(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
    return new FileWriter(handle, startBytes, hash, (await handle.stat()).size)
  }

  async write(chunk: Buffer): Promise<void> {
    this.hash.update(chunk)
    // Huge practice files are mostly zeros; they become holes and need no room.
    this.hasHoleAtEnd = this.endBytes >= this.oldEndBytes && isZero(chunk)
    if (this.hasHoleAtEnd) {
      this.endBytes += chunk.length
      return
    }
    let written = 0
    while (written < chunk.length) {
      const { bytesWritten } = await this.handle.write(chunk, written, chunk.length - written, this.endBytes + written)
      written += bytesWritten
    }
    this.endBytes += chunk.length
  }

  async close(): Promise<void> {
    try {
      if (this.hasHoleAtEnd) await this.handle.truncate(this.endBytes)
    } finally {
      await this.handle.close()
    }
  }
}

const ZEROS = Buffer.alloc(1024 * 1024)
const SMALLEST_HOLE_BYTES = 4096

function isZero(chunk: Buffer): boolean {
  if (chunk.length < SMALLEST_HOLE_BYTES || chunk.length > ZEROS.length) return false
  return chunk[chunk.length >> 1] === 0 && chunk.equals(ZEROS.subarray(0, chunk.length))
}

/** The chunks of a body. A body that ends before it is whole throws. */
async function* chunksOf(body: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
  } catch {
    throw new ConnectionBrokenError()
  }
}
