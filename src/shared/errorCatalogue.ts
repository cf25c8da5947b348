import { commandErrors } from './catalogue/commandErrors.ts'
import { destinationErrors } from './catalogue/destinationErrors.ts'
import type { CatalogueEntry } from './catalogue/entry.ts'
import { itemErrors } from './catalogue/itemErrors.ts'
import type { FailureStage } from './domain/item.ts'
import type { ErrorCode } from './errors.ts'

/** What the product says about each code, in the order of the union. docs/errors.md is generated from it. */
export const errorCatalogue = { ...itemErrors, ...destinationErrors, ...commandErrors } as const satisfies Record<
  ErrorCode,
  CatalogueEntry
>

/** Result categories as Migration Manager prints them, also in front of its messages. [mm-troubleshoot] */
export const RESULT_CATEGORIES = {
  scanning: 'Scan File Failure',
  reading: 'Failed to Read the File',
  packing: 'Packaging Failure',
  uploading: 'Failed to Upload the Job to Server',
  submitting: 'Failed to Submit the Job to Server',
  querying: 'Errors or Timeout for Server Processing the File',
} as const satisfies Record<FailureStage, string>
