import fs from 'node:fs/promises'
import path from 'node:path'
import { MigrationError } from '../../../shared/errors.ts'
import type { ReportSink, ReportTable } from '../../engine/ports/reportSink.ts'
import { makeFolder } from '../folders/makeFolder.ts'
import { BYTE_ORDER_MARK, csvLine } from './csvText.ts'

/** Characters collected before they are written; the memory that a report of any size takes. */
const CHUNK_CHARACTERS = 256 * 1024

/**
 * Report files as Migration Manager's readers expect them: CSV by RFC 4180, UTF-8 with byte order mark, CRLF. A file appears whole under its
 * name (replacing an older one) or not at all: it is written beside and renamed when it is on disk. Creates the folder when it is missing.
 */
export function createCsvReportSink({ folder }: { readonly folder: string }): ReportSink {
  return {
    async write(table) {
      const target = path.join(folder, plainName(table.fileName))
      const unfinished = path.join(folder, `.${table.fileName}.${process.pid}.unfinished`)
      try {
        makeFolder(folder)
        const rowCount = await writeRows(table, unfinished)
        await fs.rename(unfinished, target)
        return { path: target, rowCount }
      } catch (thrown) {
        await fs.rm(unfinished, { force: true }).catch(() => undefined)
        throw outputError(folder, thrown)
      }
    },
  }
}

async function writeRows(table: ReportTable, file: string): Promise<number> {
  const handle = await fs.open(file, 'w')
  try {
    let rowCount = 0
    let chunk = BYTE_ORDER_MARK + csvLine(table.columns)
    for (const row of table.rows) {
      chunk += csvLine(row)
      rowCount++
      if (chunk.length < CHUNK_CHARACTERS) continue
      await handle.writeFile(chunk)
      chunk = ''
    }
    await handle.writeFile(chunk)
    await handle.sync()
    return rowCount
  } finally {
    await handle.close()
  }
}

function plainName(fileName: string): string {
  if (fileName === '' || fileName !== path.win32.basename(fileName) || fileName.startsWith('.')) {
    throw new Error(`"${fileName}" is no name for a report file.`)
  }
  return fileName
}

/** Only what the file system said is about the folder; errors of whoever makes the rows pass through. */
function outputError(folder: string, thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return thrown
  if (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT') {
    return new MigrationError('JNL_DISK_FULL', `The disk of "${folder}" is full: the report was not written.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Free some space or choose another folder, then export again.',
      cause: thrown,
    })
  }
  return new MigrationError('INPUT_OUTPUT_FOLDER', `Reports cannot be written to "${folder}" (${String(thrown.code)}).`, {
    remedy: { kind: 'stopTask' },
    fix: 'Choose a folder in which this account may create files.',
    cause: thrown,
  })
}
