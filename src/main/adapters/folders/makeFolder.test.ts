import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeFolder } from './makeFolder.ts'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-folders-'))
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

describe('makeFolder', () => {
  test('makes what is missing, and is content with what is there', () => {
    const deep = path.join(root, 'a', 'b', 'c')
    makeFolder(deep, { mode: 0o700 })
    makeFolder(deep)
    expect(fs.statSync(deep).isDirectory()).toBe(true)
  })

  test('a file in the way is an error, not a folder', () => {
    const file = path.join(root, 'file')
    fs.writeFileSync(file, '')
    expect(() => makeFolder(file)).toThrow(/EEXIST/)
    expect(() => makeFolder(path.join(file, 'below'))).toThrow(/EEXIST|ENOTDIR/)
  })

  test.runIf(process.platform === 'linux')('where the system makes no folders it comes back with its refusal', () => {
    expect(() => makeFolder('/proc/portage/below')).toThrow(/ENOENT/)
  })
})
