import type { JournalFact } from '../ports/journal.ts'
import type { Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { deletionLimit } from './deletionLimit.ts'
import { noteFormer, takeBackStayers } from './matchStage.ts'
import { isGone, storedCount, turnAll } from './tidyStage.ts'

const PAGE_ITEMS = 500

/**
 * For a task that only scans: what the next round would report, recycle at most, or hold back. By file ids and paths alone: no file is read, and the
 * destination is not listed. Nothing when the destination is another one than before.
 */
export function previewRemovals(round: Pick<Round, 'journal' | 'previous' | 'stops' | 'task'>): void {
  const { journal, previous, task } = round
  journal.clearFormer()
  if (!previous || JSON.stringify(previous.meta().task?.destination) !== JSON.stringify(task.destination)) return
  noteFormer(round, previous)
  journal.matchByFileId()
  takeBackStayers(journal, previous)
  journal.keepReplacedPaths('')
  const isRecycling = task.settings.deletions === 'recycle'
  let dueCount = 0
  for (let afterId = ''; ; ) {
    throwIfStopped(round.stops)
    const page = journal.formerItems({ afterId, limit: PAGE_ITEMS, isMatched: false })
    const last = page.at(-1)
    if (!last) break
    afterId = last.destItemId
    const facts: JournalFact[] = []
    for (const former of page) {
      if (!isGone(journal, former)) continue
      const isDue = former.isOurs && isRecycling
      if (isDue) dueCount++
      const kept = { state: 'kept', detail: 'It was at the destination before the task.' } as const
      const gone = {
        state: isDue ? 'due' : 'reported',
        detail: 'Its source is gone; the destination was not looked at.',
      } as const
      facts.push({ fact: 'formerState', destItemId: former.destItemId, ...(former.isOurs ? gone : kept) })
    }
    journal.record(facts)
  }
  const limit = deletionLimit(task.settings.maxDeletions, storedCount(previous))
  if (dueCount > limit)
    turnAll(journal, 'due', {
      state: 'held',
      detail: `${dueCount} items would go to the recycle bin, and the task allows ${limit}.`,
    })
}
