import { MigrationError } from '../../../shared/errors.ts'
import type { Round } from '../run/round.ts'
import { assignAccess } from './assignAccess.ts'
import { planAccess } from './planAccess.ts'

/**
 * Carries permissions: after the content, in a pass of its own that goes on where it stopped. First every item is compared with what it will
 * inherit; then those that need it get permissions of their own, from above. The library's own are never touched.
 */
export async function accessStage(round: Round): Promise<void> {
  if (round.task.settings.permissions === 'none') return
  const { access } = round.source
  const { permissions } = round.destination
  if (access === undefined || permissions === undefined) throw cannotCarry(round)
  await planAccess(round, { access, permissions })
  await assignAccess(round, permissions)
}

/** Said before anything moves: a task whose permissions nobody can read or set is not begun. Errors: SRC_NO_ACCESS_LISTS. */
export function assertAccessCanTravel(round: Pick<Round, 'task' | 'source' | 'destination'>): void {
  if (round.task.settings.permissions === 'none') return
  if (round.source.access === undefined || round.destination.permissions === undefined) throw cannotCarry(round)
}

function cannotCarry({ source, destination }: Pick<Round, 'source' | 'destination'>): MigrationError {
  if (source.access === undefined) return noAccessLists(source)
  return new MigrationError('SRC_NO_ACCESS_LISTS', `Permissions cannot be set at ${destination.place.webUrl}.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Turn --permissions off for this task.',
  })
}

export function noAccessLists({ rootPath }: Pick<Round['source'], 'rootPath'>): MigrationError {
  return new MigrationError('SRC_NO_ACCESS_LISTS', `This agent cannot read the permissions of ${rootPath}.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Give the task to an agent on Windows; or save the lists on the file server with "icacls SHARE /save FILE /t" and name that file with --access-list; or turn --permissions off.',
  })
}
