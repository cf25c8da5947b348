/** Who could do what and can afterwards, and who the accounts of access lists are. Released: never change, add a migration. */
export const accounts0008 = `
ALTER TABLE access ADD COLUMN matrix TEXT;
CREATE TABLE account (
  sid TEXT PRIMARY KEY,
  document TEXT NOT NULL,
  listed_count INTEGER NOT NULL,
  owned_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`
