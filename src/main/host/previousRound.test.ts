import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type TaskId, taskIdSchema } from '../../shared/domain/ids.ts'
import { openSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import type { RoundStage } from '../engine/ports/journal.ts'
import { readPreviousRound } from './previousRound.ts'

const taskId = taskIdSchema.parse('00000000-0000-4000-8000-000000000001')
let folder: string

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-previous-'))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

const workFolder = { journalFile: (_task: TaskId, round: number) => path.join(folder, `R${round}.sqlite`) }

function roundAt(round: number, stage: RoundStage): void {
  const journal = openSqliteJournal(workFolder.journalFile(taskId, round), {
    sealer: { seal: (text) => text, open: (text) => text },
  })
  journal.record([{ fact: 'meta', change: { stage, agentName: `round ${round}` } }])
  journal.close()
}

function previousOf(round: number): string | undefined {
  const journal = readPreviousRound(workFolder, taskId, round)
  try {
    return journal?.meta().agentName
  } finally {
    journal?.close()
  }
}

test('a round that was canceled before it wrote anything does not hide the one that stored the files', () => {
  roundAt(0, 'reported')
  roundAt(1, 'scanned')
  roundAt(2, 'opened')
  expect(previousOf(3)).toBe('round 0')
})

test('a round that wrote is the one, and rounds of which this machine has no journal are passed over', () => {
  roundAt(0, 'reported')
  roundAt(1, 'foldersMade')
  expect([previousOf(2), previousOf(5), previousOf(1), previousOf(0)]).toEqual(['round 1', 'round 1', 'round 0', undefined])
})

test('a first round that only scanned is no round before', () => {
  roundAt(0, 'scanned')
  expect(previousOf(1)).toBeUndefined()
})
