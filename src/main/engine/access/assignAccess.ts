import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { JournalAccess } from '../ports/journalAccess.ts'
import type { Permissions, RoleAssignment, SecuredItem } from '../ports/permissions.ts'
import { createDestinationPaths } from '../report/places.ts'
import { Flights } from '../run/flights.ts'
import { type Round, repeatedly } from '../run/round.ts'
import { endsTask, throwIfStopped } from '../run/stopping.ts'
import { joinPath } from '../scan/pathRules.ts'

const PAGE_ITEMS = 100
const ITEMS_IN_FLIGHT = 4

/** Gives every planned item its permissions, each folder before what is below it: breaking a folder's inheritance clears that of its content. */
export async function assignAccess(round: Round, permissions: Permissions): Promise<void> {
  const flights = new Flights({ capacity: ITEMS_IN_FLIGHT, onFailure: round.stops.fail })
  const pathOf = createDestinationPaths(round.journal)
  const flying = new Set<string>()
  try {
    for (let afterId = 0; ; ) {
      throwIfStopped(round.stops)
      const page = round.journal.access({ afterId, limit: PAGE_ITEMS, states: ['planned', 'resetting'] })
      const last = page.at(-1)
      if (!last) break
      afterId = last.itemId
      for (const access of page) {
        throwIfStopped(round.stops)
        const item = round.journal.item(access.itemId)
        if (!item) continue
        const path = item.depth === 0 ? '' : pathOf(item)
        if ([...flying].some((above) => above === '' || path.startsWith(`${above}/`))) await flights.landed()
        flying.add(path)
        await flights.launch(1, async () => {
          try {
            await assign(round, permissions, { access, item, path })
          } finally {
            flying.delete(path)
          }
        })
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

async function assign(
  round: Round,
  permissions: Permissions,
  { access, item, path }: { readonly access: JournalAccess; readonly item: JournalItem; readonly path: string },
): Promise<void> {
  const { place } = round.destination
  const secured: SecuredItem = {
    kind: item.kind === 'folder' ? 'folder' : 'file',
    serverRelativePath: path === '' ? place.serverRelativePath : joinPath(place.serverRelativePath, path),
  }
  try {
    if (access.state === 'resetting') {
      await repeatedly(round, (signal) => permissions.inherit(secured, signal))
      round.facts.later({ fact: 'access', access: { ...access, state: 'inherits' } })
      return
    }
    await repeatedly(round, async (signal) => {
      const assignments: RoleAssignment[] = []
      for (const [login, role] of access.roles) {
        const principal = await permissions.principal(login, signal)
        if (!principal) throw gone(login)
        assignments.push({ principalId: principal.id, role })
      }
      await permissions.assign(secured, assignments, { keepsOthers: item.depth === 0, signal })
    })
    round.facts.later({ fact: 'access', access: { ...access, state: 'assigned' } })
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    const error = asMigrationError(thrown)
    if (endsTask(error)) throw error
    round.facts.later({ fact: 'access', access: { ...access, state: 'failed', message: error.message } })
  }
}

const gone = (login: string): MigrationError =>
  new MigrationError('DST_NOT_FOUND', `The account ${login} is no longer known at the destination.`, {
    remedy: { kind: 'failItem' },
  })
