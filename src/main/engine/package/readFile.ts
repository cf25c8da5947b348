import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import { noteOwnerIssue } from '../identity/ownerIssues.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { OpenSourceFile } from '../ports/source.ts'
import { passGate, type Round } from '../run/round.ts'
import { Drained, endsTask, throwIfStopped } from '../run/stopping.ts'
import type { TransferAttempt } from '../transfer/accounting.ts'
import { describeAnew, isSameStamp, timesToStore } from '../transfer/fileToSend.ts'
import { type ImportDesk, toSession } from './importDesk.ts'
import type { ManifestFile } from './manifest.ts'

const CHANGES_MAX = 2
const CHANGE_WAIT_MS = 1000

/** What is to be stored of one file, as it is now. */
export interface FileContent {
  /** Of the blob or the member. */
  readonly name: string
  readonly sizeBytes: number
  /** To be read once, to its end; throws when the file changes meanwhile. */
  readonly content: AsyncIterable<Uint8Array>
}

/** A file that was read, and handed to whoever stores it. */
export interface ReadFile {
  readonly file: ManifestFile
  /** It is stored: the journal learns its hash. */
  stored(): void
  /** What was read is worth nothing. */
  failed(): void
}

export interface Reading {
  readonly desk: ImportDesk
  readonly item: JournalItem
  /** Resolves when nothing of the content is needed any more. */
  readonly take: (what: FileContent) => Promise<{ readonly encryptedMd5: string }>
  /** Whether a file of this size may be taken; absent: any. */
  readonly accepts?: (sizeBytes: number) => boolean
}

/**
 * Reads a file once for a package; what changed while it was read is read anew. `left` = nothing of it was taken: it goes by the session
 * route, because it cannot be read or cannot travel as it is now. `refused` = `accepts` does not want it. Errors: those of `take`; what ends
 * the task; Drained.
 */
export async function readForPackage(round: Round, reading: Reading): Promise<ReadFile | 'left' | 'refused'> {
  const { item } = reading
  for (let changes = 0; ; changes++) {
    try {
      return await readOnce(round, reading)
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
      return 'left'
    }
  }
}

async function readOnce(round: Round, { desk, item: scanned, take, accepts }: Reading): Promise<ReadFile | 'left' | 'refused'> {
  const open = await round.source.open(scanned.relPath, round.stops.drop)
  try {
    const { sizeBytes } = open.stamp
    if (accepts?.(sizeBytes) === false) return 'refused'
    const now = describeAnew({ item: scanned, parentItemId: '', existing: undefined }, open.stamp)
    const { item } = now.file
    if (sizeBytes === 0 || item.issues.some((issue) => issue.effect === 'blocks')) {
      round.facts.later(...now.facts, toSession(item, 'It changed after the scan; as it is now it cannot travel in a package.'))
      return 'left'
    }
    const folder = await desk.folders.around(item)
    const { person, issue } = await desk.people.authorOf(item)
    const id = desk.folders.fileId(`${folder.path}/${item.destName}`)
    const blobName = `${id}.dat`
    const hasher = round.createHasher()
    const attempt = round.tracker.beginAttempt(sizeBytes)
    try {
      const content = contentOf(round, { open, item, attempt, update: (bytes) => hasher.update(bytes) })
      const { encryptedMd5 } = await take({ name: blobName, sizeBytes, content })
      const quickXorHash = hasher.digest()
      const packed: JournalFact = { fact: 'packed', id: item.id, quickXorHash }
      const times = timesToStore(round, item)
      return {
        file: {
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
        },
        stored() {
          attempt.stored()
          round.tracker.moved()
          round.facts.later(...now.facts, ...noteOwnerIssue(item, issue), packed)
        },
        failed: () => attempt.failed(),
      }
    } catch (thrown) {
      attempt.failed()
      throw thrown
    }
  } finally {
    await open.close()
  }
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
    await passGate(round, chunk.length)
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
