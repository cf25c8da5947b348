import type { Journal, ReadableJournal } from '../ports/journal.ts'

/** What the suite needs of an implementation. `reopen` closes nothing: the process before it is thought dead. */
export interface JournalKit {
  open(): Journal
  read(): ReadableJournal | undefined
}

export interface ConformanceCase {
  readonly title: string
  /** Throws when the promise is broken. Each case gets a kit of its own, without a journal. */
  check(kit: JournalKit): void
}
