import type { KeyedList, KeyedRow } from '../ports/keyedList.ts'

/** A shared list in memory with the rules that count: keys are unique, changes are conditional. For tests. */
export class MemoryKeyedList<Value> implements KeyedList<Value> {
  readonly rows = new Map<string, KeyedRow<Value>>()
  readonly #now: () => number
  #version = 0

  constructor(now: () => number = () => Date.UTC(2026, 10, 21, 8)) {
    this.#now = now
  }

  async prepare(): Promise<void> {}

  async get(key: string): Promise<KeyedRow<Value> | undefined> {
    return this.rows.get(key)
  }

  async list(): Promise<readonly KeyedRow<Value>[]> {
    return [...this.rows.values()]
  }

  async add(key: string, value: Value): Promise<{ readonly row: KeyedRow<Value>; readonly isNew: boolean }> {
    const known = this.rows.get(key)
    return known ? { row: known, isNew: false } : { row: this.#store(key, value), isNew: true }
  }

  async change(row: KeyedRow<Value>, value: Value): Promise<KeyedRow<Value> | undefined> {
    return this.rows.get(row.key)?.eTag === row.eTag ? this.#store(row.key, value) : undefined
  }

  async remove(row: KeyedRow<Value>): Promise<boolean> {
    const known = this.rows.get(row.key)
    if (known && known.eTag !== row.eTag) return false
    this.rows.delete(row.key)
    return true
  }

  #store(key: string, value: Value): KeyedRow<Value> {
    const row = { key, value, eTag: `v${++this.#version}`, modifiedAt: new Date(this.#now()).toISOString() }
    this.rows.set(key, row)
    return row
  }
}
