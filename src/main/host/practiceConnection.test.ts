import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { formerPracticePort, practiceFolder } from './practiceConnection.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-practice-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const store = (connection: unknown) => fs.writeFileSync(path.join(folder, 'connection.json'), JSON.stringify(connection))

test('a connection to the practice tenant of this folder tells its port', () => {
  store({
    network: { caFile: path.join(practiceFolder(folder), 'ca.pem'), map: [{ host: 'x', address: '127.0.0.1', port: 4711 }] },
  })
  expect(formerPracticePort(folder)).toBe(4711)
})

test('any other connection, or none, does not', () => {
  expect(formerPracticePort(folder)).toBeUndefined()
  store({ network: { map: [] } })
  expect(formerPracticePort(folder)).toBeUndefined()
  store({ network: { caFile: `${practiceFolder(folder)}-other/ca.pem`, map: [{ port: 1 }] } })
  expect(formerPracticePort(folder)).toBeUndefined()
})
