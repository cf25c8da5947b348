import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameRulesSchema } from '../../../shared/domain/settings.ts'
import { PATH_MAX_UTF16 } from '../../../shared/limits.ts'
import { type RunningTenant, startTenant } from '../../../simulator/index.ts'
import type { Destination } from '../../engine/ports/destination.ts'
import { collisionKey } from '../../engine/scan/collisionKey.ts'
import { repairName } from '../../engine/scan/nameRepair.ts'
import { findNameIssues } from '../../engine/scan/nameRules.ts'
import { readConnectionFile } from '../network/connectionFile.ts'
import { createService, type Service } from '../sharepoint/createService.ts'
import { createCollectingLogger, createMemorySecrets } from '../testing/runtimeFixture.ts'

/** What the scan says about names against a tenant that was written from the same facts by other people, over the wire. */

const never = new AbortController().signal
let tenant: RunningTenant
let service: Service

beforeAll(async () => {
  tenant = await startTenant({ throttling: false })
  service = await createService({
    connection: await readConnectionFile(tenant.connectionFile),
    secrets: createMemorySecrets(),
    clock: { now: Date.now, sleep: (delayMs, signal) => delay(delayMs, undefined, { signal }) },
    random: { next: Math.random, uuid: randomUUID },
    logger: createCollectingLogger(),
    env: {},
  })
})
afterAll(async () => {
  await service?.close()
  await tenant?.close()
})

const siteUrl = 'https://contoso.sharepoint.com/sites/finance'
const open = (folder: string): Promise<Destination> =>
  service.destinations.open({ kind: 'library', siteUrl, library: 'Names', folder }, { createMissing: true, signal: never })

/** The name under which the tenant stored it, or the code of its refusal. */
async function store(place: Destination, name: string, isFolder: boolean): Promise<string> {
  try {
    if (isFolder) return (await place.createFolder(place.place.rootItemId, name, never)).item.name
    return (await place.putEmpty({ parentId: place.place.rootItemId, name, conflict: 'fail' }, never)).name
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
  }
}

const NAMES = [
  'report.docx',
  'a#b%c&d.txt',
  "it's (final) [v2] {x} +=;,!@^`.txt",
  '.gitignore',
  'CONSOLE.txt',
  'COM10',
  'com',
  'nul_.txt',
  'vti_cnf',
  'a..b',
  'a  b',
  '~WRL0001.tmp',
  'übung.txt',
  '日本語.txt',
  '😀.txt',
  'page_files.txt',
  'a.lock',
  'desktop.ini.bak',
  '$Recycle',
  '\u00a0nbsp',
  'x'.repeat(255),
  'forms',
  'Forms',
  'default.txt',
  'a"b',
  'a*b',
  'a:b',
  'a<b',
  'a>b',
  'a?b',
  'a\\b',
  'a|b',
  'a\u0001b',
  'a\u007fb',
  'CON',
  'con',
  'PRN',
  'AUX',
  'NUL',
  'COM0',
  'COM9',
  'LPT0',
  'LPT9',
  '.lock',
  'Desktop.ini',
  '~$budget.xlsx',
  '_vti_cnf',
  'a_VTI_b.txt',
  ' lead',
  'trail ',
  '\u3000wide',
  'wide\u3000',
  'dot.',
  'x'.repeat(256),
  '~temp',
  'page_files',
  'Page_file',
  '~',
] as const

describe.each([
  ['files', false],
  ['folders', true],
] as const)('%s', (kind, isFolder) => {
  test.each(['', 'deeper'])(
    'what the scan accepts is stored under its very name, what it refuses is refused (in "%s")',
    async (below) => {
      const wrong: string[] = []
      for (const [index, name] of NAMES.entries()) {
        // A folder of its own for each name, but for those that only the root of the library keeps for itself.
        const isRootCase = below === '' && name.toLowerCase() === 'forms'
        const place = await open(isRootCase ? '' : `${kind}${below}${index}`)
        const isAccepted =
          findNameIssues(name, {
            isFolder,
            isLibraryRoot: place.place.isLibraryRoot,
            blocksScriptTypes: place.place.blocksScriptTypes,
          }).length === 0
        // Folders with a leading tilde are known to be trouble, not known to be refused: the scan is stricter than the tenant.
        if (isFolder && /^~(?!\$)/.test(name)) {
          if (isAccepted) wrong.push(`${JSON.stringify(name)}: the scan accepts it`)
          continue
        }
        const stored = await store(place, name, isFolder)
        if (isAccepted !== (stored === name))
          wrong.push(`${JSON.stringify(name)}: the scan ${isAccepted ? 'accepts' : 'refuses'} it, the tenant answers ${stored}`)
      }
      expect(wrong).toEqual([])
    },
  )

  test('every repaired name is stored', async () => {
    const place = await open(`${kind}-repaired`)
    const rules = nameRulesSchema.parse({})
    const context = { isFolder, isLibraryRoot: false, blocksScriptTypes: false }
    const repaired = new Set(NAMES.map((name) => repairName(name, rules, context)).filter((name) => name !== undefined))
    const unique = [...new Map([...repaired].map((name) => [collisionKey(name), name])).values()]
    const wrong: string[] = []
    for (const name of unique) {
      const stored = await store(place, name, isFolder)
      if (stored !== name) wrong.push(`${JSON.stringify(name)}: ${stored}`)
    }
    expect(wrong).toEqual([])
  })
})

test.each([
  ['A.txt', 'a.TXT'],
  ['caf\u00e9', 'cafe\u0301'],
  ['a.txt', 'b.txt'],
  ['résumé', 'resume'],
  ['ΣΑΣ', 'σας'],
])('%j and %j collide at the tenant exactly when their keys are equal', async (first, second) => {
  const place = await open(`twins-${randomUUID()}`)
  expect(await store(place, first, false)).toBe(first)
  const stored = await store(place, second, false)
  expect(stored === 'DST_EXISTS').toBe(collisionKey(first) === collisionKey(second))
})

test('the longest path that the scan accepts is stored; one character more is not', async () => {
  const place = await open('d'.repeat(150))
  const left = PATH_MAX_UTF16 - place.place.serverRelativePath.length - 1
  const name = 'f'.repeat(left)
  expect(left).toBeLessThan(255)
  expect(await store(place, name, false)).toBe(name)
  expect(await store(place, `${name}f`, false)).toBe('RULE_PATH_TOO_LONG')
})
