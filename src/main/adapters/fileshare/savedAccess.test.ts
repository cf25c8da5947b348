import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSavedAccess } from './savedAccess.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-saved-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const { signal } = new AbortController()
function save(lines: readonly string[], encoding: 'utf16' | 'utf8' = 'utf16'): string {
  const file = path.join(folder, 'lists.txt')
  const text = lines.map((line) => `${line}\r\n`).join('')
  fs.writeFileSync(file, encoding === 'utf16' ? Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]) : text)
  return file
}

test('what icacls saved of a whole folder: its name comes before every path', async () => {
  const access = readSavedAccess(save(['Finance', 'D:(A;;FA;;;BA)', 'Finance\\Löhne', 'D:P(A;;FR;;;BU)']), '/mnt/finance/')
  expect(await access.descriptor('', signal)).toBe('D:(A;;FA;;;BA)')
  expect(await access.descriptor('löhne', signal)).toBe('D:P(A;;FR;;;BU)')
  expect(await access.descriptor('Löhne/2024', signal)).toBeUndefined()
})

test('what icacls saved of its content: paths begin below it', async () => {
  const access = readSavedAccess(save(['Q1', 'D:(A;;FA;;;BA)', 'Q1\\a.txt', 'D:AI(A;ID;FR;;;BU)'], 'utf8'), '\\\\server\\share')
  expect(await access.descriptor('Q1/A.TXT', signal)).toBe('D:AI(A;ID;FR;;;BU)')
  expect(await access.descriptor('', signal)).toBeUndefined()
})

test.each([
  ['a path without its list', ['Q1', 'Q1\\a.txt'], /Line 2 .*holds no access list/],
  ['another file', ['name,value', '1,2'], /Line 2/],
])('%s is refused with its line', (_name, lines, message) => {
  expect(() => readSavedAccess(save(lines), '/srv/x')).toThrow(
    expect.objectContaining({ code: 'SRC_NO_ACCESS_LISTS', message: expect.stringMatching(message) }),
  )
})

test('a file that is not there', () => {
  expect(() => readSavedAccess(path.join(folder, 'none'), '/srv/x')).toThrow(/cannot be read/)
})
