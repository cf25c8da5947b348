import type { Task } from '../../../shared/domain/task.ts'
import { asMigrationError } from '../../../shared/errors.ts'
import { FREEZE_OPENED_MAX } from '../../../shared/limits.ts'
import type { ReadableJournal } from '../ports/journal.ts'
import type { Source, SourceEntry } from '../ports/source.ts'
import { isLockFile } from '../scan/contentRules.ts'
import type { ItemFilter } from '../scan/filters.ts'

export interface FreezeFinding {
  readonly path: string
  /** `open`: Office keeps a lock file beside it. `locked`: a program holds it. `late`: it changed when nothing was to change any more. */
  readonly kind: 'open' | 'locked' | 'late'
  readonly detail: string
}

export interface FreezeResult {
  readonly files: number
  readonly inUse: number
  readonly late: number
  /** Files that are not as the last round saw them: what the next one has to send, and no reason against it. */
  readonly changed: number
  /** Files that were opened to see whether somebody holds them; more had changed than are opened. */
  readonly isOpenedInPart: boolean
}

export interface FreezeOptions {
  readonly filter: ItemFilter
  /** Of the last round: what changed since is opened. */
  readonly previous: ReadableJournal | undefined
  /** Whoever changed after this moment changed too late. */
  readonly quietSinceMs: number
  /** Whether a program of this computer announces to write it. */
  readonly isHeld: (entry: SourceEntry) => boolean
  readonly onFinding: (finding: FreezeFinding) => void
  readonly signal: AbortSignal
}

/**
 * Whether a source stands still: no document is open, no file locked, none changed too late. Opens what changed since the last round, for
 * reading only and without reading; everything else is judged by the walk alone. Placeholders are never opened: that would recall them. Errors:
 * what the source says of its root; the signal's reason.
 */
export async function checkFreeze(source: Source, task: Pick<Task, 'settings'>, options: FreezeOptions): Promise<FreezeResult> {
  const { filter, previous, quietSinceMs, isHeld, onFinding, signal } = options
  await source.check()
  const sum = { files: 0, inUse: 0, late: 0, changed: 0 }
  let openedCount = 0
  let isOpenedInPart = false
  const tell = (count: 'inUse' | 'late', finding: FreezeFinding): void => {
    sum[count]++
    onFinding(finding)
  }
  for await (const entries of source.walk({ symlinks: task.settings.symlinks, signal })) {
    signal.throwIfAborted()
    for (const entry of entries) {
      if (entry.kind !== 'file' || entry.issue !== undefined || filter(entry).kind === 'filteredOut') continue
      sum.files++
      if (isLockFile(entry)) {
        tell('inUse', { path: documentOf(entry), kind: 'open', detail: `Office keeps the lock file “${entry.name}” beside it.` })
        continue
      }
      const isChanged = hasChanged(previous, entry)
      if (isChanged) sum.changed++
      if (entry.modifiedMs !== undefined && entry.modifiedMs > quietSinceMs)
        tell('late', {
          path: entry.relPath,
          kind: 'late',
          detail: `It changed on ${new Date(entry.modifiedMs).toISOString().slice(0, 16).replace('T', ', ')} UTC.`,
        })
      if (isHeld(entry)) {
        tell('inUse', { path: entry.relPath, kind: 'locked', detail: 'A program of this computer is writing to it.' })
        continue
      }
      if (entry.isOffline || !isChanged) continue
      if (++openedCount > FREEZE_OPENED_MAX) {
        isOpenedInPart = true
        continue
      }
      const refusal = await tryOpen(source, entry.relPath, signal)
      if (refusal !== undefined) tell('inUse', { path: entry.relPath, kind: 'locked', detail: refusal })
    }
  }
  return { ...sum, isOpenedInPart }
}

/** `folder/~$plan.docx` stands for `folder/plan.docx`; of long names Office leaves the first two characters out. */
function documentOf({ relPath, name }: SourceEntry): string {
  return relPath.slice(0, relPath.length - name.length) + name.slice(2)
}

function hasChanged(previous: ReadableJournal | undefined, { relPath, sizeBytes, modifiedMs }: SourceEntry): boolean {
  const before = previous?.itemAt(relPath)
  return before === undefined || before.sizeBytes !== sizeBytes || before.modifiedMs !== modifiedMs
}

/** Why it cannot be opened because somebody holds it; other refusals are the scan's to tell. */
async function tryOpen(source: Source, relPath: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await (await source.open(relPath, signal)).close()
    return undefined
  } catch (thrown) {
    signal.throwIfAborted()
    const { code, message } = asMigrationError(thrown)
    return code === 'SRC_LOCKED' ? message : undefined
  }
}
