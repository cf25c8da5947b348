import type { ErrorCode } from '../../../shared/errors.ts'
import type { JournalItem, StructureEntry } from '../ports/journal.ts'
import type { Round } from '../run/round.ts'

/** The line of the structure log for one folder of the task. */
export function folderEntry(
  round: Round,
  item: JournalItem,
  outcome: {
    readonly operation: StructureEntry['operation']
    readonly details: string
    readonly stored?: { readonly itemId: string; readonly webUrl: string | undefined }
    readonly code?: ErrorCode
  },
): StructureEntry {
  return {
    type: 'folder',
    title: item.destName,
    operation: outcome.operation,
    status: outcome.code === undefined ? 'success' : 'failure',
    details: outcome.details,
    sourcePath: item.relPath,
    destinationUrl: outcome.stored?.webUrl ?? '',
    sourceId: item.fileId,
    destinationId: outcome.stored?.itemId,
    errorCode: outcome.code,
    atMs: round.clock.now(),
  }
}
