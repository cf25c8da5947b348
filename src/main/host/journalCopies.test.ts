import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { taskIdSchema } from '../../shared/domain/ids.ts'
import { MigrationError } from '../../shared/errors.ts'
import { openSqliteJournal, readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import type { ProjectFile, ProjectFiles } from '../engine/ports/projectFiles.ts'
import { testTask } from '../engine/testing/engineKit.ts'
import { createJournalCopies } from './journalCopies.ts'
import { takeUpJournals } from './takeUp.ts'
import { silentLogger } from './testing/fakeHost.ts'

/** Copies of journals among installs that die, come back and overtake each other; the library in memory. */

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-copies-'))
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))
const never = new AbortController().signal
const task = testTask()
const taskId = taskIdSchema.parse(task.id)
const plainSealer = { seal: (text: string) => text, open: (text: string) => text }

class MemoryFiles implements ProjectFiles {
  readonly stored = new Map<string, Uint8Array>()
  readonly replaced: string[] = []
  isAway = false

  async prepare(): Promise<void> {}
  async put(name: string, content: Parameters<ProjectFiles['put']>[1]): Promise<ProjectFile | undefined> {
    if (this.isAway) throw new MigrationError('NET_UNREACHABLE', 'Away.', { remedy: { kind: 'retry' } })
    if (this.stored.has(name)) return undefined
    this.stored.set(name, await content.read(0, content.sizeBytes, never))
    return { path: name, sizeBytes: content.sizeBytes, eTag: '1' }
  }
  async open(name: string) {
    const bytes = this.stored.get(name)
    if (!bytes) return undefined
    return {
      file: { path: name, sizeBytes: bytes.length, eTag: '1' },
      bytes: (async function* () {
        yield bytes
      })(),
    }
  }
  async list(folder: string): Promise<readonly ProjectFile[]> {
    if (this.isAway) throw new MigrationError('NET_UNREACHABLE', 'Away.', { remedy: { kind: 'retry' } })
    return [...this.stored].flatMap(([name, bytes]) =>
      path.posix.dirname(name) === folder ? [{ path: name, sizeBytes: bytes.length, eTag: '1' }] : [],
    )
  }
  async remove(name: string): Promise<void> {
    this.stored.delete(name)
  }
}

let files: MemoryFiles
let installs = 0
beforeEach(() => {
  files = new MemoryFiles()
})

function install() {
  const folder = path.join(root, `install-${++installs}`)
  fs.mkdirSync(folder)
  const journalFile = (_task: string, round: number) => path.join(folder, `R${round}.sqlite`)
  const copies = createJournalCopies({ files, keys: { local: randomBytes(32) }, logger: silentLogger })
  return {
    copies,
    file: (round: number) => journalFile(task.id, round),
    /** Works on a round under a claim; `mark` tells journals apart. */
    work(round: number, epoch: number, mark: string): void {
      const journal = openSqliteJournal(journalFile(task.id, round), { sealer: plainSealer })
      journal.record([{ fact: 'meta', change: { taskId, round, epoch, stage: 'planned', agentName: mark } }])
      journal.close()
    },
    keep: (round: number, epoch: number) =>
      copies.store({ taskId, round, epoch, journalFile: journalFile(task.id, round) }, never),
    takeUp: (round: number, epoch: number) =>
      takeUpJournals(
        { workFolder: { journalFile }, copies, logger: silentLogger },
        { task, round, epoch, progress: undefined },
        never,
      ),
    mark(round: number): string | undefined {
      const journal = readSqliteJournal(journalFile(task.id, round))
      const mark = journal?.meta().agentName
      journal?.close()
      return mark
    },
  }
}

test('a round keeps one copy, the last one', async () => {
  const one = install()
  for (const mark of ['first', 'second', 'third']) {
    one.work(0, 1, mark)
    await one.keep(0, 1)
  }
  expect([...files.stored.keys()]).toEqual([`journals/${task.id}/R0-e1-3.db.zst`])
  const other = install()
  expect(await other.takeUp(0, 3)).toEqual({ takesOver: true })
  expect(other.mark(0)).toBe('third')
})

test('an agent that comes back from the dead cannot bring its old word back', async () => {
  const [zombie, heir, third] = [install(), install(), install()]
  zombie.work(0, 1, 'zombie')
  await zombie.keep(0, 1)
  await heir.takeUp(0, 3)
  heir.work(0, 3, 'heir')
  await heir.keep(0, 3)
  zombie.work(0, 1, 'zombie, later')
  await zombie.keep(0, 1)
  await third.takeUp(0, 5)
  expect(third.mark(0)).toBe('heir')
  // Back in order, it learns that others went on, and what they did.
  expect(await zombie.takeUp(0, 7)).toEqual({ takesOver: true })
  expect(zombie.mark(0)).toBe('heir')
})

test('whoever was the last to work on a round goes on with its own journal, without asking', async () => {
  const one = install()
  one.work(0, 4, 'mine')
  files.isAway = true
  expect(await one.takeUp(0, 5)).toEqual({ takesOver: false })
  expect(await one.takeUp(0, 4)).toEqual({ takesOver: false })
  expect(one.mark(0)).toBe('mine')
})

test('a journal that others may have gone on from without leaving a copy is kept, and the destination is looked at', async () => {
  const one = install()
  one.work(0, 1, 'mine')
  expect(await one.takeUp(0, 3)).toEqual({ takesOver: true })
  expect(one.mark(0)).toBe('mine')
})

test('the round before is taken when this machine has none, or an older word of it', async () => {
  const [one, other] = [install(), install()]
  one.work(0, 1, 'one, round 0')
  await one.keep(0, 1)
  other.work(0, 0, 'stale')
  await other.takeUp(1, 2)
  expect([other.mark(0), other.mark(1)]).toEqual(['one, round 0', undefined])
})

test('a copy that is damaged is passed over', async () => {
  files.stored.set(`journals/${task.id}/R0-e1-1.db.zst`, randomBytes(100))
  files.stored.set(`journals/${task.id}/R0-e1-../../x.db.zst`, randomBytes(100))
  const one = install()
  expect(await one.takeUp(0, 3)).toEqual({ takesOver: true })
  expect(fs.existsSync(one.file(0))).toBe(false)
})

test('a library that cannot be reached now is an outage, not a reason to begin anew', async () => {
  files.isAway = true
  await expect(install().takeUp(0, 3)).rejects.toMatchObject({ code: 'NET_UNREACHABLE' })
})
