/** What earlier rounds stored and is not where it was, and whom an item belongs to. Released: never change, add a migration. */
export const former0005 = `
CREATE TABLE former (
  dest_item_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  rel_path TEXT NOT NULL,
  dest_name TEXT NOT NULL,
  parent_dest_item_id TEXT,
  size_bytes INTEGER NOT NULL,
  created_ms INTEGER,
  modified_ms INTEGER,
  file_id TEXT,
  quick_xor_hash TEXT,
  e_tag TEXT,
  was_proved INTEGER NOT NULL,
  is_ours INTEGER NOT NULL,
  read_at_ms INTEGER,
  seen_in_round INTEGER NOT NULL,
  item_id INTEGER,
  state TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX former_item ON former (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX former_path ON former (rel_path);
CREATE INDEX former_size ON former (size_bytes) WHERE kind = 'file';

ALTER TABLE item ADD COLUMN is_ours INTEGER NOT NULL DEFAULT 0;
`
