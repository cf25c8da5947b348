import { unzipSync } from 'fflate'
import { quickXorHash } from '../../store/quickXorHash.ts'
import type { PackageBlob, PackageBlobs } from '../blob/packageBlobs.ts'
import { FatalImportError, HRESULT } from '../job/importErrors.ts'
import { decrypt, readInitializationVector } from './decryption.ts'
import type { XmlNode } from './schemaRules.ts'

/** Limits of archived small files [D.4]. */
export const MAX_ARCHIVES = 2
const LARGEST_ARCHIVE_BYTES = 10 * 1024 * 1024
const LARGEST_MEMBER_BYTES = 100 * 1024

export interface ArchiveSource {
  readonly blobs: PackageBlobs
  readonly container: string
  readonly listing: ReadonlyMap<string, PackageBlob>
  readonly key: Buffer
  readonly signal: AbortSignal
}

/** The members of the archives that `ArchivedFiles.xml` lists, plain, by the name that `FileValue` has. Throws FatalImportError. */
export async function readArchives(source: ArchiveSource, archives: readonly XmlNode[]): Promise<ReadonlyMap<string, Buffer>> {
  const members = new Map<string, Buffer>()
  if (archives.length > MAX_ARCHIVES)
    throw problem(`A package may have ${MAX_ARCHIVES} archived files, this one has ${archives.length}.`)
  for (const archive of archives) {
    const name = archive.attributes.get('Name') ?? ''
    const blob = source.listing.get(name)
    if (blob === undefined) throw problem(`The archive '${name}' is not in the container: (404) Not Found.`)
    if (blob.sizeBytes > LARGEST_ARCHIVE_BYTES + 16) throw problem(`The archive '${name}' is larger than 10 MB.`)
    const data = await source.blobs.readAll(source.container, blob, source.signal)
    const zip = decrypt(data, source.key, readInitializationVector(blob.initializationVector, name))
    if (quickXorHash(zip) !== archive.attributes.get('Checksum'))
      throw problem(`The Checksum of the archive '${name}' does not match.`)
    const listed = new Set(archive.children.map((file) => file.attributes.get('FileValue') ?? ''))
    for (const [member, bytes] of Object.entries(unzip(zip, name, listed))) members.set(member, Buffer.from(bytes))
    for (const member of listed) if (!members.has(member)) throw problem(`The archive '${name}' has no member '${member}'.`)
  }
  return members
}

function unzip(zip: Buffer, name: string, listed: ReadonlySet<string>): Record<string, Uint8Array> {
  let refusal: string | undefined
  try {
    const found = unzipSync(zip, {
      filter(member) {
        if (!listed.has(member.name)) return false
        if (member.compression !== 0) refusal ??= `The member '${member.name}' is compressed.`
        if (member.originalSize >= LARGEST_MEMBER_BYTES) refusal ??= `The member '${member.name}' is not smaller than 100 KB.`
        return refusal === undefined
      },
    })
    if (refusal === undefined) return found
  } catch (error) {
    refusal = error instanceof Error ? error.message : String(error)
  }
  throw problem(`The archive '${name}' cannot be read: ${refusal}`)
}

function problem(message: string): FatalImportError {
  return new FatalImportError(HRESULT.invalidArgument, 'System.IO.InvalidDataException', message)
}
