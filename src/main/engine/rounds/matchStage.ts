import type { ItemId } from '../../../shared/domain/ids.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { SIZE_TWINS_MAX } from '../../../shared/limits.ts'
import type { Journal, JournalItem, ReadableJournal } from '../ports/journal.ts'
import type { FormerItem, FormerState } from '../ports/journalFormer.ts'
import type { Round } from '../run/round.ts'
import { endsTask, throwIfStopped } from '../run/stopping.ts'
import { hashSource } from '../transfer/contentReader.ts'
import { listPlace } from '../verify/listingStage.ts'
import { isSameFileId, placedFormerOf } from './known.ts'

const PAGE_ITEMS = 500

/** What nobody needs to remember any longer. */
const OVER: ReadonlySet<FormerState> = new Set<FormerState>(['recycled', 'absent', 'accounted', 'made'])

/**
 * Finds out what has become of everything that earlier rounds stored and that is not where it was: which item of this round it is, by file id
 * or by content, or that nobody knows. Lists the destination; writes nothing there. Costs no request and no row for what has not moved.
 * Errors: JNL_ codes; what listing and reading throw; Drained.
 */
export async function matchStage(round: Round): Promise<void> {
  const { journal, previous, task } = round
  journal.clearFormer()
  if (!previous) return
  const place = journal.meta().place
  if (!place) throw new MigrationError('INTERNAL', 'Matching needs a destination.', { remedy: { kind: 'stopTask' } })
  const before = previous.meta().place
  // Another place has none of it: what is in the former one stays there as it is.
  if (place.isNew || before?.driveId !== place.driveId || before.rootItemId !== place.rootItemId) return
  if (journal.meta().listing !== 'existing') await listPlace(round, 'existing')
  noteFormer(round, previous)
  if (task.onlyFailedOf !== undefined) return
  journal.matchByFileId()
  takeBackStayers(journal, previous)
  journal.keepReplacedPaths('A new file has its former path: that one goes on with its history.')
  await matchByContent(round, previous)
}

/** Rows for all that is not where it was, and for what earlier rounds could not settle. */
export function noteFormer(round: Pick<Round, 'journal' | 'stops'>, previous: ReadableJournal): void {
  const { journal } = round
  const renumbered = volumeNumbers(journal, previous)
  const nowOf = (item: FormerItem): FormerItem => ({
    ...item,
    fileId: renumbered(item.fileId),
    itemId: undefined,
    state: 'known',
    detail: '',
  })
  for (let afterId = ''; ; ) {
    throwIfStopped(round.stops)
    const page = previous.formerItems({ afterId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) break
    afterId = last.destItemId
    journal.addFormer(page.filter(({ state }) => !OVER.has(state)).map(nowOf))
  }
  const carrying = new Set<ItemId>()
  for (let afterId = 0; ; ) {
    throwIfStopped(round.stops)
    const page = previous.items({ afterId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    const displaced = page.filter((item) => {
      if (item.destItemId === undefined || item.depth === 0) return false
      // What stays where it was, while the folder around it goes, does not go along.
      const isCarried = item.parentId !== undefined && carrying.has(item.parentId)
      if (!isCarried && stays(journal.itemAt(item.relPath), item)) return false
      if (item.kind === 'folder') carrying.add(item.id)
      return true
    })
    const noted = displaced.map((item) => placedFormerOf(previous, item)).filter((item) => item !== undefined)
    if (noted.length > 0) journal.addFormer(noted.map((item) => nowOf(settled(item, journal.former(item.destItemId)))))
  }
}

/** Where it was, the last round knows; of content that it did not settle, the round that had settled it knows more. */
function settled(last: FormerItem, carried: FormerItem | undefined): FormerItem {
  if (last.wasProved || last.kind === 'folder' || carried === undefined) return last
  const { sizeBytes, modifiedMs, quickXorHash, eTag, wasProved, readAtMs, isOurs } = carried
  return { ...last, sizeBytes, modifiedMs, quickXorHash, eTag, wasProved, readAtMs, isOurs: isOurs || last.isOurs }
}

/** The same thing at the same path, as far as anybody can tell. */
function stays(now: JournalItem | undefined, before: JournalItem): boolean {
  if (now?.kind !== before.kind || now.state !== 'scanned') return false
  if (now.fileId === undefined || before.fileId === undefined || isSameFileId(now.fileId, before.fileId)) return true
  return now.kind === 'file' && now.sizeBytes === before.sizeBytes && now.modifiedMs === before.modifiedMs
}

/** A share that was mounted again has another number for its volume. */
function volumeNumbers(
  now: Pick<ReadableJournal, 'itemAt'>,
  before: Pick<ReadableJournal, 'itemAt'>,
): (fileId: string | undefined) => string | undefined {
  const volume = (id: string | undefined): string | undefined =>
    id?.includes(':') ? id.slice(0, id.indexOf(':') + 1) : undefined
  const [from, to] = [volume(before.itemAt('')?.fileId), volume(now.itemAt('')?.fileId)]
  if (from === undefined || to === undefined || from === to) return (fileId) => fileId
  return (fileId) => (fileId?.startsWith(from) ? to + fileId.slice(from.length) : fileId)
}

/** Hard links: what is still at the path where it was is not also what came from elsewhere. */
export function takeBackStayers(journal: Journal, previous: ReadableJournal): void {
  for (let afterId = ''; ; ) {
    const page = journal.formerItems({ afterId, limit: PAGE_ITEMS, isMatched: true })
    const last = page.at(-1)
    if (!last) return
    afterId = last.destItemId
    journal.record(
      page.flatMap(({ destItemId, itemId }) => {
        const item = itemId === undefined ? undefined : journal.item(itemId)
        const before = item && previous.itemAt(item.relPath)
        const isStayer = before?.destItemId !== undefined && before.destItemId !== destItemId && stays(item, before)
        return isStayer ? [{ fact: 'formerIs', destItemId, id: undefined } as const] : []
      }),
    )
  }
}

/** Where ids do not tell: a new file whose content is that of one file that is gone, and of no other, and no other new file has it. */
async function matchByContent(round: Round, previous: ReadableJournal): Promise<void> {
  const { journal } = round
  const bySize = new Map<number, JournalItem[]>()
  for (let afterId = 0, count = 0; count < SIZE_TWINS_MAX; ) {
    throwIfStopped(round.stops)
    const ids = journal.sizeTwins({ afterId, limit: PAGE_ITEMS })
    const last = ids.at(-1)
    if (last === undefined) break
    afterId = last
    count += ids.length
    for (const id of ids) {
      const item = journal.item(id)
      if (item === undefined || previous.itemAt(item.relPath)?.destItemId !== undefined) continue
      bySize.set(item.sizeBytes, [...(bySize.get(item.sizeBytes) ?? []), item])
    }
  }
  for (const [sizeBytes, items] of bySize) await matchOfSize(round, items, journal.goneOfSize(sizeBytes))
}

/** More of one size are not looked at: reading them all tells nothing that the upload would not. */
const SAME_SIZE_MAX = 20

async function matchOfSize(round: Round, items: readonly JournalItem[], gone: readonly FormerItem[]): Promise<void> {
  if (items.length > SAME_SIZE_MAX || gone.length > SAME_SIZE_MAX) return
  const byHash = new Map<string, JournalItem[]>()
  for (const item of items) {
    throwIfStopped(round.stops)
    const hash = await hashOf(round, item)
    if (hash !== undefined) byHash.set(hash, [...(byHash.get(hash) ?? []), item])
  }
  for (const [hash, same] of byHash) {
    const [only, ...others] = gone.filter(
      (former) => (former.quickXorHash ?? round.journal.listedItem(former.destItemId)?.quickXorHash) === hash,
    )
    const [item, ...twins] = same
    if (only === undefined || item === undefined || others.length > 0 || twins.length > 0) continue
    round.journal.record([{ fact: 'formerIs', destItemId: only.destItemId, id: item.id }])
  }
}

/** A file that cannot be read now is not recognised now. */
async function hashOf(round: Round, item: JournalItem): Promise<string | undefined> {
  try {
    const { hash, sizeBytes } = await hashSource(round, item.relPath)
    return sizeBytes === item.sizeBytes ? hash : undefined
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    if (endsTask(thrown)) throw thrown
    return undefined
  }
}
