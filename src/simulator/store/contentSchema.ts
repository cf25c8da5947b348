/** Small contents and how much of each upload session has arrived. Large contents are files. */
export const schema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS contents (
     content_id TEXT PRIMARY KEY,
     size_bytes INTEGER NOT NULL,
     data BLOB
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS content_drafts (
     session_id TEXT PRIMARY KEY,
     received_bytes INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
]
