/** Who owns an item at the source. Released: never change, add a migration. */
export const owners0003 = `
ALTER TABLE item ADD COLUMN owner TEXT;
`
