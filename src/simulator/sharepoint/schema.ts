/** Principals per site collection, unique permission scopes, their role assignments, and sites that are being made. */
export const schema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS principals (
    site_id TEXT NOT NULL,
    principal_id INTEGER NOT NULL,
    login TEXT NOT NULL,
    login_key TEXT NOT NULL,
    title TEXT NOT NULL,
    email TEXT NOT NULL,
    principal_type INTEGER NOT NULL,
    object_id TEXT,
    PRIMARY KEY (site_id, principal_id)
  ) STRICT, WITHOUT ROWID`,
  'CREATE UNIQUE INDEX IF NOT EXISTS principals_login ON principals (site_id, login_key)',
  `CREATE TABLE IF NOT EXISTS group_members (
    site_id TEXT NOT NULL,
    group_id INTEGER NOT NULL,
    principal_id INTEGER NOT NULL,
    PRIMARY KEY (site_id, group_id, principal_id)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS unique_scopes (
    scope_key TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    list_id TEXT
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS unique_scopes_list ON unique_scopes (list_id)',
  `CREATE TABLE IF NOT EXISTS role_assignments (
    scope_key TEXT NOT NULL,
    principal_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    PRIMARY KEY (scope_key, principal_id, role_id)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS site_requests (
    path TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    ready_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
]
