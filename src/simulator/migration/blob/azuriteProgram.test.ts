import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { asThread, azuriteProgram } from './azuriteProgram.ts'

test('in an app of Electron the storage runs in a thread of its own, and ends when it is told to', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-azurite-'))
  const args = ['--silent', '--disableTelemetry', '--skipApiVersionCheck', '--disableProductStyleUrl', '--blobPort', '0']
  const storage = asThread(azuriteProgram(), { args: [...args, '--location', folder], folder, env: process.env })
  const port = await new Promise<string>((resolve, reject) => {
    storage.stdout.on('data', (chunk: Buffer) => {
      const found = /listens on http:\/\/[^:\s]+:(\d+)/.exec(chunk.toString('utf8'))?.[1]
      if (found !== undefined) resolve(found)
    })
    storage.ended.then((code) => reject(new Error(`it ended with ${code}`)), reject)
  })
  const listing = `http://127.0.0.1:${port}/devstoreaccount1?comp=list`
  expect((await fetch(listing)).status).toBe(403)
  await storage.stop()
  await expect(fetch(listing)).rejects.toThrow()
  fs.rmSync(folder, { recursive: true, force: true })
})
