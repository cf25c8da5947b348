import type { DatabaseSync } from 'node:sqlite'
import { MigrationError } from '../../../../shared/errors.ts'
import { round0001 } from './migrations/0001-round.ts'
import { packages0002 } from './migrations/0002-packages.ts'
import { owners0003 } from './migrations/0003-owners.ts'
import { access0004 } from './migrations/0004-access.ts'
import { former0005 } from './migrations/0005-former.ts'
import { parts0006 } from './migrations/0006-parts.ts'
import { accounts0008 } from './migrations/0008-accounts.ts'

/** In order; the position is the version. */
const migrations: readonly string[] = [round0001, packages0002, owners0003, access0004, former0005, parts0006, accounts0008]

/** Brings a journal of any earlier release to this one, whole or not at all. A journal of a later release is refused: JNL_DAMAGED. */
export function migrate(db: DatabaseSync, file: string): void {
  const version = userVersion(db)
  if (version > migrations.length) {
    throw new MigrationError('JNL_DAMAGED', `The journal ${file} was written by a newer release of Portage.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Go on with that release, or start a new round of the task.',
    })
  }
  for (let next = version; next < migrations.length; next++) {
    db.exec(`BEGIN IMMEDIATE;${migrations[next]};PRAGMA user_version = ${next + 1};COMMIT;`)
  }
}

function userVersion(db: DatabaseSync): number {
  const row = db.prepare('PRAGMA user_version').get()
  return typeof row?.user_version === 'number' ? row.user_version : 0
}
