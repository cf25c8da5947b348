import type { DatabaseSync } from 'node:sqlite'
import type { AppRecord, Directory, GroupRecord, UserRecord } from './directory.ts'

/** The directory in memory, written through to the database. Adding a record with a known id replaces it. */
export function createDirectory(db: DatabaseSync): Directory {
  const users = new Map<string, UserRecord>()
  const deleted = new Map<string, UserRecord>()
  const upns = new Map<string, UserRecord>()
  const groups = new Map<string, GroupRecord>()
  const apps = new Map<string, AppRecord>()
  const write = db.prepare('INSERT OR REPLACE INTO directory_entries (kind, id, record) VALUES (?, ?, ?)')

  function keepUser(user: UserRecord): void {
    if (user.deletedAtMs !== undefined) {
      users.delete(user.objectId)
      deleted.set(user.objectId, user)
      return
    }
    deleted.delete(user.objectId)
    users.set(user.objectId, user)
    upns.set(user.upn.toLowerCase(), user)
  }

  for (const row of db.prepare('SELECT kind, id, record FROM directory_entries ORDER BY rowid').all()) {
    // The database is written by this module alone, so the record has the shape of its kind.
    const record: unknown = JSON.parse(String(row.record))
    if (row.kind === 'user') keepUser(record as UserRecord)
    else if (row.kind === 'group') groups.set(String(row.id), record as GroupRecord)
    else apps.set(String(row.id), record as AppRecord)
  }

  return {
    user: (idOrUpn) => users.get(idOrUpn) ?? upns.get(idOrUpn.toLowerCase()),
    users: () => [...users.values()],
    deletedUsers: () => [...deleted.values()],
    group: (objectId) => groups.get(objectId),
    groups: () => [...groups.values()],
    app: (appId) => apps.get(appId.toLowerCase()),
    apps: () => [...apps.values()],
    addUser(user) {
      const previous = users.get(user.objectId)
      if (previous !== undefined) upns.delete(previous.upn.toLowerCase())
      keepUser(user)
      write.run('user', user.objectId, JSON.stringify(user))
    },
    addGroup(group) {
      groups.set(group.objectId, group)
      write.run('group', group.objectId, JSON.stringify(group))
    },
    addApp(app) {
      apps.set(app.appId.toLowerCase(), app)
      write.run('app', app.appId.toLowerCase(), JSON.stringify(app))
    },
  }
}
