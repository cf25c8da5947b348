import fs from 'node:fs'
import path from 'node:path'
import { presentation, wordDocument, workbook } from '../src/main/adapters/fileshare/sampleOffice.ts'

/** Content and modified time (whole seconds) of every file of a small share as people have it, by path. */
export type Share = ReadonlyMap<string, { readonly content: Buffer; readonly modifiedMs: number }>

const LONG = 'a very long folder name that somebody has chosen in good faith '.repeat(2).trim()

const CONTENTS: readonly (readonly [string, Uint8Array | string])[] = [
  ['Letter.docx', wordDocument(['Dear all,', 'Grüße & <greetings>'])],
  [
    'Budget/Plan 2024.xlsx',
    workbook([
      ['Month', 'Sum'],
      ['May', 12.5],
    ]),
  ],
  ['Budget/Review (final).pptx', presentation(['One', 'Two'])],
  ['Budget/empty.txt', ''],
  ['empty.docx', ''],
  ['Ärzte/日本語 メモ.txt', 'Unicode in the name and inside: ✓'],
  ['Ärzte/e\u0301te\u0301.txt', 'a decomposed name'],
  ["O'Brien/100% #1 + a&b, {x} [y] =z~.txt", 'every character that must be escaped'],
  ['a;b/c;d.txt', 'semicolons'],
  [`${LONG}/${LONG} ${'x'.repeat(100)}.txt`, 'a long name'],
  ['deep/1/2/3/4/5/6/7/8/9/file.bin', Buffer.alloc(5000, 'deep')],
  ['large.bin', Buffer.alloc(12 * 1024 * 1024 + 7, 'large file ')],
  ['.hidden', 'starts with a dot'],
]

/** Writes the share below `root`, every file with a modified time of its own. */
export function writeOfficeShare(root: string): Share {
  const share = new Map<string, { readonly content: Buffer; readonly modifiedMs: number }>()
  for (const [index, [name, text]] of CONTENTS.entries()) {
    const content = Buffer.from(text)
    const modifiedMs = Date.UTC(2016, index, 1 + index, 10, 11, 12 + index)
    const full = path.join(root, name)
    fs.mkdirSync(path.dirname(full), { recursive: true })
    fs.writeFileSync(full, content)
    fs.utimesSync(full, modifiedMs / 1000, modifiedMs / 1000)
    share.set(name, { content, modifiedMs })
  }
  return share
}
