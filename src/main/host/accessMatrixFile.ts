import fs from 'node:fs'
import path from 'node:path'
import { asMigrationError, MigrationError } from '../../shared/errors.ts'
import type { ReadableJournal } from '../engine/ports/journal.ts'
import { accessMatrixEntries } from '../engine/report/accessMatrixReport.ts'

/** The access matrix for scripts: one JSON array, written entry by entry. Returns the file. Errors: INPUT_OUTPUT_FOLDER. */
export function writeAccessMatrix(journal: ReadableJournal, folder: string): string {
  const file = path.join(folder, 'AccessMatrix.json')
  try {
    const handle = fs.openSync(file, 'w')
    try {
      let before = '[\n'
      for (const entry of accessMatrixEntries(journal)) {
        fs.writeSync(handle, before + JSON.stringify(entry))
        before = ',\n'
      }
      fs.writeSync(handle, before === '[\n' ? '[]\n' : '\n]\n')
    } finally {
      fs.closeSync(handle)
    }
    return file
  } catch (cause) {
    throw new MigrationError(
      'INPUT_OUTPUT_FOLDER',
      `The access matrix ${file} cannot be written: ${asMigrationError(cause).message}`,
      {
        remedy: { kind: 'stopTask' },
        fix: 'Choose a folder in which this account may create files.',
        cause,
      },
    )
  }
}
