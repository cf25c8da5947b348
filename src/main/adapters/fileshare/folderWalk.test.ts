import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SourceEntry } from '../../engine/ports/source.ts'
import { walkConcurrently } from './concurrentWalk.ts'
import { decodeEntries, type EntryColumns } from './entryColumns.ts'
import type { Folder } from './entryJudge.ts'
import { type AsyncFileCalls, asyncFileCalls, type FileCalls, fileCalls } from './fileCalls.ts'
import { FolderWalk, type WalkStep } from './folderWalk.ts'
import { walkInThreads } from './threadedWalk.ts'

let root: string

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-walk-'))
})

afterEach(() => {
  fs.rmSync(root, { recursive: true })
})

const failing = (code: string): never => {
  throw Object.assign(new Error(code), { code })
}

interface Walking {
  readonly calls?: Partial<FileCalls>
  readonly asyncCalls?: Partial<AsyncFileCalls>
  readonly symlinks?: 'skip' | 'follow'
  readonly batchRows?: number
  readonly folders?: readonly Folder[]
}

const begin = ({ calls, symlinks = 'skip', batchRows = 7, folders }: Walking): FolderWalk =>
  new FolderWalk({
    rootPath: root,
    symlinks,
    batchRows,
    calls: { ...fileCalls, ...calls },
    ...(folders === undefined ? {} : { folders }),
  })

const alone = { mayStopWhenSlow: false, isShareWanted: () => false }
const entriesOf = (step: WalkStep): SourceEntry[] => (step.kind === 'batch' ? decodeEntries(step.columns) : [])

const blockingWalk = (walking: Walking = {}): SourceEntry[] => [...begin(walking).walk(alone)].flatMap(entriesOf)

async function concurrentWalk(walking: Walking = {}): Promise<SourceEntry[]> {
  const batches: EntryColumns[] = []
  for await (const batch of walkConcurrently(begin(walking), { calls: { ...asyncFileCalls, ...walking.asyncCalls } }))
    batches.push(batch)
  return batches.flatMap(decodeEntries)
}

/** Both walks, their results compared first. */
async function bothWalks(walking: Walking & { readonly asyncCalls?: Partial<AsyncFileCalls> } = {}): Promise<SourceEntry[]> {
  const blocking = byPath(blockingWalk(walking))
  expect(byPath(await concurrentWalk(walking))).toEqual(blocking)
  return blocking
}

const byPath = (entries: readonly SourceEntry[]): SourceEntry[] =>
  entries.toSorted((one, other) => (one.relPath < other.relPath ? -1 : one.relPath > other.relPath ? 1 : 0))

const parentOf = (relPath: string): string => relPath.slice(0, Math.max(0, relPath.lastIndexOf('/')))

function makeTree(): void {
  for (let outer = 0; outer < 6; outer++) {
    for (let inner = 0; inner < 5; inner++) {
      const folder = path.join(root, `outer ${outer}`, `inner ${inner}`)
      fs.mkdirSync(folder, { recursive: true })
      for (let file = 0; file < 9; file++) fs.writeFileSync(path.join(folder, `file ${file}.txt`), 'x'.repeat(file))
    }
  }
}

/** The root first, a folder before its content, the entries of one folder together, every entry once. */
function expectOrder(entries: readonly SourceEntry[]): void {
  expect(entries[0]?.relPath).toBe('')
  const seen = new Set<string>([''])
  const parents: string[] = []
  for (const { relPath } of entries.slice(1)) {
    const parent = parentOf(relPath)
    expect(seen.has(parent)).toBe(true)
    expect(seen.has(relPath)).toBe(false)
    if (parents.at(-1) !== parent) parents.push(parent)
    seen.add(relPath)
  }
  expect(new Set(parents).size).toBe(parents.length)
}

const issuesOf = (entries: readonly SourceEntry[]) =>
  entries.filter(({ issue }) => issue !== undefined).map(({ relPath, kind, issue }) => ({ relPath, kind, code: issue?.code }))

describe('both walks', () => {
  test('see the same entries, each once', async () => {
    makeTree()
    const entries = await bothWalks()
    expect(entries).toHaveLength(1 + 6 + 30 + 270)
    expect(new Set(entries.map(({ relPath }) => relPath)).size).toBe(entries.length)
  })

  test.each([
    ['blocking', () => Promise.resolve(blockingWalk())],
    ['concurrent', () => concurrentWalk()],
  ])('%s: a folder comes before its content, and the entries of one folder together', async (_name, walk) => {
    makeTree()
    expectOrder(await walk())
  })

  test('agree when every call takes a while', async () => {
    makeTree()
    let inFlight = 0
    let mostInFlight = 0
    const slowly = async <Value>(call: () => Promise<Value>): Promise<Value> => {
      mostInFlight = Math.max(mostInFlight, ++inFlight)
      await delay(1)
      return await call().finally(() => inFlight--)
    }
    const asyncCalls: Partial<AsyncFileCalls> = {
      lstat: (file) => slowly(() => asyncFileCalls.lstat(file)),
      probeFolder: (folder) => slowly(() => asyncFileCalls.probeFolder(folder)),
    }
    await bothWalks({ asyncCalls })
    expect(mostInFlight).toBeGreaterThan(8)
    expect(mostInFlight).toBeLessThanOrEqual(64)
  })

  test('report what vanishes between listing and looking', async () => {
    fs.writeFileSync(path.join(root, 'stays'), '')
    fs.writeFileSync(path.join(root, 'goes'), '')
    const entries = await bothWalks({
      calls: { lstat: (file) => (String(file).endsWith('goes') ? undefined : fileCalls.lstat(file)) },
      asyncCalls: { lstat: async (file) => (file.endsWith('goes') ? undefined : await asyncFileCalls.lstat(file)) },
    })
    expect(issuesOf(entries)).toEqual([{ relPath: 'goes', kind: 'file', code: 'SRC_VANISHED' }])
  })

  test('an unreadable folder is one entry with the reason', async () => {
    fs.mkdirSync(path.join(root, 'secret'))
    fs.writeFileSync(path.join(root, 'secret', 'inside'), '')
    const entries = await bothWalks({
      calls: { probeFolder: () => failing('EACCES') },
      asyncCalls: { probeFolder: async () => failing('EACCES') },
    })
    expect(issuesOf(entries)).toEqual([{ relPath: 'secret', kind: 'folder', code: 'SRC_NO_ACCESS' }])
    expect(entries).toHaveLength(2)
  })

  test('a folder that fails only while it is listed is handed over again with the reason', async () => {
    fs.mkdirSync(path.join(root, 'a', 'worn out'), { recursive: true })
    fs.writeFileSync(path.join(root, 'a', 'other'), 'x')
    const entries = await bothWalks({
      calls: { names: (folder, size) => (folder.includes('worn') ? failing('EIO') : fileCalls.names(folder, size)) },
      asyncCalls: {
        async *names(folder, size) {
          yield* folder.includes('worn') ? failing('EIO') : asyncFileCalls.names(folder, size)
        },
      },
    })
    expect(entries.map(({ relPath, issue }) => `${relPath}:${issue?.code ?? ''}`)).toEqual([
      ':',
      'a:',
      'a/other:',
      'a/worn out:',
      'a/worn out:SRC_READ_FAILED',
    ])
  })

  test('an entry that may not even be examined is reported', async () => {
    fs.writeFileSync(path.join(root, 'file'), '')
    const entries = await bothWalks({
      calls: { lstat: (file) => (String(file).endsWith('file') ? failing('EACCES') : fileCalls.lstat(file)) },
      asyncCalls: { lstat: async () => failing('EACCES') },
    })
    expect(issuesOf(entries)).toEqual([{ relPath: 'file', kind: 'file', code: 'SRC_NO_ACCESS' }])
  })

  test('a root that cannot be listed is an error', async () => {
    expect(() => blockingWalk({ calls: { names: () => failing('EIO') } })).toThrow('EIO')
    await expect(concurrentWalk({ asyncCalls: { names: () => failing('EIO') } })).rejects.toThrow('EIO')
  })

  test('a mount that leads back to a folder above is a loop', async () => {
    fs.mkdirSync(path.join(root, 'a', 'mount'), { recursive: true })
    const above = fs.lstatSync(path.join(root, 'a'), { bigint: true })
    const disguised = (file: string | Buffer) => (String(file).endsWith('mount') ? above : fileCalls.lstat(file))
    const entries = await bothWalks({ calls: { lstat: disguised }, asyncCalls: { lstat: async (file) => disguised(file) } })
    expect(issuesOf(entries)).toEqual([{ relPath: 'a/mount', kind: 'folder', code: 'SRC_LINK_LOOP' }])
  })

  test('a file without permission bits is reported when the system confirms it', async () => {
    fs.writeFileSync(path.join(root, 'private'), 'x', { mode: 0o000 })
    const entries = await bothWalks({ calls: { probeFile: () => failing('EACCES') } })
    expect(issuesOf(entries)).toEqual([{ relPath: 'private', kind: 'file', code: 'SRC_NO_ACCESS' }])
  })
})

describe('the blocking walk', () => {
  test('stops early when the first folders were slow, and nothing is lost or doubled when the other one goes on', async () => {
    for (let folder = 0; folder < 3; folder++) {
      fs.mkdirSync(path.join(root, `folder ${folder}`))
      for (let file = 0; file < 250; file++) fs.writeFileSync(path.join(root, `folder ${folder}`, `${file}`), '')
    }
    const still = new Int32Array(new SharedArrayBuffer(4))
    const walk = begin({
      calls: {
        lstat(file) {
          Atomics.wait(still, 0, 0, 1)
          return fileCalls.lstat(file)
        },
      },
    })
    const entries = [...walk.walk({ ...alone, mayStopWhenSlow: true })].flatMap(entriesOf)
    expect(walk.isSlow).toBe(true)
    expect(entries.length).toBeLessThan(300)
    for await (const batch of walkConcurrently(walk, { calls: asyncFileCalls })) entries.push(...decodeEntries(batch))
    expect(entries).toHaveLength(1 + 3 + 750)
    expect(new Set(entries.map(({ relPath }) => relPath)).size).toBe(entries.length)
  })

  test('reads a large folder in slices with the same result', () => {
    for (let file = 0; file < 2345; file++) fs.writeFileSync(path.join(root, `file ${file}`), '')
    const whole = [...fileCalls.names(root, 1)]
    const sliced = [...fileCalls.names(root, 0)]
    expect(sliced.map((slice) => slice.length)).toEqual([1000, 1000, 345])
    expect(sliced.flat().sort()).toEqual(whole.flat().sort())
  })
})

describe('several walks over one tree', () => {
  test('share waiting folders: together they see what one sees', () => {
    makeTree()
    const whole = byPath(blockingWalk())
    const queue: (FolderWalk | undefined)[] = [begin({})]
    const entries: SourceEntry[] = []
    let shares = 0
    for (let walk = queue.shift(); walk !== undefined; walk = queue.shift()) {
      for (const step of walk.walk({ mayStopWhenSlow: false, isShareWanted: () => shares < 5 })) {
        entries.push(...entriesOf(step))
        if (step.kind !== 'share') continue
        shares++
        queue.push(begin({ folders: structuredClone(step.folders) }))
      }
    }
    expect(shares).toBe(5)
    expectOrder(entries)
    expect(byPath(entries)).toEqual(whole)
  })

  test('in threads keep the order that one keeps', async () => {
    for (let outer = 0; outer < 30; outer++) {
      for (let inner = 0; inner < 10; inner++) {
        const folder = path.join(root, `outer ${outer}`, `inner ${inner}`)
        fs.mkdirSync(folder, { recursive: true })
        for (let file = 0; file < 28; file++) fs.writeFileSync(path.join(folder, `${file}`), '')
      }
    }
    const { signal } = new AbortController()
    for (const threads of [1, 2, 3]) {
      const entries: SourceEntry[] = []
      for await (const batch of walkInThreads({
        rootPath: root,
        symlinks: 'skip',
        calls: 'blocking',
        threads,
        helpAfterBatches: 1,
        signal,
      }))
        entries.push(...batch)
      expectOrder(entries)
      expect(entries).toHaveLength(1 + 30 + 300 + 8400)
    }
  })
})

describe('the concurrent walk', () => {
  test('ends when the reader stops early', async () => {
    makeTree()
    let batches = 0
    for await (const batch of walkConcurrently(begin({ batchRows: 3 }), { calls: asyncFileCalls })) {
      expect(batch.count).toBe(3)
      if (++batches === 2) break
    }
    expect(batches).toBe(2)
  })

  test('reads a large folder in slices, entries together', async () => {
    fs.mkdirSync(path.join(root, 'large'))
    fs.mkdirSync(path.join(root, 'small'))
    for (let file = 0; file < 2100; file++) fs.writeFileSync(path.join(root, 'large', `file ${file}`), '')
    fs.writeFileSync(path.join(root, 'small', 'file'), '')
    const entries = await concurrentWalk({ asyncCalls: { names: (folder) => asyncFileCalls.names(folder, 0) } })
    const runs = entries.map(({ relPath }) => parentOf(relPath)).filter((parent, at, all) => parent !== all[at - 1])
    expect(runs.filter((parent) => parent === 'large')).toHaveLength(1)
    expect(entries).toHaveLength(1 + 2 + 2101)
  })
})
