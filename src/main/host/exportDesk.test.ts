import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { App } from './app.ts'
import { createExportHandlers } from './exportDesk.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-export-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

/** Writes a first table, then says so and goes on until it is stopped. */
function appThatWrites(begun: () => void): App {
  const exportReports: App['exportReports'] = async (_host, options) => {
    fs.mkdirSync(options.folder, { recursive: true })
    fs.writeFileSync(path.join(options.folder, 'first.csv'), 'a')
    begun()
    await new Promise((resolve) => options.signal.addEventListener('abort', resolve, { once: true }))
    options.signal.throwIfAborted()
    return []
  }
  const environment = { clock: { now: () => 0 }, workFolder: { reportsFolder: folder } }
  return { exportReports, environment, closing: new AbortController().signal, host: () => ({}) } as unknown as App
}

test('an export that is given up says so and leaves nothing behind', async () => {
  const begun = Promise.withResolvers<void>()
  const handlers = createExportHandlers(appThatWrites(begun.resolve))
  const exporting = handlers['reports.export']({ formats: ['csv'], ticket: 'mine' })
  const ended = expect(exporting).rejects.toMatchObject({ code: 'INPUT_USAGE', message: 'The export was given up.' })
  await begun.promise
  expect(fs.readdirSync(folder)).toHaveLength(1)
  expect(await handlers['reports.cancel']({ ticket: 'another' })).toEqual({ wasRunning: false })
  expect(await handlers['reports.cancel']({ ticket: 'mine' })).toEqual({ wasRunning: true })
  await ended
  expect(fs.readdirSync(folder)).toEqual([])
  expect(await handlers['reports.cancel']({ ticket: 'mine' })).toEqual({ wasRunning: false })
})
