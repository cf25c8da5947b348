import { expect, test } from 'vitest'
import { defaultTaskSettings } from '../../../shared/domain/settings.ts'
import type { ReadableJournal } from '../ports/journal.ts'
import type { SourceEntry } from '../ports/source.ts'
import { createItemFilter } from '../scan/filters.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { checkFreeze, type FreezeFinding, type FreezeOptions } from './freeze.ts'

const OLD = Date.UTC(2021, 0, 1)
const SINCE = Date.UTC(2026, 10, 21, 18)

async function check(source: MemorySource, change: Partial<FreezeOptions> & { readonly exclude?: readonly string[] } = {}) {
  const found: FreezeFinding[] = []
  const settings = { ...defaultTaskSettings(), exclude: [...(change.exclude ?? [])] }
  const filter = createItemFilter(settings, (patterns) => (relPath) => patterns.includes(relPath))
  const result = await checkFreeze(
    source,
    { settings },
    {
      filter,
      previous: undefined,
      quietSinceMs: SINCE,
      isHeld: () => false,
      onFinding: (finding) => found.push(finding),
      signal: new AbortController().signal,
      ...change,
    },
  )
  return { ...result, found: found.map(({ kind, path }) => `${kind} ${path}`).sort() }
}

test('a source that was left alone stands still, to the millisecond', async () => {
  const source = new MemorySource().put('a.txt', 'a', OLD).put('b.txt', 'b', SINCE)
  expect(await check(source)).toMatchObject({ files: 2, inUse: 0, late: 0, found: [] })
  source.put('c.txt', 'c', SINCE + 1)
  expect(await check(source)).toMatchObject({ files: 3, inUse: 0, late: 1, found: ['late c.txt'] })
})

test('an open document is named by its own name, not by that of its lock file', async () => {
  const source = new MemorySource().put('Q3/plan.docx', 'p', OLD).put('Q3/~$plan.docx', 'ann', SINCE + 1)
  expect((await check(source)).found).toEqual(['open Q3/plan.docx'])
})

test('what another program holds is in use: by the system, or because it cannot be opened', async () => {
  const source = new MemorySource().put('a.txt', 'a', OLD).put('b.txt', 'b', OLD).put('c.txt', 'c', OLD)
  source.locked.set('b.txt', 1)
  const isHeld = ({ name }: SourceEntry) => name === 'c.txt'
  expect(await check(source, { isHeld })).toMatchObject({ inUse: 2, found: ['locked b.txt', 'locked c.txt'] })
})

test('only what changed since the last round is opened', async () => {
  const source = new MemorySource().put('same.txt', 'a', OLD).put('new.txt', 'b', OLD)
  const known = { itemAt: (path: string) => (path === 'same.txt' ? { sizeBytes: 1, modifiedMs: OLD } : undefined) }
  const opened: string[] = []
  const open = source.open.bind(source)
  source.open = (relPath) => {
    opened.push(relPath)
    return open(relPath)
  }
  const result = await check(source, { previous: known as unknown as ReadableJournal })
  expect(opened).toEqual(['new.txt'])
  expect(result.changed).toBe(1)
})

test('what the task does not migrate may be open and change', async () => {
  const source = new MemorySource().put('a.tmp', 'a', SINCE + 1)
  expect(await check(source, { exclude: ['a.tmp'] })).toMatchObject({ files: 0, late: 0, found: [] })
})
