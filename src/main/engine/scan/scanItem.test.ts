import { describe, expect, test } from 'vitest'
import { defaultTaskSettings, type TaskSettings } from '../../../shared/domain/settings.ts'
import { FILE_MAX_BYTES, FILE_TIME_MIN_MS } from '../../../shared/limits.ts'
import type { SourceEntry } from '../ports/source.ts'
import { type CompileGlobs, createItemFilter } from './filters.ts'
import { destinationPathLength } from './pathRules.ts'
import { type AssessContext, assessItem, type ParentOutcome, type PlaceFacts } from './scanItem.ts'

const nowMs = Date.UTC(2026, 7, 20)
const place: PlaceFacts = { serverRelativePath: 'sites/finance/Shared Documents', isLibraryRoot: true, blocksScriptTypes: true }

function entryOf(relPath: string, changes: Partial<SourceEntry> = {}): SourceEntry {
  return {
    relPath,
    name: relPath.slice(relPath.lastIndexOf('/') + 1),
    kind: 'file',
    sizeBytes: 10,
    createdMs: Date.UTC(2020, 0, 1),
    modifiedMs: Date.UTC(2021, 0, 1),
    isHidden: false,
    isOffline: false,
    owner: undefined,
    fileId: undefined,
    issue: undefined,
    ...changes,
  }
}

/** Enough of a glob for the rules: `name/**`, `*.ext`, or the exact path. */
const compileGlobs: CompileGlobs = (patterns) => (relPath) =>
  patterns.some((pattern) =>
    pattern.endsWith('/**')
      ? relPath.startsWith(pattern.slice(0, -2))
      : pattern.startsWith('*')
        ? relPath.endsWith(pattern.slice(1))
        : relPath === pattern,
  )

function assess(entry: SourceEntry, changes: Partial<TaskSettings> = {}, context: Partial<AssessContext> = {}) {
  const settings = { ...defaultTaskSettings(), ...changes }
  const parentPath = entry.relPath.includes('/') ? entry.relPath.slice(0, entry.relPath.lastIndexOf('/')) : ''
  const parent: ParentOutcome = { state: 'scanned', destPath: parentPath }
  return assessItem(entry, { place, settings, filter: createItemFilter(settings, compileGlobs), nowMs, parent, ...context })
}
const outcome = (result: ReturnType<typeof assess>) => [
  result.state,
  ...result.issues.map((issue) => `${issue.code} ${issue.effect}`),
]

describe('assessItem', () => {
  test('a plain file travels under its own name with its own times', () => {
    expect(assess(entryOf('Q3/plan.txt'))).toEqual({
      state: 'scanned',
      issues: [],
      destName: 'plan.txt',
      destPath: 'Q3/plan.txt',
      times: { createdMs: Date.UTC(2020, 0, 1), modifiedMs: Date.UTC(2021, 0, 1) },
      isParentOnly: false,
    })
  })

  test('the root is the place itself and has no name', () => {
    expect(assess(entryOf('', { kind: 'folder' }), {}, { parent: undefined })).toMatchObject({
      state: 'scanned',
      destName: '',
      destPath: '',
    })
  })

  test('a refused name is repaired and both names are shown', () => {
    const result = assess(entryOf('Q3/a:b.txt'))
    expect(result).toMatchObject({ state: 'scanned', destName: 'a_b.txt', destPath: 'Q3/a_b.txt' })
    expect(result.issues).toEqual([
      { code: 'RULE_NAME_CHARACTERS', effect: 'renames', detail: 'Not allowed in names: :. “a:b.txt” becomes “a_b.txt”.' },
    ])
  })

  test('content of a renamed folder lies below the new name', () => {
    const result = assess(entryOf('a:b/c.txt'), {}, { parent: { state: 'scanned', destPath: 'a_b' } })
    expect(result.destPath).toBe('a_b/c.txt')
  })

  test('a refused name is left behind, not failed, when the task says skip', () => {
    const nameRules = { ...defaultTaskSettings().nameRules, whenInvalid: 'skip' as const }
    expect(outcome(assess(entryOf('a:b.txt'), { nameRules }))).toEqual(['skipped', 'RULE_NAME_CHARACTERS blocks'])
  })

  test('a blocked type fails, repaired name or not', () => {
    expect(outcome(assess(entryOf('default.aspx')))).toEqual(['failed', 'RULE_TYPE_BLOCKED blocks'])
  })

  test('forms is kept for the service only in the root of the library', () => {
    expect(assess(entryOf('Forms', { kind: 'folder' })).destName).toBe('Forms_')
    expect(assess(entryOf('a/Forms', { kind: 'folder' })).destName).toBe('Forms')
    const below = { place: { ...place, isLibraryRoot: false } }
    expect(assess(entryOf('Forms', { kind: 'folder' }), {}, below).destName).toBe('Forms')
  })

  test('a path of 400 characters fits, one more fails, site and library included', () => {
    const base = place.serverRelativePath.length + 1
    const fits = entryOf(`${'d'.repeat(200)}/${'f'.repeat(400 - base - 201)}`)
    expect(destinationPathLength(place.serverRelativePath, fits.relPath)).toBe(400)
    expect(assess(fits).state).toBe('scanned')
    const tooLong = entryOf(`${fits.relPath}f`)
    const result = assess(tooLong)
    expect(outcome(result)).toEqual(['failed', 'RULE_PATH_TOO_LONG blocks'])
    expect(result.issues[0]?.detail).toBe('The path at the destination would have 401 characters, 1 more than the 400 allowed.')
  })

  test('a file of 250 GB fits, one byte more fails; folders have no size', () => {
    expect(assess(entryOf('a', { sizeBytes: FILE_MAX_BYTES })).state).toBe('scanned')
    expect(outcome(assess(entryOf('a', { sizeBytes: FILE_MAX_BYTES + 1 })))).toEqual(['failed', 'RULE_FILE_TOO_LARGE blocks'])
    expect(assess(entryOf('a', { kind: 'folder', sizeBytes: FILE_MAX_BYTES + 1 })).state).toBe('scanned')
  })

  test('empty files travel', () => {
    expect(assess(entryOf('empty.txt', { sizeBytes: 0 })).state).toBe('scanned')
  })

  test('times are clamped into 1980 … now and told; exact bounds stay', () => {
    const result = assess(entryOf('a', { createdMs: FILE_TIME_MIN_MS - 1, modifiedMs: nowMs + 1 }))
    expect(result.times).toEqual({ createdMs: FILE_TIME_MIN_MS, modifiedMs: nowMs })
    expect(outcome(result)).toEqual(['scanned', 'RULE_TIME_OUT_OF_RANGE warns', 'RULE_TIME_OUT_OF_RANGE warns'])
    expect(assess(entryOf('a', { createdMs: FILE_TIME_MIN_MS, modifiedMs: nowMs })).issues).toEqual([])
    expect(assess(entryOf('a', { createdMs: Number.NaN, modifiedMs: 8.65e15 })).times).toEqual({
      createdMs: undefined,
      modifiedMs: nowMs,
    })
  })

  test('an item below something that stays behind ends the same way', () => {
    for (const state of ['filteredOut', 'skipped', 'failed'] as const) {
      const result = assess(entryOf('a/b'), {}, { parent: { state, destPath: 'a' } })
      expect(outcome(result)).toEqual([state, 'RULE_PARENT_NOT_MIGRATED blocks'])
    }
  })

  test.each([
    [entryOf('a', { issue: { code: 'SRC_NO_ACCESS', effect: 'blocks', detail: 'x' } }), 'failed'],
    [entryOf('a', { issue: { code: 'SRC_NAME_UNREADABLE', effect: 'blocks', detail: 'x' } }), 'failed'],
    [entryOf('a', { issue: { code: 'SRC_SYMLINK', effect: 'blocks', detail: 'x' }, kind: 'symlink' }), 'skipped'],
    [entryOf('a', { issue: { code: 'SRC_LINK_LOOP', effect: 'blocks', detail: 'x' } }), 'skipped'],
    [entryOf('a', { kind: 'symlink' }), 'skipped'],
    [entryOf('a', { kind: 'special' }), 'skipped'],
    [entryOf('a', { isOffline: true }), 'skipped'],
  ] as const)('what the source says decides: %j → %s', (entry, state) => {
    expect(assess(entry).state).toBe(state)
  })

  test('offline files travel when the task recalls them, with a warning', () => {
    expect(outcome(assess(entryOf('a', { isOffline: true }), { recallOfflineFiles: true }))).toEqual([
      'scanned',
      'SRC_OFFLINE_PLACEHOLDER warns',
    ])
  })
})

describe('filters', () => {
  test.each<readonly [string, SourceEntry, Partial<TaskSettings>, string]>([
    ['hidden file', entryOf('a', { isHidden: true }), { migrateHiddenItems: false }, 'filteredOut'],
    ['hidden folder', entryOf('a', { isHidden: true, kind: 'folder' }), { migrateHiddenItems: false }, 'filteredOut'],
    ['hidden allowed', entryOf('a', { isHidden: true }), {}, 'scanned'],
    ['last extension', entryOf('a.tar.GZ'), { skipFilesWithExtensions: ['gz'] }, 'filteredOut'],
    ['only the last extension', entryOf('a.gz.txt'), { skipFilesWithExtensions: ['gz'] }, 'scanned'],
    ['extension with dot', entryOf('a.mp3'), { skipFilesWithExtensions: ['.MP3'] }, 'filteredOut'],
    ['a dot file has no extension', entryOf('.mp3'), { skipFilesWithExtensions: ['mp3'] }, 'scanned'],
    ['folders have no extension', entryOf('a.mp3', { kind: 'folder' }), { skipFilesWithExtensions: ['mp3'] }, 'scanned'],
    [
      'created on the day',
      entryOf('a', { createdMs: Date.UTC(2016, 4, 22) }),
      { migrateItemsCreatedAfter: '2016-05-22' },
      'scanned',
    ],
    [
      'created the moment before',
      entryOf('a', { createdMs: Date.UTC(2016, 4, 22) - 1 }),
      { migrateItemsCreatedAfter: '2016-05-22' },
      'filteredOut',
    ],
    ['creation unknown', entryOf('a', { createdMs: undefined }), { migrateItemsCreatedAfter: '2016-05-22' }, 'scanned'],
    [
      'old folder',
      entryOf('a', { modifiedMs: 0, createdMs: 0, kind: 'folder' }),
      { migrateItemsModifiedAfter: '2016-05-22' },
      'scanned',
    ],
    [
      'modified before a zoned moment',
      entryOf('a', { modifiedMs: Date.UTC(2016, 4, 21, 21) }),
      { migrateItemsModifiedAfter: '2016-05-22T00:00:00+02:00' },
      'filteredOut',
    ],
    [
      'no zone means UTC',
      entryOf('a', { modifiedMs: Date.UTC(2016, 4, 22, 10) }),
      { migrateItemsModifiedAfter: '2016-05-22T10:00:00' },
      'scanned',
    ],
    ['excluded', entryOf('tmp/a.txt'), { exclude: ['tmp/**'] }, 'filteredOut'],
    ['excluded folder', entryOf('tmp', { kind: 'folder' }), { exclude: ['tmp'] }, 'filteredOut'],
    ['included', entryOf('a.docx'), { include: ['*.docx'] }, 'scanned'],
    ['not included', entryOf('a.txt'), { include: ['*.docx'] }, 'filteredOut'],
    ['exclude beats include', entryOf('tmp/a.docx'), { include: ['*.docx'], exclude: ['tmp/**'] }, 'filteredOut'],
  ])('%s', (_name, entry, settings, state) => {
    expect(assess(entry, settings).state).toBe(state)
  })

  test('a folder that no pattern includes is there for its content only', () => {
    expect(assess(entryOf('a', { kind: 'folder' }), { include: ['*.docx'] }).isParentOnly).toBe(true)
    expect(assess(entryOf('a', { kind: 'folder' }), { include: ['a'] }).isParentOnly).toBe(false)
    expect(assess(entryOf('a', { kind: 'folder' })).isParentOnly).toBe(false)
  })

  test.each(['2016-13-01', '2016-02-30', '2016-05-22Tnoon'])('%s is no date', (text) => {
    const settings = { ...defaultTaskSettings(), migrateItemsCreatedAfter: text }
    expect(() => createItemFilter(settings, compileGlobs)).toThrow(expect.objectContaining({ code: 'INPUT_SETTINGS' }))
  })
})
