import { createHash } from 'node:crypto'
import { zipSync } from 'fflate'
import type { PackageArchive } from '../../engine/ports/importService.ts'
import { createQuickXorHasher } from '../hash/quickXorHash.ts'
import { wholeContent } from './wholeContent.ts'

/** The first moment that a zip can say; the real times are in the manifest. */
const ZIP_TIME = new Date(1980, 0, 1)

/** Gathers stored members; `put` encrypts and stores the zip that is made of them. [D.4] */
export function createPackageArchive(put: (zip: Uint8Array, signal: AbortSignal) => Promise<number>): PackageArchive {
  let members: Record<string, Uint8Array> = {}
  return {
    async add({ name, sizeBytes, content }) {
      const bytes = await wholeContent(sizeBytes, content)
      members[name] = bytes
      return { md5: createHash('md5').update(bytes).digest('base64') }
    },
    async store(signal) {
      const zip = zipSync(members, { level: 0, mtime: ZIP_TIME })
      members = {}
      const hasher = createQuickXorHasher()
      hasher.update(zip)
      const sentBytes = await put(zip, signal)
      return { quickXorHash: hasher.digest(), sentBytes }
    },
  }
}
