import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HOUR_MS, MINUTE_MS } from '../../../shared/units.ts'
import { createCollectingLogger, createHastyClock } from '../testing/runtimeFixture.ts'
import { createPauseFile } from './pauseFile.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-pause-'))
  file = path.join(folder, 'pauses', 'contoso.json')
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

const clock = createHastyClock(1_800_000_000_000)
const open = (at = clock) => createPauseFile({ file, clock: at, logger: createCollectingLogger() })

describe('a told wait', () => {
  test('is found by the next process until it is over', () => {
    const untilMs = clock.now() + 5 * MINUTE_MS
    expect(open().untilMs()).toBeUndefined()
    open().remember(untilMs)
    expect(open().untilMs()).toBe(untilMs)
    expect(open(createHastyClock(untilMs)).untilMs()).toBeUndefined()
  })

  test('is never made shorter', () => {
    open().remember(clock.now() + 5 * MINUTE_MS)
    open().remember(clock.now() + MINUTE_MS)
    expect(open().untilMs()).toBe(clock.now() + 5 * MINUTE_MS)
    open().remember(clock.now() + 6 * MINUTE_MS)
    expect(open().untilMs()).toBe(clock.now() + 6 * MINUTE_MS)
  })

  test('does not grow when the clock is put back', () => {
    open().remember(clock.now() + MINUTE_MS)
    const earlier = createHastyClock(clock.now() - 24 * HOUR_MS)
    expect(open(earlier).untilMs()).toBe(earlier.now() + MINUTE_MS)
  })

  test('a damaged file is no wait, and is replaced', () => {
    fs.mkdirSync(path.dirname(file))
    fs.writeFileSync(file, '{"untilMs":"soon"')
    expect(open().untilMs()).toBeUndefined()
    open().remember(clock.now() + MINUTE_MS)
    expect(open().untilMs()).toBe(clock.now() + MINUTE_MS)
  })

  test('that cannot be written is told in the log and stops nothing', () => {
    fs.writeFileSync(path.join(folder, 'pauses'), 'a file where the folder should be')
    const logger = createCollectingLogger()
    createPauseFile({ file, clock, logger }).remember(clock.now() + MINUTE_MS)
    expect(logger.lines.map(({ event }) => event)).toEqual(['pause.notKept'])
  })
})
