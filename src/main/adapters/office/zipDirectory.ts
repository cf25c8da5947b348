import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { MIB } from '../../../shared/units.ts'

/** Bytes that can be read from anywhere. */
export interface RandomAccess {
  /** Begins a sentence: `The source file`. */
  readonly title: string
  readonly sizeBytes: number
  /** [start, end), in order. */
  read(start: number, end: number): AsyncIterable<Uint8Array>
}

export interface ZipEntry {
  readonly name: string
  readonly isDeflated: boolean
  readonly crc: number
  readonly packedBytes: number
  readonly sizeBytes: number
  readonly headerAt: number
}

/** A file that cannot be read as a ZIP package; the message is a sentence that says which and why. */
export class NotAPackage extends Error {
  constructor(file: RandomAccess, what: string) {
    super(`${file.title} ${what}.`)
  }
}

const END_BYTES = 22
const COMMENT_BYTES_MAX = 65_535
const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const ENTRY_BYTES = 46
const HEADER_SIGNATURE = 0x04034b50
const HEADER_BYTES = 30
const IS_ENCRYPTED = 1
const STORED = 0
const DEFLATED = 8
/** In the place of numbers that stand elsewhere in a ZIP64 file; no Office package is that large. */
const ZIP64 = 0xffffffff
const DIRECTORY_BYTES_MAX = 32 * MIB

/** The entries of a package from its central directory [APPNOTE 4.3.12]; folders are left out. Throws NotAPackage. */
export async function readZipDirectory(file: RandomAccess): Promise<readonly ZipEntry[]> {
  const tailAt = Math.max(0, file.sizeBytes - END_BYTES - COMMENT_BYTES_MAX)
  const tail = await readAll(file, tailAt, file.sizeBytes)
  let end = tail.length - END_BYTES
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end--
  if (end < 0) throw new NotAPackage(file, 'is no ZIP package (an older Office format, or protected by a password)')
  const count = tail.readUInt16LE(end + 10)
  const sizeBytes = tail.readUInt32LE(end + 12)
  const at = tail.readUInt32LE(end + 16)
  if (at === ZIP64 || sizeBytes > DIRECTORY_BYTES_MAX) throw new NotAPackage(file, 'is a ZIP file of an uncommon size')
  if (at + sizeBytes > file.sizeBytes) throw new NotAPackage(file, 'is a damaged ZIP package')
  return parseDirectory(file, await readAll(file, at, at + sizeBytes), count)
}

function parseDirectory(file: RandomAccess, directory: Buffer, count: number): readonly ZipEntry[] {
  const entries = new Map<string, ZipEntry>()
  for (let at = 0, number = 0; number < count; number++) {
    if (at + ENTRY_BYTES > directory.length || directory.readUInt32LE(at) !== ENTRY_SIGNATURE)
      throw new NotAPackage(file, 'has a damaged list of parts')
    const flags = directory.readUInt16LE(at + 8)
    const method = directory.readUInt16LE(at + 10)
    const nameEnd = at + ENTRY_BYTES + directory.readUInt16LE(at + 28)
    const name = directory.toString('utf8', at + ENTRY_BYTES, nameEnd)
    if ((flags & IS_ENCRYPTED) !== 0) throw new NotAPackage(file, 'has encrypted parts')
    if (method !== STORED && method !== DEFLATED)
      throw new NotAPackage(file, `packs its parts in an uncommon way (method ${method})`)
    const entry: ZipEntry = {
      name,
      isDeflated: method === DEFLATED,
      crc: directory.readUInt32LE(at + 16),
      packedBytes: directory.readUInt32LE(at + 20),
      sizeBytes: directory.readUInt32LE(at + 24),
      headerAt: directory.readUInt32LE(at + 42),
    }
    if ([entry.packedBytes, entry.sizeBytes, entry.headerAt].includes(ZIP64))
      throw new NotAPackage(file, 'has parts of an uncommon size')
    // Names of parts do not differ by case alone. [OPC, part names]
    if (entries.has(name.toLowerCase())) throw new NotAPackage(file, `holds "${name}" twice`)
    if (!name.endsWith('/')) entries.set(name.toLowerCase(), entry)
    at = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return [...entries.values()]
}

/** Unpacks one part piece by piece; stops with NotAPackage when it holds more or less than the directory says. */
export async function unpackPart(file: RandomAccess, entry: ZipEntry, take: (piece: Buffer) => void): Promise<void> {
  const header = await readAll(file, entry.headerAt, Math.min(entry.headerAt + HEADER_BYTES, file.sizeBytes))
  if (header.length < HEADER_BYTES || header.readUInt32LE(0) !== HEADER_SIGNATURE)
    throw new NotAPackage(file, `has a damaged part "${entry.name}"`)
  const start = entry.headerAt + HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28)
  const end = start + entry.packedBytes
  let unpackedBytes = 0
  const count = async (pieces: AsyncIterable<unknown>): Promise<void> => {
    for await (const piece of pieces) {
      if (!(piece instanceof Uint8Array)) continue
      unpackedBytes += piece.length
      if (unpackedBytes > entry.sizeBytes) throw new NotAPackage(file, `has a damaged part "${entry.name}"`)
      take(Buffer.from(piece.buffer, piece.byteOffset, piece.length))
    }
  }
  if (end > file.sizeBytes) throw new NotAPackage(file, `has a part "${entry.name}" that ends outside of it`)
  try {
    if (entry.isDeflated) await pipeline(file.read(start, end), createInflateRaw(), count)
    else await count(file.read(start, end))
  } catch (thrown) {
    // zlib's own errors are about the bytes; all others are the reader's.
    if (thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('Z_'))
      throw new NotAPackage(file, `has a damaged part "${entry.name}"`)
    throw thrown
  }
  if (unpackedBytes !== entry.sizeBytes) throw new NotAPackage(file, `has a damaged part "${entry.name}"`)
}

async function readAll(file: RandomAccess, start: number, end: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of file.read(start, end)) pieces.push(piece)
  return Buffer.concat(pieces)
}
