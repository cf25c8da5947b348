import type { PackageBlobs } from '../ports/importService.ts'
import type { JournalItem } from '../ports/journal.ts'
import { Flights } from '../run/flights.ts'
import type { Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { ArchiveRoom } from './archivePlan.ts'
import type { ImportDesk } from './importDesk.ts'
import type { ManifestArchive, ManifestFile } from './manifest.ts'
import { type ReadFile, readForPackage } from './readFile.ts'

const READS_IN_FLIGHT = 8

export interface PackedArchive {
  /** undefined = nothing of it can travel. */
  readonly archive: ManifestArchive | undefined
  readonly files: readonly ManifestFile[]
  /** Files that have grown since the scan and need a blob of their own. */
  readonly outgrown: readonly JournalItem[]
}

/** Reads small files, each once, and stores them as one blob. Until that is done none of them counts as sent. Errors as `readForPackage`. */
export async function packArchive(
  round: Round,
  packing: {
    readonly desk: ImportDesk
    readonly blobs: PackageBlobs
    readonly name: string
    readonly items: readonly JournalItem[]
    /** Expected, with all that comes around the files. */
    readonly bytes: number
  },
): Promise<PackedArchive> {
  const { desk, blobs, name, items, bytes } = packing
  // The members and the archive that is made of them, or the archive and its cipher.
  return await desk.memory.hold(2 * bytes, async () => {
    const archive = blobs.openArchive(name)
    const room = new ArchiveRoom()
    const read: ReadFile[] = []
    const outgrown: JournalItem[] = []
    const flights = new Flights({ capacity: READS_IN_FLIGHT })
    const take = async (member: Parameters<typeof archive.add>[0]) => ({ encryptedMd5: (await archive.add(member)).md5 })
    const accepts = (sizeBytes: number) => room.takes(sizeBytes)
    try {
      for (const item of items) {
        throwIfStopped(round.stops)
        await flights.launch(1, async () => {
          const outcome = await readForPackage(round, { desk, item, take, accepts })
          if (outcome === 'refused') outgrown.push(item)
          else if (outcome !== 'left') read.push(outcome)
        })
      }
      await flights.landed()
      if (read.length === 0) return { archive: undefined, files: [], outgrown }
      const { quickXorHash } = await archive.store(round.stops.drop)
      for (const one of read) one.stored()
      const files = read.map(({ file }) => file)
      return { archive: { name, quickXorHash, members: files.map(({ blobName }) => blobName) }, files, outgrown }
    } catch (thrown) {
      await flights.landed().catch(() => undefined)
      for (const one of read) one.failed()
      throw thrown
    }
  })
}
