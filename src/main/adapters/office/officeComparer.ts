import { crc32 } from 'node:zlib'
import { MIB } from '../../../shared/units.ts'
import type { ContentComparer, ContentComparison, ContentPair } from '../../engine/ports/contentComparer.ts'
import type { OpenSourceFile } from '../../engine/ports/source.ts'
import { type Spool, spoolDownload } from './downloadSpool.ts'
import { NotAPackage, type RandomAccess, readZipDirectory, unpackPart, type ZipEntry } from './zipDirectory.ts'

export interface OfficeComparerOptions {
  /** The part as far as a person made it; undefined = the service's own. Must answer undefined from the name alone. */
  readonly canonicalPart: (partName: string, bytes: Uint8Array) => Uint8Array | undefined
}

/** Parts that must be rewritten to be compared are lists and settings; larger ones are not taken into memory. */
const CANONICAL_BYTES_MAX = 64 * MIB
const NOTHING = new Uint8Array(0)

/**
 * Compares what a person put into two files. Parts of a package are compared by checksum and size, those at the destination after unpacking
 * them, so that a damaged download never counts as equal; parts whose checksums differ are compared in their canonical form. Memory: a few MiB,
 * and two canonical parts at a time.
 */
export function createOfficeComparer(options: OfficeComparerOptions): ContentComparer {
  return {
    async compare(pair, signal) {
      const source = await pair.source.open(pair.relPath, signal)
      try {
        if (pair.of === 'bytes') return await compareBytes(source, pair.destination.download(pair.itemId, signal), signal)
        return await compareDownloaded({ source, pair, options, signal })
      } finally {
        await source.close()
      }
    },
  }
}

interface Comparing {
  readonly source: OpenSourceFile
  readonly pair: ContentPair
  readonly options: OfficeComparerOptions
  readonly signal: AbortSignal
}

async function compareDownloaded({ source, pair, options, signal }: Comparing): Promise<ContentComparison> {
  const here: RandomAccess = {
    title: 'The source file',
    sizeBytes: source.stamp.sizeBytes,
    read: (start, end) => source.read(start, end, signal),
  }
  const ours = await orReason(() => readZipDirectory(here))
  if (typeof ours === 'string') return cannotTell(ours)
  const there: Spool = await spoolDownload(pair.destination.download(pair.itemId, signal))
  try {
    const theirs = await orReason(() => readZipDirectory(there))
    if (typeof theirs === 'string') return cannotTell(theirs)
    return await compareParts({ here, there, ours, theirs, ...options, signal })
  } finally {
    await there.close()
  }
}

interface Packages extends OfficeComparerOptions {
  readonly here: RandomAccess
  readonly there: RandomAccess
  readonly ours: readonly ZipEntry[]
  readonly theirs: readonly ZipEntry[]
  readonly signal: AbortSignal
}

async function compareParts({ here, there, ours, theirs, canonicalPart, signal }: Packages): Promise<ContentComparison> {
  const isPersons = ({ name }: ZipEntry): boolean => canonicalPart(name, NOTHING) !== undefined
  const wanted = ours.filter(isPersons)
  const found = new Map(theirs.filter(isPersons).map((entry) => [entry.name.toLowerCase(), entry]))
  const missing = wanted.find(({ name }) => !found.has(name.toLowerCase()))
  if (missing !== undefined) return different(`The part "${missing.name}" is missing at the destination.`)
  const names = new Set(wanted.map(({ name }) => name.toLowerCase()))
  const extra = [...found.values()].find(({ name }) => !names.has(name.toLowerCase()))
  if (extra !== undefined) return different(`The destination has a part "${extra.name}" that the source has not.`)
  for (const mine of wanted) {
    signal.throwIfAborted()
    const theirs = found.get(mine.name.toLowerCase())
    if (theirs === undefined) continue
    const unequal = await orReason(() => comparePart({ here, there, mine, theirs, canonicalPart }))
    if (typeof unequal === 'string') return cannotTell(unequal)
    if (unequal !== undefined) return unequal
  }
  return { kind: 'equalParts', reason: `All ${wanted.length} parts that people make are equal.` }
}

interface PartPair extends OfficeComparerOptions {
  readonly here: RandomAccess
  readonly there: RandomAccess
  readonly mine: ZipEntry
  readonly theirs: ZipEntry
}

/** undefined = equal. */
async function comparePart({ here, there, mine, theirs, canonicalPart }: PartPair): Promise<ContentComparison | undefined> {
  if (mine.sizeBytes === theirs.sizeBytes && mine.crc === theirs.crc) {
    let crc = 0
    await unpackPart(there, theirs, (piece) => {
      crc = crc32(piece, crc)
    })
    return crc === mine.crc ? undefined : different(`The part "${mine.name}" is damaged at the destination.`)
  }
  if (Math.max(mine.sizeBytes, theirs.sizeBytes) > CANONICAL_BYTES_MAX) return different(`The part "${mine.name}" differs.`)
  const [one, other] = [await wholePart(here, mine), await wholePart(there, theirs)]
  const [oneMade, otherMade] = [canonicalPart(mine.name, one) ?? NOTHING, canonicalPart(theirs.name, other) ?? NOTHING]
  return Buffer.compare(oneMade, otherMade) === 0 ? undefined : different(`The part "${mine.name}" differs.`)
}

async function wholePart(file: RandomAccess, entry: ZipEntry): Promise<Buffer> {
  const pieces: Buffer[] = []
  await unpackPart(file, entry, (piece) => pieces.push(piece))
  return Buffer.concat(pieces)
}

async function compareBytes(
  source: OpenSourceFile,
  download: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<ContentComparison> {
  const mine = source.read(0, source.stamp.sizeBytes, signal)[Symbol.asyncIterator]()
  let held: Uint8Array = NOTHING
  let at = 0
  try {
    for await (const piece of download) {
      for (let rest = piece; rest.length > 0; ) {
        if (held.length === 0) {
          const next = await mine.next()
          if (next.done === true)
            return different(`The destination has more than the ${source.stamp.sizeBytes} bytes of the source.`)
          held = next.value
          continue
        }
        const length = Math.min(rest.length, held.length)
        if (Buffer.compare(rest.subarray(0, length), held.subarray(0, length)) !== 0)
          return different(`The bytes differ after byte ${at}.`)
        rest = rest.subarray(length)
        held = held.subarray(length)
        at += length
      }
    }
    if (at === source.stamp.sizeBytes) return { kind: 'equalBytes', reason: `All ${at} bytes are equal.` }
    return different(`The destination ends after ${at} of ${source.stamp.sizeBytes} bytes.`)
  } finally {
    await mine.return?.()
  }
}

const different = (reason: string): ContentComparison => ({ kind: 'different', reason })
const cannotTell = (reason: string): ContentComparison => ({ kind: 'cannotTell', reason })

/** The result, or why the file cannot be read as a package. */
async function orReason<Value>(read: () => Promise<Value>): Promise<Value | string> {
  try {
    return await read()
  } catch (thrown) {
    if (thrown instanceof NotAPackage) return thrown.message
    throw thrown
  }
}
