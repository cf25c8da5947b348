import type { FailureStage } from '../domain/item.ts'

/** What the product says about one code wherever it appears: screens, command line, reports and docs/errors.md. */
export interface CatalogueEntry {
  /** A few words without a full stop. */
  readonly title: string
  /** One sentence that says what to do, when the error itself brings no better one. */
  readonly fix: string
  /** Of a command that ends with it: 0 done, 1 unexpected, 2 input, 3 some items failed, 4 not connected or allowed, 5 resumable. */
  readonly exitCode: 0 | 1 | 2 | 3 | 4 | 5
  /** The nearest code of Migration Manager; undefined where it has none. [mm-troubleshoot] */
  readonly mmCode: string | undefined
  /** Stage that an item failed in when nobody said another. */
  readonly stage: FailureStage
}
