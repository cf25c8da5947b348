import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { defaultTaskSettings } from '../../../shared/domain/settings.ts'
import * as limits from '../../../shared/limits.ts'
import { judgeScopes, mayBreakInheritance } from '../access/uniqueScopes.ts'
import type { SourceEntry } from '../ports/source.ts'
import { collisionKey } from './collisionKey.ts'
import { createItemFilter } from './filters.ts'
import { assignCollisionFreeNames } from './nameRepair.ts'
import { assessItem, type PlaceFacts } from './scanItem.ts'

/** The numbers of the reference (sharepoint-protocols, F and J), written down again: a limit that is changed by mistake is seen here. */

const nowMs = Date.UTC(2026, 7, 20)
const place: PlaceFacts = { serverRelativePath: 'sites/finance/Shared Documents', isLibraryRoot: true, blocksScriptTypes: true }
const GB = 1024 ** 3

interface Kind extends Partial<SourceEntry> {
  /** Names are judged, not repaired. */
  readonly isAsIs?: boolean
}

function judge(relPath: string, { isAsIs = false, ...changes }: Kind = {}): readonly string[] {
  const name = relPath.slice(relPath.lastIndexOf('/') + 1)
  const parentPath = relPath.slice(0, Math.max(0, relPath.length - name.length - 1))
  const settings = defaultTaskSettings()
  if (isAsIs) settings.nameRules.whenInvalid = 'skip'
  const entry: SourceEntry = {
    relPath,
    name,
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
  const filter = createItemFilter(settings, () => () => false)
  const result = assessItem(entry, { place, settings, filter, nowMs, parent: { state: 'scanned', destPath: parentPath } })
  return [result.state, ...result.issues.map(({ code, effect }) => `${code} ${effect}`)]
}

/** A path below the place whose whole decoded length is `length`, no name longer than 255. */
function pathOfLength(length: number): string {
  const below = length - place.serverRelativePath.length - 1
  return `${'d'.repeat(200)}/${'f'.repeat(below - 201)}`
}

/** Who gets the name when so many suffixes are taken. */
function nameAfterTwins(takenSuffixes: number): string | undefined {
  const isTaken = (key: string): boolean =>
    key === collisionKey('a.txt') || Number(/\((\d+)\)/.exec(key)?.[1] ?? Infinity) <= takenSuffixes
  return assignCollisionFreeNames([{ sourceName: 'a.txt', destName: 'a.txt', isFolder: false }], { isTaken }).get('a.txt')
}

const stated = new Map<string, number>(Object.entries(limits))

interface Row {
  readonly limit: keyof typeof limits
  readonly value: number
  readonly fits: readonly (readonly [what: string, answer: () => unknown, says: unknown])[]
  readonly exceeds: readonly (readonly [what: string, answer: () => unknown, says: unknown])[]
}

const clean = ['scanned']
const rows: readonly Row[] = [
  {
    limit: 'PATH_MAX_UTF16',
    value: 400,
    fits: [
      ['399 characters', () => judge(pathOfLength(399)), clean],
      ['400 characters', () => judge(pathOfLength(400)), clean],
      ['400 characters, a folder', () => judge(pathOfLength(400), { kind: 'folder' }), clean],
      ['400 UTF-16 units of pairs', () => judge(pathOfLength(400).replaceAll('ff', '😀')), clean],
    ],
    exceeds: [
      ['401 characters', () => judge(pathOfLength(401)), ['failed', 'RULE_PATH_TOO_LONG blocks']],
      ['401 characters, a folder', () => judge(pathOfLength(401), { kind: 'folder' }), ['failed', 'RULE_PATH_TOO_LONG blocks']],
      ['402 units of pairs', () => judge(pathOfLength(402).replaceAll('ff', '😀')), ['failed', 'RULE_PATH_TOO_LONG blocks']],
    ],
  },
  {
    limit: 'SEGMENT_MAX_UTF16',
    value: 255,
    fits: [
      ['a file of 255', () => judge('f'.repeat(255), { isAsIs: true }), clean],
      ['a folder of 255', () => judge('d'.repeat(255), { isAsIs: true, kind: 'folder' }), clean],
    ],
    exceeds: [
      ['a file of 256', () => judge('f'.repeat(256), { isAsIs: true }), ['skipped', 'RULE_NAME_TOO_LONG blocks']],
      [
        'a folder of 256',
        () => judge('d'.repeat(256), { isAsIs: true, kind: 'folder' }),
        ['skipped', 'RULE_NAME_TOO_LONG blocks'],
      ],
      ['a file of 256 that may be renamed', () => judge('f'.repeat(256)), ['scanned', 'RULE_NAME_TOO_LONG renames']],
    ],
  },
  {
    limit: 'COLLISION_SUFFIX_MAX',
    value: 9_999,
    fits: [['9,998 suffixes are taken', () => nameAfterTwins(9_998), 'a (9999).txt']],
    exceeds: [['9,999 suffixes are taken', () => nameAfterTwins(9_999), undefined]],
  },
  {
    limit: 'FILE_MAX_BYTES',
    value: 250 * GB,
    fits: [['250 GB', () => judge('a', { sizeBytes: 250 * GB }), clean]],
    exceeds: [['250 GB and a byte', () => judge('a', { sizeBytes: 250 * GB + 1 }), ['failed', 'RULE_FILE_TOO_LARGE blocks']]],
  },
  {
    limit: 'FILE_TIME_MIN_MS',
    value: Date.UTC(1980, 0, 1),
    fits: [
      ['1980 begins', () => judge('a', { createdMs: Date.UTC(1980, 0, 1) }), clean],
      ['this moment', () => judge('a', { modifiedMs: nowMs }), clean],
    ],
    exceeds: [
      [
        'a millisecond before 1980',
        () => judge('a', { createdMs: Date.UTC(1980, 0, 1) - 1 }),
        ['scanned', 'RULE_TIME_OUT_OF_RANGE warns'],
      ],
      ['a millisecond ahead', () => judge('a', { modifiedMs: nowMs + 1 }), ['scanned', 'RULE_TIME_OUT_OF_RANGE warns']],
    ],
  },
  {
    limit: 'UNIQUE_SCOPES_ADVISED',
    value: 5_000,
    fits: [
      ['4,999 scopes', () => judgeScopes(4_999).kind, 'fine'],
      ['5,000 scopes', () => judgeScopes(5_000).kind, 'fine'],
      ['4,000 and the 1,000 of the library', () => judgeScopes(4_000, 1_000).kind, 'fine'],
    ],
    exceeds: [
      ['5,001 scopes', () => judgeScopes(5_001).kind, 'aboveAdvised'],
      ['4,000 and the 1,001 of the library', () => judgeScopes(4_000, 1_001).kind, 'aboveAdvised'],
    ],
  },
  {
    limit: 'UNIQUE_SCOPES_MAX',
    value: 50_000,
    fits: [['50,000 scopes', () => judgeScopes(50_000).kind, 'aboveAdvised']],
    exceeds: [['50,001 scopes', () => judgeScopes(50_001).kind, 'aboveMax']],
  },
  {
    limit: 'SCOPE_CHILDREN_MAX',
    value: 100_000,
    fits: [
      ['99,999 items below', () => mayBreakInheritance(99_999), true],
      ['100,000 items below', () => mayBreakInheritance(100_000), true],
    ],
    exceeds: [['100,001 items below', () => mayBreakInheritance(100_001), false]],
  },
]

describe.each(rows)('$limit', ({ limit, value, fits, exceeds }) => {
  test(`is ${value}`, () => expect(stated.get(limit)).toBe(value))
  test.each(fits)('%s fits', (_what, answer, says) => expect(answer()).toEqual(says))
  test.each(exceeds)('%s exceeds it', (_what, answer, says) => expect(answer()).toEqual(says))
})

test('every limit that a rule of the scan obeys has a row here', () => {
  const engine = path.join(import.meta.dirname, '..')
  const folders = ['scan', 'access/uniqueScopes.ts'].flatMap((name) => {
    const whole = path.join(engine, name)
    return name.endsWith('.ts') ? [whole] : fs.readdirSync(whole).map((file) => path.join(whole, file))
  })
  const obeyed = folders
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const found = /import \{([^}]*)\} from '[^']*shared\/limits\.ts'/.exec(fs.readFileSync(file, 'utf8'))
      return (found?.[1] ?? '').split(',').map((name) => name.trim())
    })
    .filter((name) => name !== '')
  expect(obeyed.length).toBeGreaterThan(5)
  expect([...new Set(obeyed)].filter((name) => !rows.some(({ limit }) => limit === name))).toEqual([])
})

describe('characters and names, on both sides of each edge', () => {
  const unit = (code: number): string => `a${String.fromCharCode(code)}b`
  test.each([0x20, 0x7e, 0x80, 0xd7ff, 0xe000, 0xfffd, ...[...`!#$%&'()+,-.;=@[]^_\`{}~`].map((sign) => sign.charCodeAt(0))])(
    'U+%i may stand in a name',
    (code) => expect(judge(unit(code), { isAsIs: true })).toEqual(clean),
  )
  test.each([0x00, 0x1f, 0x7f, 0xd800, 0xdfff, 0xfffe, 0xffff, ...[...'"*:<>?\\|'].map((sign) => sign.charCodeAt(0))])(
    'U+%i may not',
    (code) => expect(judge(unit(code), { isAsIs: true })).toEqual(['skipped', 'RULE_NAME_CHARACTERS blocks']),
  )
  test.each(['.lock', 'CON', 'PRN', 'AUX', 'NUL', 'COM0', 'COM9', 'LPT0', 'LPT9', 'desktop.ini', 'a_vti_b'])(
    '%s is reserved, in any case',
    (name) => {
      for (const spelling of [name, name.toLowerCase(), name.toUpperCase()]) {
        expect(judge(spelling, { isAsIs: true })).toEqual(['skipped', 'RULE_NAME_RESERVED blocks'])
      }
    },
  )
  test.each(['lock', 'CONS', 'COM', 'COM10', 'LPT10', 'desktop.in', '_vti', 'vti_', '$~a.docx', 'forms.txt'])(
    '%s is not',
    (name) => {
      expect(judge(name, { isAsIs: true })).toEqual(clean)
    },
  )
  test.each([
    ['forms', 'a/forms'],
    ['a_file', 'a_fil'],
    ['a_files', 'files'],
  ])('the folder %s is reserved, %s is not', (reserved, free) => {
    expect(judge(reserved, { isAsIs: true, kind: 'folder' })).toEqual(['skipped', 'RULE_NAME_RESERVED blocks'])
    expect(judge(free, { isAsIs: true, kind: 'folder' })).toEqual(clean)
  })
})
