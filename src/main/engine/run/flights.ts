/**
 * Work in flight at the same time, within a weight. The first error of any flight refuses new ones and is thrown by the next `launch` or
 * by `landed`, but only after every flight has ended: nothing goes on behind the back of whoever caught it.
 */
export class Flights {
  readonly #capacity: number
  readonly #onFailure: ((thrown: unknown) => void) | undefined
  readonly #flying = new Set<Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #weight = 0
  #failure: { readonly thrown: unknown } | undefined

  /** `onFailure` is told at once, so that it can cut short what is still in flight. */
  constructor(options: { readonly capacity: number; readonly onFailure?: (thrown: unknown) => void }) {
    this.#capacity = options.capacity
    this.#onFailure = options.onFailure
  }

  /** Waits for room, then starts `work`. Something heavier than the whole capacity flies alone. */
  async launch(weight: number, work: () => Promise<void>): Promise<void> {
    while (this.#failure === undefined && this.#weight > 0 && this.#weight + weight > this.#capacity) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (this.#failure !== undefined) return await this.landed()
    this.#weight += weight
    const flight = this.#fly(weight, work)
    this.#flying.add(flight)
    void flight.finally(() => this.#flying.delete(flight))
  }

  /** Resolves when nothing is in flight any more. */
  async landed(): Promise<void> {
    while (this.#flying.size > 0) await Promise.all(this.#flying)
    if (this.#failure !== undefined) throw this.#failure.thrown
  }

  async #fly(weight: number, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      this.#failure ??= { thrown }
      this.#onFailure?.(thrown)
    } finally {
      this.#weight -= weight
      for (const wake of this.#waiting.splice(0)) wake()
    }
  }
}

/** Waits for all of them before it throws the first error, so that nothing goes on behind the back of whoever caught it. */
export async function everyOne<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  const outcomes = await Promise.allSettled(works)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

/** Room of a certain size that is lent and given back, in the order in which it was asked for. */
export class Room {
  readonly #size: number
  readonly #queue: { readonly amount: number; readonly enter: () => void }[] = []
  #taken = 0

  constructor(size: number) {
    this.#size = size
  }

  /** Runs `work` while it holds `amount` of the room. More than the whole room waits until it is empty. */
  async hold<T>(amount: number, work: () => Promise<T>): Promise<T> {
    if (this.#queue.length > 0 || !this.#fits(amount)) {
      await new Promise<void>((enter) => this.#queue.push({ amount, enter }))
    } else {
      this.#taken += amount
    }
    try {
      return await work()
    } finally {
      this.#taken -= amount
      this.#admit()
    }
  }

  #fits(amount: number): boolean {
    return this.#taken === 0 || this.#taken + amount <= this.#size
  }

  #admit(): void {
    for (let next = this.#queue[0]; next !== undefined && this.#fits(next.amount); next = this.#queue[0]) {
      this.#queue.shift()
      this.#taken += next.amount
      next.enter()
    }
  }
}
