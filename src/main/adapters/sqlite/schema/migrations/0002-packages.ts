/** The packages of the bulk route. Released: never change, add a migration. */
export const packages0002 = `
CREATE TABLE package (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  cut_count INTEGER NOT NULL,
  sealed_containers TEXT,
  expires_at_ms INTEGER,
  job_id TEXT,
  formed_at_ms INTEGER,
  submitted_at_ms INTEGER,
  ended_at_ms INTEGER,
  outcome TEXT,
  message TEXT
) STRICT;

ALTER TABLE item ADD COLUMN package_id INTEGER;
CREATE INDEX item_package ON item (package_id) WHERE package_id IS NOT NULL;
`
