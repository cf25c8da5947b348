import type { ItemIssue } from '../../../shared/domain/item.ts'
import { asMigrationError } from '../../../shared/errors.ts'
import type { Notebooks } from '../ports/destination.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import { patiently, type Round } from '../run/round.ts'
import { endsTask, throwIfStopped } from '../run/stopping.ts'
import { NOTEBOOK_ISSUE } from '../scan/contentRules.ts'
import { destPathOf } from '../scan/folderCache.ts'
import { joinPath } from '../scan/pathRules.ts'

const PAGE_ITEMS = 200
const MARKED = 'It is a notebook of OneNote, at the destination too.'

const isAboutNotebook = ({ code }: ItemIssue): boolean => code === 'RULE_NOTEBOOK'

/**
 * Makes notebooks of the folders that the scan took for one, after their content: what is written into a notebook may be refused as a name that
 * exists. Doing it twice changes nothing. A folder that cannot be made one has still arrived and says so. Errors: what ends the task; Drained.
 */
export async function notebookStage(round: Round): Promise<void> {
  const { journal, destination } = round
  const { notebooks } = destination
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE_ITEMS, kinds: ['folder'], states: ['migrated'], hasIssues: true })
    const last = page.at(-1)
    if (!last) return
    afterId = last.id
    for (const item of page) {
      if (!item.issues.some(isAboutNotebook)) continue
      throwIfStopped(round.stops)
      journal.record([notedAs(item, wasMarked(round, item) ? MARKED : await mark(round, notebooks, item))])
    }
  }
}

async function mark(round: Round, notebooks: Notebooks | undefined, item: JournalItem): Promise<string> {
  if (!notebooks) return 'It is a notebook of OneNote; this destination takes it as a folder.'
  const path = joinPath(round.destination.place.serverRelativePath, destPathOf(round.journal, item))
  try {
    await patiently(round, (signal) => notebooks.mark(path, signal))
    return MARKED
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    if (endsTask(thrown)) throw thrown
    const { code, message } = asMigrationError(thrown)
    round.logger.log('warn', 'notebook.notMarked', { id: item.id, code })
    return `It is a notebook of OneNote and stays a folder at the destination: ${message}`
  }
}

/** The round before did it, and the folder is still the same one. */
function wasMarked({ previous }: Round, item: JournalItem): boolean {
  const before = previous?.itemAt(item.relPath)
  return before?.destItemId === item.destItemId && before?.issues.some(({ detail }) => detail === MARKED) === true
}

const notedAs = ({ id, issues }: JournalItem, detail: string): JournalFact => ({
  fact: 'issues',
  id,
  issues: [...issues.filter((issue) => !isAboutNotebook(issue)), { ...NOTEBOOK_ISSUE, detail }],
})
