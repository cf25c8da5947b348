import type { ItemIssue, ItemState } from '../../../shared/domain/item.ts'
import { BATCH_REQUESTS_MAX } from '../../../shared/limits.ts'
import { folderEntry } from '../plan/structureLog.ts'
import type { FileTimes, TimesChange } from '../ports/destination.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import { Flights } from '../run/flights.ts'
import type { Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { timesToStore } from './fileToSend.ts'
import { hasTimes, setTimesSurely } from './setTimes.ts'

const PAGE_ITEMS = 200
const BATCHES_IN_FLIGHT = 4
/** Also what was proved before something in it was sent again. */
const HAS_ARRIVED: ReadonlySet<ItemState> = new Set<ItemState>(['uploaded', 'migrated'])

/**
 * Gives the folders of the round their times, deepest first and after all content, because content changes the times of the folder around
 * it. A folder whose times cannot be set has still arrived; it carries an issue that says so.
 */
export async function folderTimesStage(round: Round): Promise<void> {
  if (!round.task.settings.preserveTimes) return
  // The folder of a part is an item of the whole task: whoever fills it sets its times.
  const top = round.task.part === undefined ? 1 : 0
  for (let depth = round.journal.folderDepth(); depth >= top; depth--) await setLevel(round, depth)
}

async function setLevel(round: Round, depth: number): Promise<void> {
  const flights = new Flights({ capacity: BATCHES_IN_FLIGHT, onFailure: round.stops.fail })
  try {
    for (let afterId = 0; ; ) {
      throwIfStopped(round.stops)
      const page = round.journal.foldersAtDepth({ depth, afterId, limit: PAGE_ITEMS })
      const last = page.at(-1)
      if (!last) break
      afterId = last.item.id
      const wanted = page
        .map(({ item }) => item)
        .filter((item) => HAS_ARRIVED.has(item.state) && !item.areTimesSet && !round.journal.isPart(item.relPath))
      for (let start = 0; start < wanted.length; start += BATCH_REQUESTS_MAX) {
        const batch = wanted.slice(start, start + BATCH_REQUESTS_MAX)
        await flights.launch(1, () => setBatch(round, batch))
      }
    }
  } catch (thrown) {
    round.stops.fail(thrown)
    throw thrown
  } finally {
    await flights.landed()
    round.facts.flush()
  }
}

async function setBatch(round: Round, folders: readonly JournalItem[]): Promise<void> {
  const changes: (TimesChange & { readonly item: JournalItem })[] = []
  for (const item of folders) {
    const times = timesToStore(round, item)
    if (times === undefined || item.destItemId === undefined) continue
    if (hadTimes(round, item, times)) round.facts.later({ fact: 'timesSet', id: item.id, eTag: undefined })
    else changes.push({ item, itemId: item.destItemId, times })
  }
  const outcomes = await setTimesSurely(
    round,
    changes.map(({ itemId, times }) => ({ itemId, times })),
  )
  for (const [index, { item }] of changes.entries()) {
    const outcome = outcomes[index]
    if (outcome?.ok) round.facts.later({ fact: 'timesSet', id: item.id, eTag: outcome.value.eTag }, ...withoutIssue(item))
    else round.facts.later(...refused(round, item, outcome?.error.message ?? 'the service did not answer.'))
  }
}

const isAboutTimes = ({ code }: ItemIssue): boolean => code === 'DST_TIMES_NOT_SET'

function withoutIssue({ id, issues }: JournalItem): readonly JournalFact[] {
  return issues.some(isAboutTimes) ? [{ fact: 'issues', id, issues: issues.filter((issue) => !isAboutTimes(issue)) }] : []
}

function refused(round: Round, item: JournalItem, why: string): readonly JournalFact[] {
  const detail = `Its times could not be set: ${why}`
  const issue: ItemIssue = { code: 'DST_TIMES_NOT_SET', effect: 'warns', detail }
  round.logger.log('warn', 'folder.timesNotSet', { id: item.id })
  return [
    { fact: 'issues', id: item.id, issues: [...item.issues.filter((one) => !isAboutTimes(one)), issue] },
    { fact: 'structure', entry: folderEntry(round, item, { operation: 'updated', details: detail, code: issue.code }) },
  ]
}

/** A folder that was there before the round with the same times costs no request. */
function hadTimes(round: Round, item: JournalItem, times: FileTimes): boolean {
  if (!item.wasAtDestination || item.destItemId === undefined) return false
  const listed = round.journal.listedItem(item.destItemId)
  return listed !== undefined && hasTimes(listed, times)
}
