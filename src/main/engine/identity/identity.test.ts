import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { IdentityMapping } from '../../../shared/domain/identity.ts'
import { MigrationError } from '../../../shared/errors.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest } from '../testing/engineKit.ts'
import { MemoryDestination } from '../testing/memoryDestination.ts'
import { MemoryImports } from '../testing/memoryImports.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { createIdentityMap } from './identityMap.ts'
import { OwnerFinder } from './ownerIssues.ts'

const row = (source: string, target: string, isGroup = false): IdentityMapping => ({ source, target, isGroup })

describe('an identity map', () => {
  const map = createIdentityMap([
    row('CONTOSO\\Ann', 'ann@contoso.com'),
    row('contoso\\ann', 'other@contoso.com'),
    row('uid:7', 'x@y'),
  ])

  test('knows neither case nor the second row of an account', () => {
    expect([map.find(['contoso\\ANN'])?.target, map.find(['nobody']), map.isEmpty]).toEqual(['ann@contoso.com', undefined, false])
    expect(createIdentityMap([]).isEmpty).toBe(true)
  })

  test('takes the first spelling that it has', () => {
    expect(map.find(['uid:9', 'uid:7', 'CONTOSO\\ann'])?.target).toBe('x@y')
  })
})

test('owners are found by id or name; groups and strangers are told, and nobody is asked without a map', () => {
  const source = new MemorySource()
  const finder = new OwnerFinder(source, [row('name of uid:1', 'ann@contoso.com'), row('uid:2', 'Everybody', true)])
  expect(['uid:1', 'uid:2', 'uid:3', undefined].map((owner) => finder.of(owner).kind)).toEqual([
    'person',
    'unknown',
    'unknown',
    'none',
  ])
  expect(new OwnerFinder(source, []).of('uid:1').kind).toBe('none')
  expect(finder.of('uid:3')).toMatchObject({ issue: { code: 'RULE_OWNER_UNKNOWN', effect: 'warns' } })
})

describe('a round with an identity map', () => {
  let folder: string
  let journal: Journal
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-identity-'))
    journal = openSqliteJournal(path.join(folder, 'R0.sqlite'), { sealer: { seal: (text) => text, open: (text) => text } })
  })
  afterEach(() => {
    journal.close()
    fs.rmSync(folder, { recursive: true, force: true })
  })

  test('names authors in its packages, and reports whom it cannot name', async () => {
    const source = new MemorySource().put('a', '1').put('b', '2').put('c', '3').put('d', '4').put('e', '5')
    for (const [file, owner] of Object.entries({ a: 'uid:1', b: 'uid:1', c: 'uid:2', d: 'uid:3' })) source.owners.set(file, owner)
    const destination = new MemoryDestination()
    const imports = new MemoryImports(destination)
    const outcome = await runTest({
      journal,
      source,
      destination,
      settings: { route: 'package', identityMap: [row('uid:1', 'ann@contoso.com'), row('uid:2', 'ghost@elsewhere.com')] },
    })
    expect(outcome.status).toBe('completed')
    expect(authors(imports)).toEqual({ a: 'ann@contoso.com', b: 'ann@contoso.com', c: undefined, d: undefined, e: undefined })
    const told = journal
      .items({ afterId: 0, limit: 9, hasIssues: true })
      .map(({ name, issues }) => [name, ...issues.map((one) => one.detail)])
    expect(told).toEqual([
      ['c', expect.stringContaining('"ghost@elsewhere.com", whom the site does not know')],
      ['d', expect.stringContaining('uid:3, name of uid:3) is not in the identity map')],
    ])
  })

  test('names the people of what it uploads, and leaves the author of a file that was there', async () => {
    const source = new MemorySource().put('docs/a', '1').put('docs/b', '2').put('docs/c', '3')
    for (const [file, owner] of Object.entries({ a: 'uid:1', b: 'uid:2', c: 'uid:3' })) source.owners.set(`docs/${file}`, owner)
    const destination = new MemoryDestination({ isPlaceNew: false })
    destination.seed('docs/a', 'old', Date.UTC(2020, 1, 1))
    const imports = new MemoryImports(destination)
    const identityMap = [row('uid:1', 'ann@contoso.com'), row('uid:2', 'bob@contoso.com')]
    const outcome = await runTest({ journal, source, destination, settings: { route: 'session', identityMap } })
    expect(outcome.status).toBe('completed')
    expect(Object.fromEntries(imports.people)).toEqual({
      'docs/a': { author: undefined, editor: 'ann@contoso.com' },
      'docs/b': { author: 'bob@contoso.com', editor: 'bob@contoso.com' },
    })
  })

  test('finds owners in access lists and in the directory, when the task asks for it', async () => {
    const source = new MemorySource().put('a', '1').put('b', '2').put('c', '3').put('d', '4')
    const owners: Readonly<Record<string, string>> = { a: 'S-1-5-21-1-1-1-1101', b: 'S-1-5-21-1-1-1-1102', c: 'S-1-5-32-544' }
    source.access = {
      descriptor: async (relPath) => {
        if (relPath === 'd') throw new MigrationError('SRC_NO_ACCESS', 'no', { remedy: { kind: 'failItem' } })
        return `O:${owners[relPath] ?? 'BA'}D:(A;;FA;;;BA)`
      },
      accountSpellings: (sid) => [sid],
    }
    const destination = new MemoryDestination()
    const imports = new MemoryImports(destination)
    const [nobody, ann] = [new Map(), { id: '1', kind: 'person', displayName: 'Ann', upn: 'ann@contoso.com', sids: [] }] as const
    const asked: string[] = []
    const outcome = await runTest({
      journal,
      source,
      destination,
      settings: { route: 'session', nameAuthors: true },
      identities: {
        projectMap: async () => [row('S-1-5-21-1-1-1-1102', 'bob@contoso.com')],
        directory: {
          bySid: async (sids) => {
            asked.push(...sids)
            return new Map([['s-1-5-21-1-1-1-1101', [{ ...ann, samName: undefined, domains: [], isEnabled: true }]]])
          },
          byUpn: async () => nobody,
          bySamName: async () => nobody,
          groupsNamed: async () => nobody,
          members: async () => undefined,
        },
      },
    })
    expect(outcome.status).toBe('completed')
    expect(Object.fromEntries(imports.people)).toEqual({
      a: { author: 'ann@contoso.com', editor: 'ann@contoso.com' },
      b: { author: 'bob@contoso.com', editor: 'bob@contoso.com' },
    })
    expect(new Set(asked)).toEqual(new Set(['S-1-5-21-1-1-1-1101']))
    expect(journal.itemAt('c')?.issues).toEqual([
      expect.objectContaining({ code: 'RULE_OWNER_UNKNOWN', detail: expect.stringContaining('only a person') }),
    ])
  })

  test('brings files whose people the site refuses to write, and says so', async () => {
    const source = new MemorySource().put('a', '1')
    source.owners.set('a', 'uid:1')
    const destination = new MemoryDestination()
    new MemoryImports(destination)
    destination.onCall = ({ name, when }) => {
      if (name === 'setPeople' && when === 'before')
        throw new MigrationError('DST_REFUSED', 'The column is read-only.', { remedy: { kind: 'failItem' } })
    }
    const identityMap = [row('uid:1', 'ann@contoso.com')]
    const outcome = await runTest({ journal, source, destination, settings: { route: 'session', identityMap } })
    expect([outcome.status, journal.itemAt('a')?.verdict]).toEqual(['completed', 'exact'])
    expect(journal.itemAt('a')?.issues).toEqual([
      expect.objectContaining({ code: 'RULE_OWNER_UNKNOWN', detail: expect.stringContaining('read-only') }),
    ])
  })
})

/** By the manifest and the users of the only package. */
function authors(imports: MemoryImports) {
  const [blobs] = [...imports.blobsOf.values()]
  const text = (name: string) => new TextDecoder().decode(blobs?.get(name))
  const logins = new Map(
    [...text('UserGroup.xml').matchAll(/<User Id="(\d+)"[^>]*Login="i:0#.f\|membership\|([^"]*)"/g)].map(([, id, login]) => [
      id,
      login,
    ]),
  )
  const named = [...text('Manifest.xml').matchAll(/<File [^>]*>/g)].map(([file]) => {
    const [author, editor] = ['Author', 'ModifiedBy'].map((name) => new RegExp(` ${name}="(\\d+)"`).exec(file)?.[1])
    expect(editor).toBe(author)
    return [/ Name="([^"]*)"/.exec(file)?.[1], author === undefined ? undefined : logins.get(author)]
  })
  return Object.fromEntries(named.sort())
}
