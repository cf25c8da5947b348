import { asMigrationError } from '../../../shared/errors.ts'
import { FolderDesk } from '../package/folderDesk.ts'
import type { ImportService } from '../ports/importService.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import { Flights } from '../run/flights.ts'
import { patiently, type Round } from '../run/round.ts'
import { endsTask, throwIfStopped } from '../run/stopping.ts'
import { timesToStore } from '../transfer/fileToSend.ts'
import { noteOwnerIssue, unknownOwner, wantsAuthors } from './ownerIssues.ts'
import { PeopleDesk } from './peopleDesk.ts'

const PAGE_ITEMS = 200
const FILES_IN_FLIGHT = 8

interface Stamping {
  readonly imports: ImportService
  readonly people: PeopleDesk
  readonly folders: FolderDesk
}

/**
 * Names the people of files that an upload has brought: it knows nobody but the account that uploads. A new file gets author and editor, one that
 * the destination had keeps its author. Nothing is done when nobody asked for authors; a file whose people cannot be named has still arrived, and
 * carries an issue that says so. Doing it twice changes nothing. Errors: what ends the task; Drained.
 */
export async function authorStage(round: Round): Promise<void> {
  const { journal, destination } = round
  const { imports } = destination
  if (!wantsAuthors(round.task.settings) || !imports) return
  const first = journal.items({ afterId: 0, limit: 1, states: ['uploaded'], kinds: ['file'], routes: ['session'] })
  if (first.length === 0) return
  const stamping = await open(round, imports)
  if (stamping === undefined) return
  const flights = new Flights({ capacity: FILES_IN_FLIGHT, onFailure: round.stops.fail })
  try {
    for (let afterId = 0; ; ) {
      const page = journal.items({ afterId, limit: PAGE_ITEMS, states: ['uploaded'], kinds: ['file'], routes: ['session'] })
      const last = page.at(-1)
      if (!last) break
      afterId = last.id
      for (const item of page) {
        throwIfStopped(round.stops)
        await flights.launch(1, async () => round.facts.later(...(await stamp(round, stamping, item))))
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

/** undefined = this account may not look at the library the way that is needed here. */
async function open(round: Round, imports: ImportService): Promise<Stamping | undefined> {
  try {
    const place = await patiently(round, (signal) => imports.describe(signal))
    return { imports, people: new PeopleDesk(round, imports), folders: new FolderDesk(round, imports, place) }
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    const error = asMigrationError(thrown)
    if (error.code !== 'JOB_NOT_ALLOWED') throw thrown
    round.logger.log('warn', 'authors.notAllowed', { message: error.message })
    return undefined
  }
}

async function stamp(round: Round, { imports, people, folders }: Stamping, item: JournalItem): Promise<readonly JournalFact[]> {
  try {
    const { person, issue } = await people.authorOf(item)
    if (person === undefined) return noteOwnerIssue(item, issue)
    const serverRelativePath = `${(await folders.around(item)).path}/${item.destName}`
    const author = item.wasAtDestination ? undefined : person
    const times = timesToStore(round, item)
    await patiently(round, (signal) => imports.setPeople({ serverRelativePath, author, editor: person, times }, signal))
    return []
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    if (endsTask(thrown)) throw thrown
    const { code, message } = asMigrationError(thrown)
    round.logger.log('warn', 'item.authorNotSet', { id: item.id, code })
    return noteOwnerIssue(item, unknownOwner(`Its owner could not be named: ${message}`).issue)
  }
}
