/** What became of the permissions of items. Released: never change, add a migration. */
export const access0004 = `
CREATE TABLE access (
  item_id INTEGER PRIMARY KEY,
  access_key TEXT NOT NULL,
  state TEXT NOT NULL,
  roles TEXT NOT NULL,
  findings TEXT,
  message TEXT
) STRICT;
`
