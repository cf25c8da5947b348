import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Row } from './rows.ts'
import { asJournalError } from './sqliteErrors.ts'

/** How long a writer waits for a reader's checkpoint lock, and a reader for a writer's. */
const BUSY_TIMEOUT_MS = 5000
/** Page cache of one connection: what bounds its memory. */
const CACHE_KIB = 16 * 1024

/** One connection: statements prepared once, errors of the medium in the product's words. */
export class Connection {
  readonly file: string
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  private constructor(file: string, db: DatabaseSync) {
    this.file = file
    this.#db = db
  }

  static open(file: string, options: { readonly isReadOnly: boolean; readonly prepare: (db: DatabaseSync) => void }): Connection {
    let db: DatabaseSync | undefined
    try {
      db = new DatabaseSync(file, { readOnly: options.isReadOnly, timeout: BUSY_TIMEOUT_MS })
      db.exec(`PRAGMA cache_size = -${CACHE_KIB}`)
      options.prepare(db)
      return new Connection(file, db)
    } catch (thrown) {
      db?.close()
      throw asJournalError(thrown, file)
    }
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values))
  }

  all(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    return this.#guard(() => this.#statement(sql).all(...values))
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#guard(() => this.#statement(sql).run(...values))
  }

  exec(sql: string): void {
    this.#guard(() => this.#db.exec(sql))
  }

  /** The prepared statement itself, for loops in which a look-up per row would be felt. */
  statement(sql: string): StatementSync {
    return this.#guard(() => this.#statement(sql))
  }

  /** All or nothing. */
  transaction<T>(work: () => T): T {
    return this.#guard(() => {
      this.#statement('BEGIN IMMEDIATE').run()
      try {
        const result = work()
        this.#statement('COMMIT').run()
        return result
      } catch (thrown) {
        // A full disk may have rolled back already.
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw thrown
      }
    })
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const prepared = this.#db.prepare(sql)
    this.#statements.set(sql, prepared)
    return prepared
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (thrown) {
      throw asJournalError(thrown, this.file)
    }
  }
}
