import { createHash, type Hash } from 'node:crypto'
import { pipeline, Transform } from 'node:stream'
import type { ContentStore } from '../../store/contentStore.ts'
import type { FileContent } from '../../store/itemStore.ts'
import type { PackageBlob, PackageBlobs } from '../blob/packageBlobs.ts'
import { decrypt, openCipher, paddingError, readInitializationVector } from '../package/decryption.ts'
import type { FileObject } from '../package/manifestObjects.ts'
import { HRESULT, ItemImportError } from './importErrors.ts'

/** Blobs up to this size are taken whole. */
const SMALL_BLOB_BYTES = 1024 * 1024
/** Above this a file needs no MD5, and above the second it needs a QuickXorHash [D.3]. */
const MD5_LIMIT_BYTES = 2 * 1024 ** 3
const CHECKSUM_LIMIT_BYTES = 15 * 1024 ** 3
/** The largest file of a library [D.9, J]. */
const LARGEST_FILE_BYTES = 250 * 1024 ** 3
/** What encryption adds at most. */
const PADDING_BYTES = 16

export interface ContentFetch {
  /** Brings one version's content into the content store. Throws ItemImportError or FatalImportError; nothing is kept then. */
  fetch(file: FileObject): Promise<FileContent>
}

export interface ContentFetchDeps {
  readonly blobs: PackageBlobs
  readonly container: string
  readonly listing: ReadonlyMap<string, PackageBlob>
  /** Members of archives, plain, by name [D.4]. */
  readonly archived: ReadonlyMap<string, Buffer>
  readonly key: Buffer
  readonly content: Pick<ContentStore, 'put' | 'remove'>
  readonly profile: 'strict' | 'lenient'
  readonly signal: AbortSignal
}

export function createContentFetch(deps: ContentFetchDeps): ContentFetch {
  const { blobs, container, content, key, listing, profile, signal } = deps

  function locate(file: FileObject): PackageBlob {
    const name = file.contentName
    if (name === undefined)
      throw new ItemImportError(HRESULT.fileNotFound, `The file ${file.url} has no FileValue.`, 'System.IO.FileNotFoundException')
    const blob = listing.get(name)
    if (blob === undefined || (blob.snapshot === undefined && profile === 'strict'))
      throw new ItemImportError(
        HRESULT.fileNotFound,
        blob === undefined
          ? `Failed to download the content of ${file.url}: The remote server returned an error: (404) Not Found. Blob '${name}'.`
          : `Failed to download the content of ${file.url}: the blob '${name}' has no snapshot.`,
        'System.IO.FileNotFoundException',
      )
    if (blob.sizeBytes > LARGEST_FILE_BYTES + PADDING_BYTES)
      throw new ItemImportError(HRESULT.invalidArgument, `The file ${file.url} exceeds the maximum file size of 250 GB.`)
    if (blob.contentMd5 === undefined && file.md5 === undefined && blob.sizeBytes <= MD5_LIMIT_BYTES)
      throw new ItemImportError(HRESULT.invalidArgument, `The blob '${name}' of ${file.url} has no MD5 hash.`)
    if (profile === 'strict' && blob.sizeBytes > CHECKSUM_LIMIT_BYTES && file.checksum === undefined)
      throw new ItemImportError(HRESULT.invalidArgument, `The file ${file.url} is larger than 15 GB and has no Checksum.`)
    return blob
  }

  function checkMd5(file: FileObject, blob: PackageBlob, actual: string): void {
    for (const expected of [file.md5, blob.contentMd5]) {
      if (expected !== undefined && expected !== actual)
        throw new ItemImportError(
          HRESULT.invalidArgument,
          `The MD5 hash of the blob '${blob.name}' of ${file.url} is ${actual}, expected was ${expected}.`,
        )
    }
  }

  async function fetchLarge(file: FileObject, blob: PackageBlob, iv: Buffer): Promise<FileContent> {
    const source = await blobs.open(container, blob, signal)
    const hash = createHash('md5')
    const cipher = openCipher(key, iv)
    let cause: unknown
    cipher.once('error', (error) => {
      cause = error
    })
    const plain = pipeline(source, tap(hash), cipher, () => {})
    let stored: FileContent
    try {
      stored = await content.put(plain)
    } catch (error) {
      signal.throwIfAborted()
      throw isPaddingProblem(cause) ? paddingError() : error
    }
    try {
      checkMd5(file, blob, hash.digest('base64'))
    } catch (error) {
      content.remove(stored.contentId)
      throw error
    }
    return stored
  }

  return {
    async fetch(file) {
      const member = file.contentName === undefined ? undefined : deps.archived.get(file.contentName)
      let stored: FileContent
      if (member !== undefined) {
        stored = await content.put(member)
      } else {
        const blob = locate(file)
        const iv = readInitializationVector(file.initializationVector ?? blob.initializationVector, blob.name)
        if (blob.sizeBytes > SMALL_BLOB_BYTES) {
          stored = await fetchLarge(file, blob, iv)
        } else {
          const data = await blobs.readAll(container, blob, signal)
          checkMd5(file, blob, createHash('md5').update(data).digest('base64'))
          stored = await content.put(decrypt(data, key, iv))
        }
      }
      if (file.checksum !== undefined && file.checksum !== stored.quickXorHash) {
        content.remove(stored.contentId)
        throw new ItemImportError(
          HRESULT.invalidArgument,
          `The Checksum of ${file.url} is ${stored.quickXorHash}, expected was ${file.checksum}.`,
        )
      }
      return stored
    },
  }
}

function tap(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(undefined, chunk)
    },
  })
}

function isPaddingProblem(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && cause.code.startsWith('ERR_OSSL')
}
