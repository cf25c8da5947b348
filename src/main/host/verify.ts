import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { MigrationError } from '../../shared/errors.ts'
import { copySqliteJournal, openSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { proveAgain } from '../engine/verify/proveAgain.ts'
import type { Host } from './createHost.ts'
import { engineDeps } from './engineDeps.ts'
import { type RoundSummary, summarizeRound } from './roundSummary.ts'
import { bringRound, makeWhole } from './wholeJournal.ts'

export interface VerifiedTask extends RoundSummary {
  readonly taskId: string
  readonly name: string
  readonly sourcePath: string
  readonly round: number
  readonly agent: string
}

/**
 * Proves the last round of a task once more, from a fresh listing of the destination. Writes nothing, neither to the destination nor to the
 * journal: the proof is made in a copy. Errors: CRD_TASK_NOT_FOUND, JNL_IN_USE while an agent of this machine works on it.
 */
export async function verifyTask(host: Host, reference: string, signal: AbortSignal): Promise<VerifiedTask> {
  const { workFolder } = host.environment
  const record = await host.tasks.find(reference, signal)
  const { task } = record
  await bringRound(host, record, signal)
  const round = workFolder.rounds(task.id).at(-1)
  if (round === undefined) {
    throw new MigrationError('CRD_TASK_NOT_FOUND', `This machine has no journal of task "${task.name}".`, {
      remedy: { kind: 'stopTask' },
      fix: 'Verify it on the machine whose agent ran it, or with the --work-dir of that agent.',
    })
  }
  await makeWhole(host, record, { round, signal })
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-verify-'))
  try {
    const copy = path.join(folder, 'journal.sqlite')
    copySqliteJournal(workFolder.journalFile(task.id, round), copy)
    const journal = openSqliteJournal(copy, { sealer: { seal: (text) => text, open: () => undefined } })
    try {
      const stored = journal.meta().task ?? task
      await proveAgain({ ...engineDeps(host), journal }, stored, { round, signal })
      return {
        ...summarizeRound(journal),
        taskId: task.id,
        name: task.name,
        sourcePath: stored.source.path,
        round,
        agent: journal.meta().agentName ?? '',
      }
    } finally {
      journal.close()
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
