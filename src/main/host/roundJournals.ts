import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { asMigrationError } from '../../shared/errors.ts'
import { readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import type { TaskRecord } from '../engine/ports/coordination.ts'
import type { ReadableJournal } from '../engine/ports/journal.ts'
import type { Host } from './createHost.ts'
import { journalCopies } from './engineDeps.ts'
import { isBeforeWriting } from './previousRound.ts'

/** The journals of a task's rounds that may have written something, the last one first. */
export interface RoundJournals {
  readonly journals: readonly ReadableJournal[]
  close(): void
}

/**
 * Opens what this install has, and fetches from the library of the project what another one has written last. A journal that nobody can reach is
 * left out: whoever needs a certain round looks for it. The caller closes. Errors: JNL_DAMAGED.
 */
export async function openRoundJournals(host: Host, record: TaskRecord, signal: AbortSignal): Promise<RoundJournals> {
  const { workFolder } = host.environment
  const { id } = record.task
  const opened = new Map<number, ReadableJournal>()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-journals-'))
  const close = (): void => {
    for (const journal of opened.values()) journal.close()
    fs.rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const round of workFolder.rounds(id)) keep(opened, round, readSqliteJournal(workFolder.journalFile(id, round)))
    // What this install has of the last round may be older than what others did since.
    if (opened.get(record.round)?.meta().stage !== 'reported') await fetchMissing(host, { record, opened, folder, signal })
    return { journals: [...opened].sort(([one], [other]) => other - one).map(([, journal]) => journal), close }
  } catch (thrown) {
    close()
    throw thrown
  }
}

function keep(opened: Map<number, ReadableJournal>, round: number, journal: ReadableJournal | undefined): void {
  if (journal === undefined) return
  if (isBeforeWriting(journal.meta().stage)) journal.close()
  else opened.set(round, journal)
}

async function fetchMissing(
  host: Host,
  to: {
    readonly record: TaskRecord
    readonly opened: Map<number, ReadableJournal>
    readonly folder: string
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { record, opened, folder, signal } = to
  try {
    const copies = await journalCopies(host)
    for (const copy of await copies.newest(record.task.id, { epochMax: record.epoch, signal })) {
      if (opened.has(copy.round)) continue
      const file = path.join(folder, `R${copy.round}.sqlite`)
      if (await copies.fetch(copy, file, signal)) keep(opened, copy.round, readSqliteJournal(file))
    }
  } catch (thrown) {
    signal.throwIfAborted()
    host.environment.logger.log('warn', 'journals.notFetched', { task: record.task.id, code: asMigrationError(thrown).code })
  }
}
