import type { KeyedList, KeyedRow } from '../ports/keyedList.ts'
import { type ListWorld, quietWorld } from './listWorld.ts'

/** A shared list in memory with the rules that count: keys are unique, changes are conditional, queries lag. For tests. */
export class MemoryKeyedList<Value> implements KeyedList<Value> {
  readonly rows = new Map<string, KeyedRow<Value>>()
  readonly #world: ListWorld
  readonly #seen = new Map<string, KeyedRow<Value>>()
  readonly #unseen: { readonly atMs: number; readonly key: string; readonly row: KeyedRow<Value> | undefined }[] = []
  #version = 0

  constructor(world: ListWorld | (() => number) = quietWorld) {
    this.#world = typeof world === 'function' ? { ...quietWorld, now: world } : world
  }

  async prepare(): Promise<void> {}

  async get(key: string): Promise<KeyedRow<Value> | undefined> {
    return await this.#world.call(1, () => this.rows.get(key))
  }

  async list(): Promise<readonly KeyedRow<Value>[]> {
    return await this.#world.call(2, () => {
      const nowMs = this.#world.now()
      const ahead = this.#unseen.findIndex(({ atMs }) => atMs > nowMs)
      for (const { key, row } of this.#unseen.splice(0, ahead < 0 ? this.#unseen.length : ahead)) {
        if (row) this.#seen.set(key, row)
        else this.#seen.delete(key)
      }
      return [...this.#seen.values()]
    })
  }

  async add(key: string, value: Value): Promise<{ readonly row: KeyedRow<Value>; readonly isNew: boolean }> {
    return await this.#world.call(2, () => {
      const known = this.rows.get(key)
      return known ? { row: known, isNew: false } : { row: this.#store(key, value), isNew: true }
    })
  }

  async change(row: KeyedRow<Value>, value: Value): Promise<KeyedRow<Value> | undefined> {
    return await this.#world.call(2, () => (this.rows.get(row.key)?.eTag === row.eTag ? this.#store(row.key, value) : undefined))
  }

  async remove(row: KeyedRow<Value>): Promise<boolean> {
    return await this.#world.call(2, () => {
      const known = this.rows.get(row.key)
      if (known && known.eTag !== row.eTag) return false
      this.rows.delete(row.key)
      this.#tell(row.key, undefined)
      return true
    })
  }

  #store(key: string, value: Value): KeyedRow<Value> {
    const row = { key, value, eTag: `v${++this.#version}`, modifiedAt: new Date(this.#world.now()).toISOString() }
    this.rows.set(key, row)
    this.#tell(key, row)
    return row
  }

  /** Queries see it later. */
  #tell(key: string, row: KeyedRow<Value> | undefined): void {
    const soonestMs = this.#unseen.at(-1)?.atMs ?? 0
    this.#unseen.push({ atMs: Math.max(soonestMs, this.#world.now() + this.#world.lagMs()), key, row })
  }
}
