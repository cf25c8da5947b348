import fs from 'node:fs/promises'
import { MigrationError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'

/** Something in a file that a person gave us, in terms of that file. */
export interface TaskFileProblem {
  /** As a spreadsheet counts: 1 is the first line, a header included; in JSON the number of the task. 0 = the file as a whole. */
  readonly row: number
  readonly field: string
  /** As written; never a secret. */
  readonly value: string
  readonly message: string
  readonly fix: string
}

/** Many times the 50,000 tasks that Migration Manager takes in a tenant. */
const FILE_BYTES_MAX = 64 * MIB
const LINE_FEED = 0x0a

export type DecodedFile = { readonly text: string } | { readonly problem: TaskFileProblem }

/** Errors: INPUT_FILE_UNREADABLE. */
export async function readInputFile(file: string): Promise<DecodedFile> {
  let bytes: Buffer
  try {
    const { size } = await fs.stat(file)
    if (size > FILE_BYTES_MAX) throw new Error(`it has ${Math.round(size / MIB)} MiB, at most ${FILE_BYTES_MAX / MIB} are read`)
    bytes = await fs.readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause)
    throw new MigrationError('INPUT_FILE_UNREADABLE', `The file "${file}" cannot be read: ${reason}.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Check its path and that this account may read it.',
      cause,
    })
  }
  return decodeInput(bytes)
}

/** UTF-8 with or without mark, UTF-16 with mark. Anything else is told apart by its first wrong byte. */
export function decodeInput(bytes: Uint8Array): DecodedFile {
  const mark = Buffer.from(bytes.subarray(0, 2)).toString('hex')
  if (mark === 'fffe' || mark === 'feff') {
    const text = new TextDecoder(mark === 'fffe' ? 'utf-16le' : 'utf-16be').decode(bytes)
    return { text }
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { problem: encodingProblem(bytes) }
  }
}

function encodingProblem(bytes: Uint8Array): TaskFileProblem {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let row = 1
  for (let start = 0; start <= bytes.length; row++) {
    const lineEnd = bytes.indexOf(LINE_FEED, start)
    const end = lineEnd < 0 ? bytes.length : lineEnd
    const line = bytes.subarray(start, end)
    try {
      decoder.decode(line)
    } catch {
      return {
        row,
        field: 'encoding',
        value: new TextDecoder('windows-1252').decode(line).trim().slice(0, 200),
        message: 'The file is not UTF-8; this line looks as if it was saved in a Windows code page.',
        fix: 'Save it as "CSV UTF-8" (Excel) or with encoding UTF-8 (editor), then import again.',
      }
    }
    start = end + 1
  }
  return { row: 0, field: 'encoding', value: '', message: 'The file is not UTF-8.', fix: 'Save it with encoding UTF-8.' }
}
