import { asMigrationError } from '../../../shared/errors.ts'
import { BATCH_REQUESTS_MAX } from '../../../shared/limits.ts'
import type { ItemRemoval, Outcome } from '../ports/destination.ts'
import type { Journal, JournalFact, JournalItem, ListedItem, ReadableJournal } from '../ports/journal.ts'
import type { FormerItem, FormerState } from '../ports/journalFormer.ts'
import { patiently, type Round } from '../run/round.ts'
import { endsTask, throwIfStopped } from '../run/stopping.ts'
import { collisionKey } from '../scan/collisionKey.ts'
import { compareTimes } from '../verify/storedTimes.ts'
import { deletionLimit } from './deletionLimit.ts'
import { placedFormerOf } from './known.ts'

const PAGE_ITEMS = 500

type Judged = { readonly state: FormerState; readonly detail: string }

/**
 * What lies at the destination although its source is gone: reported, or put into the recycle bin where the task says so. Only what this task
 * has made itself and nobody has touched since, and all of it only when it is no more than the task allows; otherwise nothing is recycled and
 * the round says what waits for a person. Begun again after a crash it does the rest. Errors: what ends the task; Drained.
 */
export async function tidyStage(round: Round): Promise<void> {
  const { journal, task, previous } = round
  if (!previous) return
  rememberUnsettled(round)
  if (task.onlyFailedOf !== undefined) return
  const isRecycling = task.settings.deletions === 'recycle'
  const dueCount = judgeAll(round, { due: isRecycling ? 'due' : 'reported' })
  if (!isRecycling || dueCount === 0) return
  const limit = deletionLimit(task.settings.maxDeletions, storedCount(journal) + dueCount)
  if (dueCount > limit) {
    const detail = `${dueCount} items would go to the recycle bin, and the task allows ${limit}.`
    turnAll(journal, 'due', { state: 'held', detail })
    round.logger.log('warn', 'round.deletionsHeld', { itemCount: dueCount, limit })
    return
  }
  await recycleFiles(round)
  await recycleFolders(round)
}

/** What the round has not settled keeps the record of the round that had settled it. */
function rememberUnsettled({ journal, previous }: Round): void {
  if (!previous) return
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE_ITEMS, hasErrorCode: true })
    const last = page.at(-1)
    if (!last) return
    afterId = last.id
    const kept: FormerItem[] = []
    for (const item of page) {
      if (item.destItemId === undefined || journal.former(item.destItemId) !== undefined) continue
      const before = previous.itemAt(item.relPath)
      const record = before?.destItemId === item.destItemId ? placedFormerOf(previous, before) : undefined
      const best = record?.wasProved ? record : previous.former(item.destItemId)
      if (best) kept.push({ ...best, itemId: undefined, state: 'known', detail: '' })
    }
    journal.addFormer(kept)
  }
}

/** Says of every one what it is. Returns how many are of state `due`. */
function judgeAll(round: Round, { due }: { readonly due: 'due' | 'reported' }): number {
  const { journal } = round
  let dueCount = 0
  for (let afterId = ''; ; ) {
    throwIfStopped(round.stops)
    const page = journal.formerItems({ afterId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) break
    afterId = last.destItemId
    const facts: JournalFact[] = []
    for (const former of page) {
      if (former.state === 'recycled') continue
      const { state, detail } = judge(round, former)
      if (state === 'due') dueCount++
      facts.push({ fact: 'formerState', destItemId: former.destItemId, state: state === 'due' ? due : state, detail })
    }
    journal.record(facts)
  }
  return dueCount
}

function judge(round: Round, former: FormerItem): Judged {
  const { journal } = round
  const item = journal.accountFor(former.destItemId)
  if (item) return { state: item.errorCode === undefined ? 'accounted' : 'known', detail: '' }
  if (former.itemId !== undefined) return { state: 'known', detail: former.detail }
  if (!isGone(journal, former)) return { state: 'known', detail: 'It is at the source and was not migrated in this round.' }
  const stored = journal.listedItem(former.destItemId)
  if (!stored) return { state: 'absent', detail: '' }
  const why = whyItStays(former, stored)
  if (why !== undefined) return { state: 'kept', detail: why }
  return { state: 'due', detail: 'Its source is gone.' }
}

/** Nothing of that kind has its path any more, and the folder around it was seen. */
export function isGone(journal: Pick<ReadableJournal, 'itemAt'>, former: FormerItem): boolean {
  const now = journal.itemAt(former.relPath)
  if (now !== undefined) return now.kind !== former.kind && now.state !== 'failed'
  for (let path = former.relPath; path !== ''; ) {
    path = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    const around = journal.itemAt(path)
    if (around) return wasSeen(around)
  }
  return false
}

/** A folder that could not be listed says nothing about what is in it; one that was filtered out is walked all the same. */
function wasSeen(folder: JournalItem): boolean {
  if (folder.kind !== 'folder') return true
  if (folder.state === 'failed' && folder.failureStage === 'scanning') return false
  return !folder.issues.some(({ effect, code }) => effect === 'blocks' && code.startsWith('SRC_'))
}

/** undefined = nobody else has a part in it. */
function whyItStays(former: FormerItem, stored: ListedItem): string | undefined {
  if (!former.isOurs) return 'It was at the destination before the task.'
  const isElsewhere = former.parentDestItemId !== undefined && stored.parentId !== former.parentDestItemId
  const isOurMove = former.state === 'moved' || former.state === 'moving'
  if (!isOurMove && (isElsewhere || stored.collisionKey !== collisionKey(former.destName)))
    return 'Somebody moved it at the destination.'
  if (former.kind === 'folder') return undefined
  if (!former.wasProved) return 'No round has proved what is there.'
  const isSameContent =
    former.quickXorHash !== undefined && former.quickXorHash === stored.quickXorHash && former.sizeBytes === stored.sizeBytes
  const isUntouched =
    (former.eTag !== undefined && former.eTag === stored.eTag) ||
    (isSameContent && compareTimes(former.modifiedMs, stored.modifiedMs) === 'equal')
  return isUntouched ? undefined : 'Somebody has changed it at the destination.'
}

/** Items of the task that are at the destination: what a share of them is counted from. */
export function storedCount(journal: Pick<ReadableJournal, 'totals'>): number {
  let count = 0
  for (const { state, itemCount } of journal.totals().byState) {
    if (state === 'migrated' || state === 'uploaded' || state === 'skipped') count += itemCount
  }
  // The root of the source is the place itself.
  return Math.max(0, count - 1)
}

export function turnAll(journal: Journal, from: FormerState, to: Judged): void {
  for (let afterId = ''; ; ) {
    const page = journal.formerItems({ afterId, limit: PAGE_ITEMS, states: [from] })
    const last = page.at(-1)
    if (!last) return
    afterId = last.destItemId
    journal.record(page.map(({ destItemId }) => ({ fact: 'formerState', destItemId, ...to })))
  }
}

/** Each in exactly the state in which it was judged. */
async function recycleFiles(round: Round): Promise<void> {
  const { journal } = round
  for (let afterId = ''; ; ) {
    throwIfStopped(round.stops)
    const page = journal.formerItems({ afterId, limit: BATCH_REQUESTS_MAX, states: ['due'], kind: 'file' })
    const last = page.at(-1)
    if (!last) return
    afterId = last.destItemId
    const outcomes = await recycle(
      round,
      page.map(({ destItemId }) => {
        const eTag = journal.listedItem(destItemId)?.eTag
        return { itemId: destItemId, ...(eTag === undefined ? {} : { ifMatch: eTag }) }
      }),
    )
    journal.record(page.map((former, index) => recycled(former, outcomes[index])))
  }
}

/** Deepest first, and only what is empty: whatever else lies in a folder keeps it. */
async function recycleFolders(round: Round): Promise<void> {
  const { journal, destination } = round
  for (let isDone = false; !isDone; ) {
    isDone = true
    for (let afterId = ''; ; ) {
      throwIfStopped(round.stops)
      const page = journal.formerItems({ afterId, limit: PAGE_ITEMS, states: ['due'], kind: 'folder' })
      const last = page.at(-1)
      if (!last) break
      afterId = last.destItemId
      for (const former of page) {
        if (!(await patiently(round, (signal) => destination.isEmptyFolder(former.destItemId, signal)))) continue
        const [outcome] = await recycle(round, [{ itemId: former.destItemId }])
        journal.record([recycled(former, outcome)])
        isDone = false
      }
    }
  }
  turnAll(journal, 'due', { state: 'kept', detail: 'Something else lies in it.' })
}

async function recycle(round: Round, removals: readonly ItemRemoval[]): Promise<readonly Outcome<undefined>[]> {
  try {
    return await patiently(round, (signal) => round.destination.recycle(removals, signal))
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    if (endsTask(thrown)) throw thrown
    const error = asMigrationError(thrown)
    return removals.map(() => ({ ok: false, error }))
  }
}

function recycled({ destItemId }: FormerItem, outcome: Outcome<undefined> | undefined): JournalFact {
  if (outcome?.ok) return { fact: 'formerState', destItemId, state: 'recycled', detail: 'Its source is gone.' }
  const why = outcome === undefined ? 'the service did not answer.' : outcome.error.message
  return { fact: 'formerState', destItemId, state: 'kept', detail: `It could not be recycled: ${why}` }
}
