/** Tables of the directory and of what sign-in has handed out. Records are JSON: they are read whole and never searched by SQL. */
export const schema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS directory_entries (
     kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'app')),
     id TEXT NOT NULL,
     record TEXT NOT NULL,
     PRIMARY KEY (kind, id)
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS consents (
     app_id TEXT NOT NULL,
     user_id TEXT NOT NULL,
     resource TEXT NOT NULL,
     scope TEXT NOT NULL,
     PRIMARY KEY (app_id, user_id, resource, scope)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS refresh_tokens (
     token_hash BLOB PRIMARY KEY,
     app_id TEXT NOT NULL,
     user_id TEXT NOT NULL,
     scope TEXT NOT NULL,
     issued_ms INTEGER NOT NULL,
     last_used_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS token_cutoffs (
     subject_id TEXT PRIMARY KEY,
     refresh_before_ms INTEGER NOT NULL,
     access_before_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
]
