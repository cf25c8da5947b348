import type { Journal, JournalFact } from '../ports/journal.ts'
import type { Clock } from '../ports/runtime.ts'

const FACTS_MAX = 200
const AGE_MAX_MS = 50

/**
 * Gathers facts whose loss would cost a look but no truth (what arrived), so that thousands of small files do not mean thousands of
 * transactions. Intents are written at once, together with everything gathered.
 */
export class FactBuffer {
  readonly #journal: Journal
  readonly #clock: Clock
  #facts: JournalFact[] = []
  #oldestMs = 0

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal
    this.#clock = clock
  }

  /** Written soon: with the next intent, or when enough facts or time have gathered. */
  later(...facts: readonly JournalFact[]): void {
    if (this.#facts.length === 0) this.#oldestMs = this.#clock.now()
    this.#facts.push(...facts)
    if (this.#facts.length >= FACTS_MAX || this.#clock.now() - this.#oldestMs >= AGE_MAX_MS) this.flush()
  }

  /** Durable when it returns. */
  now(...facts: readonly JournalFact[]): void {
    this.#facts.push(...facts)
    this.flush()
  }

  flush(): void {
    if (this.#facts.length === 0) return
    const facts = this.#facts
    this.#facts = []
    this.#journal.record(facts)
  }
}
