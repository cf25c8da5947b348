import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { unzipSync } from 'fflate'
import { afterEach, expect, test } from 'vitest'
import { zipFiles } from './zipFolder.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-zip-'))
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

test('every byte comes back, also of an empty file and of names beyond ASCII', async () => {
  const big = Buffer.alloc(1_500_000, 'Zeile für Zeile;')
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, 'a.csv'), big)
  fs.writeFileSync(path.join(folder, 'leer.csv'), '')
  const target = path.join(folder, 'out.zip')
  await zipFiles(
    [
      { path: path.join(folder, 'a.csv'), name: path.join('Müller', 'a.csv') },
      { path: path.join(folder, 'leer.csv'), name: 'leer.csv' },
    ],
    target,
    new AbortController().signal,
  )
  const files = unzipSync(fs.readFileSync(target))
  expect(Object.keys(files).sort()).toEqual(['Müller/a.csv', 'leer.csv'])
  expect(Buffer.from(files['Müller/a.csv'] ?? []).equals(big)).toBe(true)
  expect(files['leer.csv']?.length).toBe(0)
})

test('what cannot be read leaves no half archive behind', async () => {
  fs.mkdirSync(folder, { recursive: true })
  const target = path.join(folder, 'out.zip')
  await expect(
    zipFiles([{ path: path.join(folder, 'gone.csv'), name: 'gone.csv' }], target, new AbortController().signal),
  ).rejects.toThrow(/ENOENT/)
  expect(fs.readdirSync(folder)).toEqual([])
})
