import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Journal } from '../../engine/ports/journal.ts'
import { id, root, scannedFile } from '../../engine/testing/journalSamples.ts'
import { absorbPart, openParts } from './absorb.ts'
import { openSqliteJournal, readSqliteJournal } from './sqliteJournal.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-parts-'))
afterEach(() => {
  for (const name of fs.readdirSync(folder)) fs.rmSync(path.join(folder, name), { recursive: true })
})
const open = (name: string): Journal =>
  openSqliteJournal(path.join(folder, name), { sealer: { seal: (text) => text, open: (text) => text } })

/** A folder is a path that ends in '/'. Ids rise as given, from 2. */
function scanned(journal: Journal, ...paths: readonly string[]): void {
  const ids = new Map([['', root.id]])
  journal.insertItems([
    root,
    ...paths.map((given, index) => {
      const relPath = given.replace(/\/$/, '')
      const own = id(index + 2)
      if (given.endsWith('/')) ids.set(relPath, own)
      const parent = relPath.includes('/') ? relPath.slice(0, relPath.lastIndexOf('/')) : ''
      const name = relPath.slice(relPath.lastIndexOf('/') + 1)
      return scannedFile({
        id: own,
        relPath,
        parentId: ids.get(parent) ?? root.id,
        depth: relPath.split('/').length,
        destName: name,
        collisionKey: name,
        sizeBytes: given.endsWith('/') ? 0 : 10,
        ...(given.endsWith('/') ? { kind: 'folder' as const } : {}),
      })
    }),
  ])
  journal.indexItems()
}
const paths = (journal: Pick<Journal, 'items'>) => journal.items({ afterId: 0, limit: 100 }).map(({ relPath }) => relPath)
const part = (path: string) => ({ path, destPath: path, fileCount: 1, sizeBytes: 1 })

describe('what is given away', () => {
  test('is out of the journal but for its folder; names that only begin alike stay', () => {
    const journal = open('own')
    scanned(journal, 'a/', 'a/b/', 'a/b/x', 'a/b/c/', 'a/b/c/y', 'a/b-2/', 'a/b-2/x', 'a/b0', 'a/b x', 'a/bä')
    journal.record([{ fact: 'delegated', part: part('a/b') }])
    expect(paths(journal)).toEqual(['', 'a', 'a/b', 'a/b-2', 'a/b-2/x', 'a/b0', 'a/b x', 'a/bä'])
    expect([journal.isPart('a/b'), journal.isPart('a')]).toEqual([true, false])
    expect(journal.parts()).toEqual([{ ...part('a/b'), isListed: false }])
    journal.record([{ fact: 'partListed', path: 'a/b' }])
    journal.record([{ fact: 'delegated', part: part('a/b') }])
    expect(journal.parts()[0]?.isListed).toBe(true)
    journal.close()
  })

  test('survives a scan that begins again, which finds it again and leaves it again', () => {
    const journal = open('own')
    scanned(journal, 'a/', 'a/x')
    journal.record([{ fact: 'delegated', part: part('a') }])
    journal.clearItems()
    scanned(journal, 'a/', 'a/x', 'new')
    expect(journal.parts()).toHaveLength(1)
    journal.record([{ fact: 'delegated', part: part('a') }])
    expect(paths(journal)).toEqual(['', 'a', 'new'])
    journal.close()
  })

  test('is chosen among folders by what is below them at any depth, without what has begun or does not travel', () => {
    const journal = open('own')
    scanned(journal, 'a/', 'a/b/', 'a/b/1', 'a/b/2', 'c/', 'c/3', 'd/', 'd/4', '5')
    journal.record([
      { fact: 'planned', id: id(9), route: 'session', reason: '', existing: undefined },
      { fact: 'started', id: id(9), atMs: 1 },
    ])
    expect(journal.measureFolders()).toMatchObject({ fileCount: 4, sizeBytes: 40, hasBegun: true })
    const found = journal.heaviestFolders(root.id, { fileWeightBytes: 1, limit: 5 })
    expect(found.map(({ path: at, fileCount, hasBegun }) => [at, fileCount, hasBegun])).toEqual([
      ['a', 2, false],
      ['c', 1, false],
    ])
    journal.close()
  })
})

describe('a part that was worked on elsewhere', () => {
  test('stands in the journal of the whole afterwards, once, with its own facts', () => {
    const own = open('own')
    scanned(own, 'a/', 'a/x', 'top')
    own.record([
      { fact: 'delegated', part: part('a') },
      { fact: 'meta', change: { sentBytes: 5, extraItemCount: 1, stage: 'reported' } },
    ])
    own.close()
    const other = open('part')
    scanned(other, 'x', 'deep/', 'deep/y')
    other.record([
      { fact: 'packageFormed', packageId: 1, itemIds: [id(2)], cutCount: 0, atMs: 1 },
      { fact: 'uploaded', id: id(4), destItemId: 'Y', eTag: 'e', quickXorHash: 'h', atMs: 2 },
      { fact: 'issues', id: root.id, issues: [{ code: 'DST_TIMES_NOT_SET', effect: 'warns', detail: 'no' }] },
      {
        fact: 'structure',
        entry: {
          type: 'folder',
          title: 'deep',
          operation: 'created',
          status: 'success',
          details: '',
          sourcePath: 'deep',
          destinationUrl: '',
          sourceId: undefined,
          destinationId: undefined,
          errorCode: undefined,
          atMs: 1,
        },
      },
      { fact: 'meta', change: { sentBytes: 7, extraItemCount: 2, spentUnits: { package: 1, session: 2, shared: 3 } } },
    ])
    other.close()
    const file = path.join(folder, 'own')
    expect(openParts(file)).toEqual(['a'])
    for (let time = 0; time < 2; time++) absorbPart(file, { file: path.join(folder, 'part'), path: 'a' })
    expect(openParts(file)).toEqual([])
    const whole = readSqliteJournal(file)
    if (!whole) throw new Error('gone')
    expect(paths(whole)).toEqual(['', 'a', 'top', 'a/x', 'a/deep', 'a/deep/y'])
    const deep = whole.itemAt('a/deep/y')
    expect(deep).toMatchObject({ depth: 3, state: 'uploaded', destItemId: 'Y', quickXorHash: 'h' })
    expect(deep?.parentId).toBe(whole.itemAt('a/deep')?.id)
    expect(whole.itemAt('a/deep')?.parentId).toBe(whole.itemAt('a')?.id)
    expect(whole.itemAt('a')?.issues.map(({ code }) => code)).toEqual(['DST_TIMES_NOT_SET'])
    expect(whole.structure({ afterSeq: 0, limit: 9 }).map(({ sourcePath }) => sourcePath)).toEqual(['a/deep'])
    expect(whole.meta()).toMatchObject({ sentBytes: 12, extraItemCount: 3, spentUnits: { package: 1, session: 2, shared: 3 } })
    whole.close()
  })
})
