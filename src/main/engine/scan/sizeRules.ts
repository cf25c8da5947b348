import type { ItemIssue } from '../../../shared/domain/item.ts'
import { FILE_MAX_BYTES } from '../../../shared/limits.ts'

/** A file that is larger than the service stores; undefined when it fits. */
export function findSizeIssue(sizeBytes: number): ItemIssue | undefined {
  if (sizeBytes <= FILE_MAX_BYTES) return undefined
  return {
    code: 'RULE_FILE_TOO_LARGE',
    effect: 'blocks',
    detail: `The file has ${sizeBytes} bytes; the service stores files of up to ${FILE_MAX_BYTES} bytes.`,
  }
}
