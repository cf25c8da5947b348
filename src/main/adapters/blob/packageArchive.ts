import { createHash } from 'node:crypto'
import { zipSync } from 'fflate'
import { MigrationError } from '../../../shared/errors.ts'
import type { PackageArchive } from '../../engine/ports/importService.ts'
import { createQuickXorHasher } from '../hash/quickXorHash.ts'

/** The first moment that a zip can say; the real times are in the manifest. */
const ZIP_TIME = new Date(1980, 0, 1)

/** Gathers stored members; `put` encrypts and stores the zip that is made of them. [D.4] */
export function createPackageArchive(put: (zip: Buffer, signal: AbortSignal) => Promise<number>): PackageArchive {
  let members: Record<string, Uint8Array> = {}
  return {
    async add({ name, sizeBytes, content }) {
      const bytes = Buffer.allocUnsafe(sizeBytes)
      let filled = 0
      for await (const chunk of content) {
        if (filled + chunk.length <= sizeBytes) bytes.set(chunk, filled)
        filled += chunk.length
      }
      if (filled !== sizeBytes) {
        throw new MigrationError('SRC_CHANGED_WHILE_READING', `A file of ${sizeBytes} bytes gave ${filled}.`, {
          remedy: { kind: 'failItem' },
        })
      }
      members[name] = bytes
      return { md5: createHash('md5').update(bytes).digest('base64') }
    },
    async store(signal) {
      const zip = zipSync(members, { level: 0, mtime: ZIP_TIME })
      members = {}
      const hasher = createQuickXorHasher()
      hasher.update(zip)
      const sentBytes = await put(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength), signal)
      return { quickXorHash: hasher.digest(), sentBytes }
    },
  }
}
