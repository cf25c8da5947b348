/** Keys in the order of their ranks, as an index of a list has them; moving one costs little even among fifty thousand. */
export class SortedRows<Key extends string = string> {
  readonly #sorted: { readonly rank: number; readonly key: Key }[] = []
  readonly #ranks = new Map<Key, number>()

  /** undefined takes it out. */
  place(key: Key, rank: number | undefined): void {
    const before = this.#ranks.get(key)
    if (before !== undefined) this.#sorted.splice(this.#position(before, key), 1)
    if (rank === undefined) {
      this.#ranks.delete(key)
      return
    }
    this.#sorted.splice(this.#position(rank, key), 0, { rank, key })
    this.#ranks.set(key, rank)
  }

  /** Ranks from `fromRank` up to, but without, `toRank`. */
  *between(fromRank: number, toRank: number): Generator<Key> {
    for (let index = this.#position(fromRank, ''); index < this.#sorted.length; index++) {
      const entry = this.#sorted[index]
      if (!entry || entry.rank >= toRank) return
      yield entry.key
    }
  }

  #position(rank: number, key: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = this.#sorted[middle]
      if (entry && (entry.rank < rank || (entry.rank === rank && entry.key < key))) low = middle + 1
      else high = middle
    }
    return low
  }
}
