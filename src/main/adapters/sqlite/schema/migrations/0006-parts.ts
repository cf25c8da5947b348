/** Folders that other rows of work take care of. Released: never change, add a migration. */
export const parts0006 = `
CREATE TABLE part (
  path TEXT PRIMARY KEY,
  item_id INTEGER,
  dest_path TEXT NOT NULL,
  file_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  is_listed INTEGER NOT NULL DEFAULT 0,
  is_absorbed INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
`
