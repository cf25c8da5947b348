import { expect, test } from 'vitest'
import type { PackageBlob, PackageBlobs } from '../blob/packageBlobs.ts'
import type { FileObject } from '../package/manifestObjects.ts'
import { createContentFetch } from './contentFetch.ts'

const GIB = 1024 ** 3
const MD5 = 'AAAAAAAAAAAAAAAAAAAAAA=='

/** What a file of this size ends with: the refusal, or that its bytes were asked for. */
async function fate(sizeBytes: number, has: { readonly md5?: boolean; readonly checksum?: boolean }): Promise<string> {
  const asked = () => Promise.reject(new Error('asked for its bytes'))
  const blobs: Pick<PackageBlobs, 'open' | 'readAll'> = { open: asked, readAll: asked }
  const blob: PackageBlob = {
    name: 'big.dat',
    sizeBytes,
    snapshot: 's',
    contentMd5: undefined,
    initializationVector: MD5,
  }
  const file: FileObject = {
    kind: 'file',
    id: 'f',
    url: 'Shared Documents/big.bin',
    parentId: undefined,
    webId: 'w',
    listId: undefined,
    listItemId: undefined,
    createdMs: undefined,
    modifiedMs: undefined,
    authorId: undefined,
    editorId: undefined,
    version: undefined,
    contentName: 'big.dat',
    md5: has.md5 === true ? MD5 : undefined,
    checksum: has.checksum === true ? 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' : undefined,
    initializationVector: undefined,
    versions: [],
  }
  const fetch = createContentFetch({
    blobs: { ...NO_BLOBS, ...blobs },
    container: 'c',
    listing: new Map([[blob.name, blob]]),
    archived: new Map(),
    key: Buffer.alloc(32),
    content: { put: asked, remove: () => {} },
    profile: 'strict',
    signal: new AbortController().signal,
  })
  return fetch.fetch(file).then(
    () => 'stored',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}
const refuse = () => Promise.reject(new Error('not asked for here'))
const NO_BLOBS: Omit<PackageBlobs, 'open' | 'readAll'> = { createContainer: refuse, list: refuse, write: refuse }

test.each([
  [2 * GIB, { checksum: true }, 'has no MD5 hash'],
  [2 * GIB + 1, {}, 'asked for its bytes'],
  [15 * GIB, { md5: true }, 'asked for its bytes'],
  [15 * GIB + 1, { md5: true }, 'has no Checksum'],
  [15 * GIB + 1, { checksum: true }, 'asked for its bytes'],
  [250 * GIB + 16, { checksum: true }, 'asked for its bytes'],
  [250 * GIB + 17, { checksum: true }, 'exceeds the maximum file size of 250 GB'],
])('a file of %i bytes with %o: %s', async (sizeBytes, has, expected) => {
  expect(await fate(sizeBytes, has)).toContain(expected)
})
