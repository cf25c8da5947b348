/** Items, listing, structure log and meta of one round. Released: never change, add a migration. */
export const round0001 = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  parent_id INTEGER,
  depth INTEGER NOT NULL,
  rel_path TEXT NOT NULL,
  kind TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  created_ms INTEGER,
  modified_ms INTEGER,
  is_hidden INTEGER NOT NULL,
  file_id TEXT,
  dest_name TEXT NOT NULL,
  collision_key TEXT NOT NULL,
  issues TEXT,
  state TEXT NOT NULL,
  failure_stage TEXT,
  error_code TEXT,
  message TEXT,
  is_parent_only INTEGER NOT NULL,
  route TEXT,
  route_reason TEXT,
  was_at_destination INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  reuploads INTEGER NOT NULL DEFAULT 0,
  deferrals INTEGER NOT NULL DEFAULT 0,
  dest_item_id TEXT,
  e_tag TEXT,
  quick_xor_hash TEXT,
  sealed_session_url TEXT,
  session_expires_at_ms INTEGER,
  accepted_bytes INTEGER NOT NULL DEFAULT 0,
  times_set INTEGER NOT NULL DEFAULT 0,
  verdict TEXT,
  verdict_reason TEXT,
  started_at_ms INTEGER,
  uploaded_at_ms INTEGER,
  verified_at_ms INTEGER
) STRICT;

CREATE INDEX item_folder_path ON item (rel_path) WHERE kind = 'folder';
CREATE INDEX item_folder_depth ON item (depth, id) WHERE kind = 'folder';

CREATE TABLE listing (
  item_id TEXT PRIMARY KEY,
  parent_item_id TEXT,
  name TEXT NOT NULL,
  collision_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  quick_xor_hash TEXT,
  e_tag TEXT,
  created_ms INTEGER,
  modified_ms INTEGER,
  web_url TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE structure (
  seq INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  title TEXT NOT NULL,
  operation TEXT NOT NULL,
  status TEXT NOT NULL,
  details TEXT NOT NULL,
  source_path TEXT NOT NULL,
  destination_url TEXT NOT NULL,
  source_id TEXT,
  destination_id TEXT,
  error_code TEXT,
  at_ms INTEGER NOT NULL
) STRICT;
`
