import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { agentIdSchema, type TaskId } from '../../shared/domain/ids.ts'
import { MigrationError } from '../../shared/errors.ts'
import { makeFolder } from '../adapters/folders/makeFolder.ts'

export { makeFolder } from '../adapters/folders/makeFolder.ts'

const AGENT_FILE = 'agent.json'
const agentFileSchema = z.object({ id: agentIdSchema, name: z.string().min(1).max(255) })
export type AgentIdentity = z.infer<typeof agentFileSchema>

/** Where one install keeps what is its own: connection, secrets, journals, reports. Nothing of the source or the tenant lives here. */
export interface WorkFolder {
  readonly path: string
  readonly connectionFile: string
  readonly reportsFolder: string
  /** Where the waits are kept that a tenant asked of an application. */
  pauseFile(of: { readonly tenantId: string; readonly clientId: string }): string
  journalFile(task: TaskId, round: number): string
  /** Rounds of a task that have a journal here, ascending. */
  rounds(task: TaskId): readonly number[]
  tasksWithJournals(): readonly string[]
  /** Last progress of a round that this machine works on, for other processes of this machine; the list in the tenant hears of it less often. Never throws. */
  writeProgress(task: TaskId, round: number, progress: string): void
  readProgress(task: TaskId, round: number): string | undefined
  /** Identity of this agent; made on first use. Survives restarts, so that a restarted agent takes up its own tasks at once. */
  agent(name?: string): AgentIdentity
  /** Its name, also when there is none yet; writes nothing. */
  agentName(): string
}

export function defaultWorkFolder(): string {
  return process.env.PORTAGE_WORK_DIR ?? path.join(os.homedir(), '.portage')
}

/** Opens or creates the folder, private to its owner. Errors: INPUT_OUTPUT_FOLDER. */
export function openWorkFolder(folder: string): WorkFolder {
  const root = path.resolve(folder)
  try {
    makeFolder(root, { mode: 0o700 })
    fs.accessSync(root, fs.constants.W_OK)
  } catch (cause) {
    throw new MigrationError('INPUT_OUTPUT_FOLDER', `The work folder ${root} cannot be written.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Give a folder that you may write with --work-dir.',
      cause,
    })
  }
  const journalFolder = (task: string) => path.join(root, 'journals', task)
  return {
    path: root,
    connectionFile: path.join(root, 'connection.json'),
    reportsFolder: path.join(root, 'reports'),
    pauseFile({ tenantId, clientId }) {
      return path.join(root, 'pauses', `${tenantId}_${clientId}.json`.toLowerCase())
    },
    journalFile(task, round) {
      inFolder(root, () => makeFolder(journalFolder(task), { mode: 0o700 }))
      return path.join(journalFolder(task), `R${round}.sqlite`)
    },
    rounds(task) {
      if (!fs.existsSync(journalFolder(task))) return []
      return fs
        .readdirSync(journalFolder(task))
        .flatMap((name) => /^R(\d+)\.sqlite$/.exec(name)?.[1] ?? [])
        .map(Number)
        .sort((a, b) => a - b)
    },
    tasksWithJournals() {
      const folder = path.join(root, 'journals')
      return fs.existsSync(folder) ? fs.readdirSync(folder) : []
    },
    writeProgress(task, round, progress) {
      try {
        writeWhole(path.join(journalFolder(task), `R${round}.progress.json`), progress)
      } catch {
        // Work that can go on does not stop because it cannot be shown; what the journal cannot take stops it.
      }
    },
    readProgress(task, round) {
      const file = path.join(journalFolder(task), `R${round}.progress.json`)
      return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined
    },
    agentName: () => storedAgent(root)?.name ?? os.hostname(),
    agent(name) {
      const file = path.join(root, AGENT_FILE)
      const stored = storedAgent(root)
      if (stored && (name === undefined || name === stored.name)) return stored
      const identity: AgentIdentity = {
        id: stored?.id ?? agentIdSchema.parse(`${os.hostname()}-${randomUUID().slice(0, 8)}`),
        name: name ?? stored?.name ?? os.hostname(),
      }
      writeWhole(file, JSON.stringify(identity, null, 2))
      return identity
    },
  }
}

function storedAgent(root: string): AgentIdentity | undefined {
  const file = path.join(root, AGENT_FILE)
  if (!fs.existsSync(file)) return undefined
  return agentFileSchema.safeParse(jsonOf(fs.readFileSync(file, 'utf8'))).data
}

/** undefined for what is no JSON: a file that somebody else damaged. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Replaces a small file whole or not at all, readable by its owner only. Errors: JNL_DISK_FULL, INPUT_OUTPUT_FOLDER. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`
  inFolder(path.dirname(file), () => {
    try {
      fs.writeFileSync(temporary, text, { mode: 0o600, flush: true })
      fs.renameSync(temporary, file)
    } catch (thrown) {
      fs.rmSync(temporary, { force: true })
      throw thrown
    }
  })
}

/** Says of a refusal of the file system which folder it is about and what to do. */
function inFolder(folder: string, write: () => void): void {
  try {
    write()
  } catch (cause) {
    throw folderError(folder, cause)
  }
}

function folderError(folder: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('syscall' in cause) || !('code' in cause)) return cause
  if (cause.code === 'ENOSPC' || cause.code === 'EDQUOT') {
    return new MigrationError('JNL_DISK_FULL', `The disk of the folder ${folder} is full.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Free some space on that disk, or choose another one with --work-dir, and run the command again; nothing is lost.',
      cause,
    })
  }
  return new MigrationError('INPUT_OUTPUT_FOLDER', `The folder ${folder} cannot be written (${String(cause.code)}).`, {
    remedy: { kind: 'stopTask' },
    fix: 'Give a work folder that you may write with --work-dir.',
    cause,
  })
}
