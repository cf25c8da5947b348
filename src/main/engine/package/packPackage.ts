import { BLOB_BLOCK_BYTES, BLOB_SINGLE_PUT_MAX_BYTES } from '../../../shared/limits.ts'
import type { ImportContainers, PackageBlobs } from '../ports/importService.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { JournalPackage } from '../ports/journalPackage.ts'
import { Flights } from '../run/flights.ts'
import { patiently, type Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { type ArchivePlan, planArchives } from './archivePlan.ts'
import { chainOf, type FolderNode } from './folderDesk.ts'
import type { ImportDesk } from './importDesk.ts'
import { type ManifestArchive, type ManifestFile, manifestSet } from './manifest.ts'
import { packArchive } from './packArchive.ts'
import { readForPackage } from './readFile.ts'

const FILES_IN_FLIGHT = 12
/** Of one large file: filled, sealed, and on their way. */
const BLOCKS_IN_MEMORY = 6

/** What a package has become: ready to be submitted, or empty because nothing of it can travel this way. */
export interface Packed {
  readonly containers: ImportContainers
  readonly isEmpty: boolean
}

/**
 * Reads, encrypts and stores every file of a package, then its manifest set. Each file is read once; nothing is staged. Files that cannot be
 * read now go to the session route, which tries again. Errors: JOB_NOT_ALLOWED, JOB_CONTAINER_REFUSED; what ends the task; Drained.
 */
export async function packPackage(round: Round, desk: ImportDesk, which: JournalPackage): Promise<Packed> {
  const items = round.journal.packageItems(which.id)
  const containers = await patiently(round, (signal) => desk.imports.provision(signal))
  const blobs = desk.imports.blobs(containers)
  const folders: FolderNode[] = []
  for (const item of items) if (item.kind === 'folder') folders.push(await desk.folders.of(item))
  const sources = items.filter(({ kind }) => kind === 'file')
  const plan = desk.archives(which) ? planArchives(sources) : { archives: [], singles: sources }
  const { files: packed, archives } = await packFiles(round, { desk, blobs, plan }).finally(() => round.facts.flush())
  // In the order of the items, not of their arrival: whoever ends the job is then the first that is missing.
  const rank = new Map((await desk.mint(sources)).map(({ guids: [id] }, index) => [id, index]))
  const files = [...packed].sort((a, b) => (rank.get(a.id) ?? 0) - (rank.get(b.id) ?? 0))
  const isEmpty = files.length === 0 && folders.length === 0
  if (isEmpty) return { containers, isEmpty }
  folders.push(...files.map(({ folder }) => folder as FolderNode))
  const documents = manifestSet({ place: desk.place, folders: chainOf(folders), files, archives })
  await Promise.all(documents.map(({ name, text }) => blobs.putManifest(name, text, round.stops.drop)))
  return { containers, isEmpty }
}

interface Packing {
  readonly desk: ImportDesk
  readonly blobs: PackageBlobs
}

async function packFiles(round: Round, packing: Packing & { readonly plan: ArchivePlan<JournalItem> }) {
  const { plan } = packing
  const files: ManifestFile[] = []
  const archives: ManifestArchive[] = []
  const flights = new Flights({ capacity: FILES_IN_FLIGHT })
  const single = (item: JournalItem) =>
    flights.launch(1, async () => {
      const file = await packBlob(round, packing, item)
      if (file) files.push(file)
    })
  let thrownFirst: { readonly thrown: unknown } | undefined
  const outgrown: JournalItem[] = []
  try {
    for (const [index, archive] of plan.archives.entries()) {
      await flights.launch(FILES_IN_FLIGHT / 2, async () => {
        const packed = await packArchive(round, { ...packing, ...archive, name: `archive-${index}.zip` })
        files.push(...packed.files)
        outgrown.push(...packed.outgrown)
        if (packed.archive) archives.push(packed.archive)
      })
    }
    for (const item of plan.singles) {
      throwIfStopped(round.stops)
      await single(item)
    }
    await flights.landed()
    for (const item of outgrown) await single(item)
  } catch (thrown) {
    thrownFirst = { thrown }
  }
  await flights.landed()
  if (thrownFirst) throw thrownFirst.thrown
  return { files, archives }
}

/** One file as a blob of its own. */
async function packBlob(round: Round, { desk, blobs }: Packing, item: JournalItem): Promise<ManifestFile | undefined> {
  const read = await readForPackage(round, {
    desk,
    item,
    take(what) {
      const weight = what.sizeBytes <= BLOB_SINGLE_PUT_MAX_BYTES ? 2 * what.sizeBytes : BLOCKS_IN_MEMORY * BLOB_BLOCK_BYTES
      return desk.memory.hold(weight, () => blobs.putContent(what, round.stops.drop))
    },
  })
  if (read === 'left' || read === 'refused') return undefined
  read.stored()
  return read.file
}
