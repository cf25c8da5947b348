import type { ItemIssue } from '../../../shared/domain/item.ts'
import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import { BLOB_BLOCK_BYTES, BLOB_SINGLE_PUT_MAX_BYTES } from '../../../shared/limits.ts'
import type { ImportContainers, PackageBlobs } from '../ports/importService.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { JournalPackage } from '../ports/journalPackage.ts'
import type { OpenSourceFile } from '../ports/source.ts'
import { Flights } from '../run/flights.ts'
import { patiently, type Round } from '../run/round.ts'
import { Drained, endsTask, throwIfStopped } from '../run/stopping.ts'
import type { TransferAttempt } from '../transfer/accounting.ts'
import { describeAnew, isSameStamp, timesToStore } from '../transfer/fileToSend.ts'
import { chainOf, type FolderNode } from './folderDesk.ts'
import { type ImportDesk, toSession } from './importDesk.ts'
import { type ManifestFile, manifestSet } from './manifest.ts'

const FILES_IN_FLIGHT = 12
const CHANGES_MAX = 2
const CHANGE_WAIT_MS = 1000

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
  const files: ManifestFile[] = []
  const flights = new Flights({ capacity: FILES_IN_FLIGHT })
  let thrownFirst: { readonly thrown: unknown } | undefined
  try {
    for (const item of items) {
      if (item.kind !== 'file') continue
      throwIfStopped(round.stops)
      await flights.launch(1, async () => {
        const file = await packFile(round, { desk, blobs, item })
        if (file) files.push(file)
      })
    }
  } catch (thrown) {
    thrownFirst = { thrown }
  }
  await flights.landed().finally(() => round.facts.flush())
  if (thrownFirst) throw thrownFirst.thrown
  const isEmpty = files.length === 0 && folders.length === 0
  if (isEmpty) return { containers, isEmpty }
  folders.push(...files.map(({ folder }) => folder as FolderNode))
  const documents = manifestSet({ place: desk.place, folders: chainOf(folders), files })
  await Promise.all(documents.map(({ name, text }) => blobs.putManifest(name, text, round.stops.drop)))
  return { containers, isEmpty }
}

interface Packing {
  readonly desk: ImportDesk
  readonly blobs: PackageBlobs
  readonly item: JournalItem
}

async function packFile(round: Round, packing: Packing): Promise<ManifestFile | undefined> {
  const { item } = packing
  for (let changes = 0; ; changes++) {
    try {
      return await packOnce(round, packing)
    } catch (thrown) {
      round.stops.drop.throwIfAborted()
      if (thrown instanceof Drained || endsTask(thrown)) throw thrown
      const error = asMigrationError(thrown)
      if (error.code === 'SRC_CHANGED_WHILE_READING' && changes < CHANGES_MAX) {
        await round.clock.sleep(CHANGE_WAIT_MS * (changes + 1), round.stops.drop)
        continue
      }
      if (!error.code.startsWith('SRC_')) throw error
      round.facts.later(toSession(item, `It could not be read for a package: ${error.message}`))
      return undefined
    }
  }
}

async function packOnce(round: Round, { desk, blobs, item: scanned }: Packing): Promise<ManifestFile | undefined> {
  const { drop } = round.stops
  const open = await round.source.open(scanned.relPath, drop)
  try {
    const now = describeAnew({ item: scanned, parentItemId: '', existing: undefined }, open.stamp)
    const { item } = now.file
    const { sizeBytes } = open.stamp
    if (sizeBytes === 0 || item.issues.some((issue) => issue.effect === 'blocks')) {
      round.facts.later(...now.facts, toSession(item, 'It changed after the scan; as it is now it cannot travel in a package.'))
      return undefined
    }
    const folder = await desk.folders.around(item)
    const { person, issue } = await desk.people.authorOf(item)
    const id = desk.folders.fileId(`${folder.path}/${item.destName}`)
    const blobName = `${id}.dat`
    const hasher = round.createHasher()
    const weight = sizeBytes <= BLOB_SINGLE_PUT_MAX_BYTES ? 2 * sizeBytes : 4 * BLOB_BLOCK_BYTES
    const attempt = round.tracker.beginAttempt(sizeBytes)
    try {
      const content = contentOf(round, { open, item, attempt, update: (bytes) => hasher.update(bytes) })
      const { encryptedMd5 } = await desk.memory.hold(weight, () =>
        blobs.putContent({ name: blobName, sizeBytes, content }, drop),
      )
      const quickXorHash = hasher.digest()
      attempt.stored()
      round.tracker.moved()
      const packed: JournalFact = { fact: 'packed', id: item.id, quickXorHash }
      round.facts.later(...now.facts, ...noteIssue(item, issue), packed)
      const times = timesToStore(round, item)
      return {
        id,
        folder,
        name: item.destName,
        sizeBytes,
        blobName,
        encryptedMd5,
        quickXorHash,
        author: person,
        createdMs: times?.createdMs,
        modifiedMs: times?.modifiedMs,
      }
    } catch (thrown) {
      attempt.failed()
      throw thrown
    }
  } finally {
    await open.close()
  }
}

/** An item that is packed again has the issue already. */
function noteIssue({ id, sizeBytes, modifiedMs, issues }: JournalItem, issue: ItemIssue | undefined): readonly JournalFact[] {
  if (issue === undefined || issues.some(({ code }) => code === issue.code)) return []
  return [{ fact: 'rescanned', id, sizeBytes, modifiedMs, issues: [...issues, issue] }]
}

/** The content of one state of the file, or an error at its end: what changed while it was read must not become a blob. */
async function* contentOf(
  round: Round,
  reading: {
    readonly open: OpenSourceFile
    readonly item: JournalItem
    readonly attempt: TransferAttempt
    readonly update: (bytes: Uint8Array) => void
  },
): AsyncGenerator<Uint8Array> {
  const { open, item, attempt } = reading
  let readBytes = 0
  for await (const chunk of open.read(0, open.stamp.sizeBytes, round.stops.drop)) {
    reading.update(chunk)
    readBytes += chunk.length
    attempt.sent(chunk.length)
    yield chunk
    open.release?.(chunk)
    throwIfStopped(round.stops)
  }
  if (readBytes === open.stamp.sizeBytes && isSameStamp(await open.restamp(), open.stamp)) return
  throw new MigrationError('SRC_CHANGED_WHILE_READING', `The file "${item.relPath}" changed while it was read.`, {
    remedy: { kind: 'failItem' },
    fix: 'Close the program that writes it, then run the task again.',
  })
}
