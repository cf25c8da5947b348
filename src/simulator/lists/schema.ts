import { schema as permissionSchema } from '../sharepoint/schema.ts'

/** Tables of the lists area and of the SharePoint permissions that guard it. Library items live in the item store; only their extra column values are kept here. */
export const schema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS lists (
    list_id TEXT PRIMARY KEY,
    site_id TEXT NOT NULL,
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    url_name TEXT NOT NULL,
    url_key TEXT NOT NULL,
    entity_name TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    revision INTEGER NOT NULL,
    next_item_id INTEGER NOT NULL,
    item_count INTEGER NOT NULL,
    last_change INTEGER NOT NULL
  ) STRICT`,
  'CREATE UNIQUE INDEX IF NOT EXISTS lists_title ON lists (site_id, title_key)',
  'CREATE UNIQUE INDEX IF NOT EXISTS lists_url ON lists (site_id, url_key)',
  `CREATE TABLE IF NOT EXISTS list_columns (
    list_id TEXT NOT NULL,
    column_id TEXT NOT NULL,
    name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    type TEXT NOT NULL,
    settings TEXT NOT NULL,
    is_indexed INTEGER NOT NULL,
    is_unique INTEGER NOT NULL,
    is_required INTEGER NOT NULL,
    is_hidden INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    PRIMARY KEY (list_id, name)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS list_items (
    list_id TEXT NOT NULL,
    item_id INTEGER NOT NULL,
    unique_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    modified_by TEXT NOT NULL,
    fields TEXT NOT NULL,
    deleted_ms INTEGER,
    visible_ms INTEGER NOT NULL,
    earlier TEXT,
    PRIMARY KEY (list_id, item_id)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS list_items_visible ON list_items (list_id, visible_ms)',
  `CREATE TABLE IF NOT EXISTS list_index (
    list_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value ANY NOT NULL,
    item_id INTEGER NOT NULL,
    PRIMARY KEY (list_id, name, value, item_id)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS list_index_item ON list_index (list_id, item_id)',
  `CREATE TABLE IF NOT EXISTS list_changes (
    list_id TEXT NOT NULL,
    change_number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    item_id INTEGER NOT NULL,
    unique_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    visible_ms INTEGER NOT NULL,
    PRIMARY KEY (list_id, change_number)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS list_changes_visible ON list_changes (list_id, visible_ms)',
  `CREATE TABLE IF NOT EXISTS library_fields (
    unique_id TEXT PRIMARY KEY,
    list_id TEXT NOT NULL,
    fields TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`,
  ...permissionSchema,
]
