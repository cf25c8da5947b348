import type { DatabaseSync } from 'node:sqlite'

let depth = 0

/** Runs `work` so that either all of its writes are kept or none. Nests, also inside a transaction of another area. */
export function atomically<Result>(db: DatabaseSync, work: () => Result): Result {
  depth += 1
  const name = `lists_${depth}`
  db.exec(`SAVEPOINT ${name}`)
  try {
    const result = work()
    db.exec(`RELEASE ${name}`)
    return result
  } catch (error) {
    db.exec(`ROLLBACK TO ${name}`)
    db.exec(`RELEASE ${name}`)
    throw error
  } finally {
    depth -= 1
  }
}
