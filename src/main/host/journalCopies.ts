import fs from 'node:fs'
import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { TaskId } from '../../shared/domain/ids.ts'
import { asMigrationError, MigrationError } from '../../shared/errors.ts'
import type { CopyKeys } from '../adapters/sqlite/journalCopy.ts'
import { copyInThread } from '../adapters/sqlite/journalCopyThread.ts'
import type { FileContent, ProjectFile, ProjectFiles } from '../engine/ports/projectFiles.ts'
import type { Logger } from '../engine/ports/runtime.ts'
import type { Tasks } from './tasks.ts'

/** A task, or a part of one, in one of its rounds. */
export interface RoundKey {
  readonly taskId: TaskId
  readonly round: number
}

/** A copy of a journal in the library of the project. The name says whose word it is: the later claim's, then the later copy's. */
export interface JournalCopy extends RoundKey {
  readonly epoch: number
  readonly seq: number
  readonly path: string
  readonly sizeBytes: number
}

/**
 * Copies of journals that every install of the project reaches. Names are taken once and never written again: whoever has lost its claim
 * writes under the name of its own epoch and reaches no later one. Each round keeps one copy, and for a moment two.
 */
export interface JournalCopies {
  /** Of all rounds of a task, for each the newest word up to `epochMax`. */
  newest(taskId: TaskId, options: { readonly epochMax: number; readonly signal: AbortSignal }): Promise<readonly JournalCopy[]>
  /** Stores the journal as it is now and removes what it replaces. Errors: JNL_, DST_ and NET_ codes. */
  store(of: RoundKey & { readonly epoch: number; readonly journalFile: string }, signal: AbortSignal): Promise<void>
  /** Makes it the journal of this install. False = it is gone, replaced by a newer one. Errors: JNL_DAMAGED, JNL_DISK_FULL. */
  fetch(copy: JournalCopy, journalFile: string, signal: AbortSignal): Promise<boolean>
  /** Copies of rounds that no later round asks for. Never rejects. */
  removeBefore(of: RoundKey, signal: AbortSignal): Promise<void>
}

export interface JournalCopiesDeps {
  readonly files: ProjectFiles
  readonly keys: CopyKeys
  readonly logger: Logger
}

const FETCH_ATTEMPTS_MAX = 3

export function createJournalCopies(deps: JournalCopiesDeps): JournalCopies {
  const { files, keys, logger } = deps
  /** What this process has stored last, by round and epoch. */
  const own = new Map<string, JournalCopy>()

  async function all(taskId: TaskId, signal: AbortSignal): Promise<readonly JournalCopy[]> {
    return (await files.list(folderOf(taskId), signal)).flatMap((file) => parseName(taskId, file) ?? [])
  }

  async function clear(copies: readonly JournalCopy[], signal: AbortSignal): Promise<void> {
    for (const copy of copies) {
      await files.remove(copy.path, signal).catch((thrown: unknown) => {
        signal.throwIfAborted()
        logger.log('warn', 'journalCopy.notRemoved', { path: copy.path, error: asMigrationError(thrown).code })
      })
    }
  }

  return {
    async newest(taskId, { epochMax, signal }) {
      const best = new Map<number, JournalCopy>()
      for (const copy of await all(taskId, signal)) {
        const known = best.get(copy.round)
        if (copy.epoch <= epochMax && (!known || isOlder(known, copy))) best.set(copy.round, copy)
      }
      return [...best.values()]
    },
    async store({ taskId, round, epoch, journalFile }, signal) {
      const key = `${taskId} ${round} ${epoch}`
      const last = own.get(key)
      // A first claim of a first round finds nothing that it could replace.
      const isFirstEver = !last && epoch <= 1 && round === 0
      const others = last || isFirstEver ? [] : (await all(taskId, signal)).filter((copy) => copy.round === round)
      const mine = others.filter((copy) => copy.epoch === epoch)
      const packed = path.join(path.dirname(journalFile), `R${round}.copy`)
      try {
        await copyInThread({ kind: 'pack', from: journalFile, to: packed, keys }, signal)
        for (let seq = Math.max(last?.seq ?? 0, ...mine.map((copy) => copy.seq)) + 1; ; seq++) {
          const name = nameOf({ taskId, round, epoch, seq })
          const content = await contentOf(packed)
          try {
            const stored = await files.put(name, content, { condition: { kind: 'absent' }, signal })
            if (!stored) continue
            const copy = { taskId, round, epoch, seq, path: name, sizeBytes: stored.sizeBytes }
            own.set(key, copy)
            await clear([...(last ? [last] : []), ...others.filter((other) => isOlder(other, copy))], signal)
            return
          } finally {
            await content.close()
          }
        }
      } finally {
        await rm(packed, { force: true })
      }
    },
    async fetch(copy, journalFile, signal) {
      const packed = path.join(path.dirname(journalFile), `R${copy.round}.fetched`)
      try {
        for (let attempt = 1; ; attempt++) {
          const found = await files.open(copy.path, signal)
          if (!found) return false
          try {
            await pipeline(found.bytes, fs.createWriteStream(packed, { mode: 0o600 }), { signal })
            if (fs.statSync(packed).size === found.file.sizeBytes) break
            throw new MigrationError('NET_INTERRUPTED', `The copy ${copy.path} arrived cut short.`, { remedy: { kind: 'retry' } })
          } catch (thrown) {
            signal.throwIfAborted()
            if (attempt === FETCH_ATTEMPTS_MAX) throw thrown
          }
        }
        await copyInThread({ kind: 'unpack', from: packed, to: journalFile, keys }, signal)
        return true
      } finally {
        await rm(packed, { force: true })
      }
    },
    async removeBefore({ taskId, round }, signal) {
      try {
        await clear(
          (await all(taskId, signal)).filter((copy) => copy.round < round),
          signal,
        )
      } catch (thrown) {
        if (!signal.aborted) logger.log('warn', 'journalCopies.notRemoved', { taskId, error: asMigrationError(thrown).code })
      }
    },
  }
}

/** The same tasks; with a task go the copies of its journals, as far as the library lets them. */
export function forgettingCopies(tasks: Tasks, deps: Pick<JournalCopiesDeps, 'files' | 'logger'>): Tasks {
  return {
    ...tasks,
    async remove(reference, signal) {
      const record = await tasks.remove(reference, signal)
      await deps.files.remove(folderOf(record.task.id), signal).catch((thrown: unknown) => {
        signal.throwIfAborted()
        deps.logger.log('warn', 'journalCopies.notRemoved', { error: asMigrationError(thrown).code })
      })
      return record
    },
  }
}

const folderOf = (taskId: TaskId): string => `journals/${taskId}`

const nameOf = ({ taskId, round, epoch, seq }: Omit<JournalCopy, 'path' | 'sizeBytes'>): string =>
  `${folderOf(taskId)}/R${round}-e${epoch}-${seq}.db.zst`

function parseName(taskId: TaskId, file: ProjectFile): JournalCopy | undefined {
  const [, round, epoch, seq] = /\/R(\d{1,9})-e(\d{1,9})-(\d{1,9})\.db\.zst$/.exec(file.path)?.map(Number) ?? []
  if (round === undefined || epoch === undefined || seq === undefined) return undefined
  return { taskId, round, epoch, seq, path: file.path, sizeBytes: file.sizeBytes }
}

const isOlder = (copy: JournalCopy, than: JournalCopy): boolean =>
  copy.epoch < than.epoch || (copy.epoch === than.epoch && copy.seq < than.seq)

async function contentOf(file: string): Promise<FileContent & { close(): Promise<void> }> {
  const handle = await open(file, 'r')
  const { size } = await handle.stat()
  return {
    sizeBytes: size,
    async read(startByte, lengthBytes) {
      const bytes = new Uint8Array(lengthBytes)
      const { bytesRead } = await handle.read(bytes, 0, lengthBytes, startByte)
      return bytes.subarray(0, bytesRead)
    },
    close: () => handle.close(),
  }
}
