import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import type { SourceEntry } from '../../engine/ports/source.ts'
import { createFileShareSource, type FileShareSourceOptions } from './fileShareSource.ts'

let root: string
const signal = new AbortController().signal

beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'portage-source-')))
})

afterEach(() => {
  fs.rmSync(root, { recursive: true })
})

const at = (...names: string[]): string => path.join(root, ...names)
const source = (options: Partial<FileShareSourceOptions> = {}) => createFileShareSource({ path: root, ...options })

async function entriesOf(
  symlinks: 'skip' | 'follow' = 'skip',
  options: Partial<FileShareSourceOptions> = {},
): Promise<SourceEntry[]> {
  const entries: SourceEntry[] = []
  for await (const batch of source(options).walk({ symlinks, signal })) entries.push(...batch)
  return entries
}

const summaryOf = (entries: readonly SourceEntry[]): Record<string, string> =>
  Object.fromEntries(entries.map(({ relPath, kind, issue }) => [relPath, issue === undefined ? kind : `${kind} ${issue.code}`]))

const codeOf = (thrown: unknown): string => (thrown instanceof MigrationError ? thrown.code : String(thrown))
const codeFrom = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'no error', codeOf)

async function contentOf(relPath: string, start = 0, end = Number.POSITIVE_INFINITY): Promise<string> {
  const file = await source().open(relPath, signal)
  const parts: Uint8Array[] = []
  for await (const chunk of file.read(start, Math.min(end, file.stamp.sizeBytes), signal)) parts.push(chunk)
  await file.close()
  return Buffer.concat(parts).toString()
}

describe('walk', () => {
  test('tells what the file system knows about each entry, the root first', async () => {
    fs.mkdirSync(at('sub'))
    fs.writeFileSync(at('sub', '.note'), 'hello')
    fs.utimesSync(at('sub', '.note'), 1_000_000_000.5, 1_000_000_000.5)
    const [top, ...rest] = await entriesOf()
    expect(top).toMatchObject({ relPath: '', name: path.basename(root), kind: 'folder', issue: undefined })
    const stats = fs.lstatSync(at('sub', '.note'))
    expect(rest.at(-1)).toEqual({
      relPath: 'sub/.note',
      name: '.note',
      kind: 'file',
      sizeBytes: 5,
      createdMs: Math.floor(stats.birthtimeMs),
      modifiedMs: 1_000_000_000_500,
      isHidden: false,
      isOffline: false,
      owner: process.platform === 'win32' ? undefined : `uid:${stats.uid}`,
      fileId: `${stats.dev}:${stats.ino}`,
      issue: undefined,
    })
  })

  test('every way of calling sees everything, in several batches', async () => {
    for (let folder = 0; folder < 5; folder++) {
      fs.mkdirSync(at(`folder ${folder}`))
      for (let file = 0; file < 1100; file++) fs.writeFileSync(at(`folder ${folder}`, `${file}`), '')
    }
    for (const calls of ['blocking', 'concurrent', 'measured'] as const) {
      const entries = await entriesOf('skip', { calls })
      expect(new Set(entries.map(({ relPath }) => relPath)).size).toBe(1 + 5 + 5500)
      expect(entries).toHaveLength(1 + 5 + 5500)
    }
  })

  test('special files are reported', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const server = net.createServer()
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve))
    const summary = summaryOf(await entriesOf())
    await new Promise((resolve) => server.close(resolve))
    expect(summary).toEqual({ '': 'folder', pipe: 'special SRC_SPECIAL_FILE', socket: 'special SRC_SPECIAL_FILE' })
  })

  test('names that are not text are reported in an escaped form, those that only look like it travel', async () => {
    fs.writeFileSync(Buffer.concat([Buffer.from(at('caf')), Buffer.from([0xe9]), Buffer.from('é')]), 'latin')
    fs.mkdirSync(Buffer.concat([Buffer.from(at('dir')), Buffer.from([0xff])]))
    fs.writeFileSync(at('honest \uFFFD'), 'x')
    const entries = await entriesOf()
    expect(summaryOf(entries)).toEqual({
      '': 'folder',
      'caf\\xE9é': 'file SRC_NAME_UNREADABLE',
      'dir\\xFF': 'folder SRC_NAME_UNREADABLE',
      'honest \uFFFD': 'file',
    })
    expect(entries.find(({ relPath }) => relPath.startsWith('caf'))).toMatchObject({ sizeBytes: 5 })
    expect(summaryOf(await entriesOf('skip', { calls: 'concurrent' }))).toEqual(summaryOf(entries))
  })

  test('names keep their spelling: NFC and NFD, emoji, right to left, newlines, backslashes', async () => {
    const names = ['é.txt', 'e\u0301.txt', '🗂️', 'قائمة.txt', 'two\nlines', 'back\\slash', ' lead', 'trail. ']
    for (const name of names) fs.writeFileSync(at(name), '')
    const entries = await entriesOf()
    expect(
      entries
        .map(({ name }) => name)
        .slice(1)
        .sort(),
    ).toEqual(names.toSorted())
  })

  test('links: skipped ones are reported, each with where it leads', async () => {
    fs.writeFileSync(at('file'), 'x')
    fs.symlinkSync('file', at('link'))
    fs.symlinkSync('nowhere', at('dangling'))
    const entries = await entriesOf()
    expect(summaryOf(entries)).toMatchObject({ link: 'symlink SRC_SYMLINK', dangling: 'symlink SRC_SYMLINK' })
    expect(entries.find(({ name }) => name === 'link')?.issue?.detail).toBe('It is a link to "file"; links are not followed.')
  })

  test('links: followed inside the source, never out of it and never in a circle', async () => {
    fs.mkdirSync(at('data', 'deep'), { recursive: true })
    fs.writeFileSync(at('data', 'file'), '12345')
    fs.symlinkSync('data/file', at('to file'))
    fs.symlinkSync('data', at('to folder'))
    fs.symlinkSync('/etc', at('out'))
    fs.symlinkSync(`${root}-twin`, at('twin'))
    fs.symlinkSync('nowhere', at('dangling'))
    fs.symlinkSync('circle', at('circle'))
    fs.symlinkSync('../..', at('data', 'deep', 'up'))
    fs.mkdirSync(`${root}-twin`)
    const entries = await entriesOf('follow').finally(() => fs.rmdirSync(`${root}-twin`))
    expect(summaryOf(entries)).toEqual({
      '': 'folder',
      data: 'folder',
      'data/deep': 'folder',
      'data/deep/up': 'symlink SRC_LINK_LOOP',
      'data/file': 'file',
      'to file': 'file',
      'to folder': 'folder',
      'to folder/deep': 'folder',
      'to folder/deep/up': 'symlink SRC_LINK_LOOP',
      'to folder/file': 'file',
      out: 'symlink SRC_SYMLINK',
      twin: 'symlink SRC_SYMLINK',
      dangling: 'symlink SRC_SYMLINK',
      circle: 'symlink SRC_LINK_LOOP',
    })
    expect(entries.find(({ name }) => name === 'to file')?.sizeBytes).toBe(5)
  })

  test('links that multiply the tree end at a depth', async () => {
    for (let level = 0; level < 12; level++) fs.mkdirSync(at(`level ${level}`))
    for (let level = 0; level < 11; level++) fs.symlinkSync(`../level ${level + 1}`, at(`level ${level}`, 'next'))
    const entries = await entriesOf('follow')
    const deepest = entries.filter(({ issue }) => issue?.code === 'SRC_LINK_LOOP').map(({ relPath }) => relPath.split('/').length)
    expect(deepest.length).toBeGreaterThan(0)
    expect(Math.max(...entries.map(({ relPath }) => relPath.split('/').length))).toBe(10)
  })

  test('what the account may not read is reported, not dropped', () => {
    fs.mkdirSync(at('closed'))
    fs.writeFileSync(at('closed', 'inside'), '')
    fs.chmodSync(at('closed'), 0o000)
    fs.writeFileSync(at('private'), 'x', { mode: 0o000 })
    fs.chmodSync(root, 0o755)
    const script = `
      const { createFileShareSource } = await import(${JSON.stringify(new URL('./fileShareSource.ts', import.meta.url).href)})
      const source = createFileShareSource({ path: ${JSON.stringify(root)} })
      const signal = new AbortController().signal
      for await (const batch of source.walk({ symlinks: 'skip', signal })) for (const e of batch) console.log('seen', e.relPath, e.kind, e.issue?.code)
      await source.open('private', signal).catch((error) => console.log('open', error.code))`
    const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: '/',
      ...asNobody,
    })
    fs.chmodSync(at('closed'), 0o755)
    expect(printed.trim().split('\n').sort()).toEqual([
      'open SRC_NO_ACCESS',
      'seen  folder undefined',
      'seen closed folder SRC_NO_ACCESS',
      'seen private file SRC_NO_ACCESS',
    ])
  })

  test('an abort ends it with the reason', async () => {
    for (let file = 0; file < 2500; file++) fs.writeFileSync(at(`${file}`), '')
    const stop = new AbortController()
    const reason = new Error('paused by a person')
    const walking = (async () => {
      for await (const batch of source().walk({ symlinks: 'skip', signal: stop.signal })) {
        expect(batch.length).toBeGreaterThan(0)
        stop.abort(reason)
      }
    })()
    await expect(walking).rejects.toBe(reason)
  })

  test('a reader may stop early', async () => {
    for (let file = 0; file < 2500; file++) fs.writeFileSync(at(`${file}`), '')
    for await (const batch of source().walk({ symlinks: 'skip', signal })) {
      expect(batch).toHaveLength(2000)
      break
    }
  })
})

describe('check', () => {
  test('accepts a folder, also by a link and with separators at its end', async () => {
    fs.mkdirSync(at('real'))
    fs.writeFileSync(at('real', 'file'), 'x')
    fs.symlinkSync('real', at('link'))
    const linked = source({ path: `${at('link')}///` })
    await linked.check()
    expect(linked.rootPath).toBe(at('link'))
    const names: string[] = []
    for await (const batch of linked.walk({ symlinks: 'skip', signal })) names.push(...batch.map(({ relPath }) => relPath))
    expect(names).toEqual(['', 'file'])
    await (await linked.open('file', signal)).close()
  })

  test.each([
    ['missing', () => at('missing'), 'SRC_NOT_FOUND'],
    ['a file', () => at('file'), 'SRC_NOT_A_FOLDER'],
    ['relative', () => 'folder', 'SRC_NOT_FOUND'],
    ['UNC where there is none', () => '\\\\server\\share', 'SRC_NOT_FOUND'],
  ])('refuses a root that is %s', async (_title, rootPath, code) => {
    fs.writeFileSync(at('file'), '')
    expect(await codeFrom(source({ path: rootPath() }).check())).toBe(code)
    const walking = source({ path: rootPath() }).walk({ symlinks: 'skip', signal })[Symbol.asyncIterator]()
    expect(await codeFrom(walking.next())).toBe(code)
  })
})

describe('open', () => {
  test('reads any range, again and again', async () => {
    fs.writeFileSync(at('file'), '0123456789')
    expect([
      await contentOf('file'),
      await contentOf('file', 3, 7),
      await contentOf('file', 3, 7),
      await contentOf('file', 5, 5),
    ]).toEqual(['0123456789', '3456', '3456', ''])
  })

  test('chunks stay valid while the next ones are read', async () => {
    const bytes = Buffer.alloc(3 * 1024 * 1024 + 17, (await import('node:crypto')).randomBytes(4099))
    fs.writeFileSync(at('large'), bytes)
    const file = await source().open('large', signal)
    const kept: Uint8Array[] = []
    for await (const chunk of file.read(0, bytes.length, signal)) kept.push(chunk)
    await file.close()
    expect(kept.length).toBe(4)
    expect(Buffer.concat(kept).equals(bytes)).toBe(true)
  })

  test('released chunks are filled again, held ones never', async () => {
    const bytes = Buffer.alloc(6 * 1024 * 1024 + 5, (await import('node:crypto')).randomBytes(4099))
    fs.writeFileSync(at('large'), bytes)
    const file = await source().open('large', signal)
    const memories = new Set<ArrayBufferLike>()
    const kept: Uint8Array[] = []
    for (let round = 0; round < 3; round++) {
      let position = 0
      for await (const chunk of file.read(0, bytes.length, signal)) {
        expect(Buffer.compare(chunk, bytes.subarray(position, position + chunk.length))).toBe(0)
        position += chunk.length
        if (position === 2 * 1024 * 1024) kept.push(chunk)
        else file.release?.(chunk)
        file.release?.(new Uint8Array(chunk.length))
        if (chunk.length === 1024 * 1024) memories.add(chunk.buffer)
      }
    }
    await file.close()
    expect(memories.size).toBeLessThanOrEqual(kept.length + 3)
    for (const chunk of kept) expect(Buffer.compare(chunk, bytes.subarray(1024 * 1024, 2 * 1024 * 1024))).toBe(0)
  })

  test('the stamp equals the listed entry, and a later one shows a change', async () => {
    fs.writeFileSync(at('file'), 'one')
    const listed = (await entriesOf()).at(-1)
    const file = await source().open('file', signal)
    expect(file.stamp).toEqual({ sizeBytes: listed?.sizeBytes, modifiedMs: listed?.modifiedMs })
    expect(await file.restamp()).toEqual(file.stamp)
    fs.appendFileSync(at('file'), ' two')
    expect(await file.restamp()).not.toEqual(file.stamp)
    await file.close()
  })

  test('a file that was replaced, removed or cut while it is open is noticed', async () => {
    for (const name of ['replaced', 'removed', 'cut']) fs.writeFileSync(at(name), 'content')
    const [replaced, removed, cut] = await Promise.all(['replaced', 'removed', 'cut'].map((name) => source().open(name, signal)))
    fs.writeFileSync(at('new'), 'content')
    fs.renameSync(at('new'), at('replaced'))
    fs.rmSync(at('removed'))
    fs.truncateSync(at('cut'), 2)
    const readCut = async () => {
      for await (const chunk of cut?.read(0, 7, signal) ?? []) expect(chunk.length).toBe(2)
    }
    expect(await codeFrom(Promise.resolve(replaced?.restamp()))).toBe('SRC_CHANGED_WHILE_READING')
    expect(await codeFrom(Promise.resolve(removed?.restamp()))).toBe('SRC_VANISHED')
    expect(await codeFrom(readCut())).toBe('SRC_CHANGED_WHILE_READING')
    await Promise.all([replaced?.close(), removed?.close(), cut?.close()])
  })

  test('refuses what is no readable file inside the source', async () => {
    fs.mkdirSync(at('share', 'folder'), { recursive: true })
    fs.writeFileSync(at('outside'), 'secret')
    fs.symlinkSync('../outside', at('share', 'sneaky'))
    execFileSync('mkfifo', [at('share', 'pipe')])
    const share = source({ path: at('share') })
    const codes = await Promise.all(
      ['gone', 'folder', 'pipe', 'sneaky', '../outside'].map((name) => codeFrom(share.open(name, signal))),
    )
    expect(codes).toEqual(['SRC_VANISHED', 'SRC_SPECIAL_FILE', 'SRC_SPECIAL_FILE', 'SRC_SYMLINK', 'SRC_SYMLINK'])
  })

  test('an aborted read throws the reason', async () => {
    fs.writeFileSync(at('file'), 'x')
    const file = await source().open('file', signal)
    const reason = new Error('stop')
    const read = file.read(0, 1, AbortSignal.abort(reason))[Symbol.asyncIterator]()
    await expect(read.next()).rejects.toBe(reason)
    await file.close()
  })

  test.runIf(process.platform === 'linux')('a file that another program has locked for writing is in use', async () => {
    fs.writeFileSync(at('busy'), 'half a change')
    const holder: ChildProcess = spawn('flock', ['--exclusive', at('busy'), 'sh', '-c', 'echo held; cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => holder.stdout?.once('data', resolve))
    const code = await codeFrom(source().open('busy', signal))
    const ended = new Promise((resolve) => holder.once('exit', resolve))
    holder.stdin?.end()
    await ended
    expect([code, await contentOf('busy')]).toEqual(['SRC_LOCKED', 'half a change'])
  })
})
