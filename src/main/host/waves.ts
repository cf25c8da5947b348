import os from 'node:os'
import type { TaskId } from '../../shared/domain/ids.ts'
import { type TaskFindings, type Wave, type WaveDraft, waveDraftSchema, waveGatesSchema } from '../../shared/domain/wave.ts'
import { MigrationError } from '../../shared/errors.ts'
import { type KeyedList, type KeyedRow, upsert } from '../engine/ports/keyedList.ts'
import type { AuditLog } from './auditLog.ts'

const KEY_PREFIX = 'wave/'

/** The waves of the project, from any install. Names are compared without case. Every change is noted in the audit. */
export interface Waves {
  /** By date, then by name. */
  list(signal: AbortSignal): Promise<readonly Wave[]>
  /** Errors: INPUT_USAGE. */
  find(name: string, signal: AbortSignal): Promise<Wave>
  /** A new wave, or what the draft says instead; what was found out about its tasks stays unless the tag changes. Errors: INPUT_USAGE. */
  plan(draft: WaveDraft, signal: AbortSignal): Promise<Wave>
  remove(name: string, signal: AbortSignal): Promise<Wave>
  /** Adds what a check found; other findings stay. */
  note(name: string, findings: ReadonlyMap<TaskId, TaskFindings>, signal: AbortSignal): Promise<Wave>
  noteGone(name: string, gone: NonNullable<Wave['gone']>, signal: AbortSignal): Promise<Wave>
}

export interface WavesDeps {
  readonly list: KeyedList<Wave>
  readonly audit: AuditLog
  readonly serverNow: () => number
}

export const whoAmI = (): string => `${os.userInfo().username}@${os.hostname()}`

export function createWaves({ list, audit, serverNow }: WavesDeps): Waves {
  async function read(name: string, signal: AbortSignal): Promise<KeyedRow<Wave>> {
    const row = await list.get(keyOf(name), signal)
    if (row) return row
    throw usage(`There is no wave "${name}".`, 'portage wave list shows all waves; portage wave plan makes one.')
  }

  async function change(name: string, decide: (before: Wave) => Wave, signal: AbortSignal): Promise<Wave> {
    const row = await upsert(list, keyOf(name), {
      decide(before) {
        if (!before) throw usage(`The wave "${name}" was removed meanwhile.`, 'portage wave list shows what is left.')
        return decide(before)
      },
      signal,
    })
    return row.value
  }

  return {
    async list(signal) {
      const rows = await list.list(signal)
      return rows
        .filter(({ key, value }) => key === keyOf(value.name))
        .map(({ value }) => value)
        .sort((a, b) => whenOf(a) - whenOf(b) || a.name.localeCompare(b.name))
    },
    find: async (name, signal) => (await read(name, signal)).value,
    async plan(draft, signal) {
      const { name, tag, plannedFor, frozenFrom, gates } = checked(draft)
      const { value } = await upsert(list, keyOf(name), {
        decide: (before): Wave => ({
          ...(before ?? { kind: 'wave', createdAt: new Date(serverNow()).toISOString(), createdBy: whoAmI() }),
          name,
          tag,
          ...(plannedFor === undefined ? {} : { plannedFor }),
          ...(frozenFrom === undefined ? {} : { frozenFrom }),
          gates: waveGatesSchema.parse({ ...before?.gates, ...gates }),
          findings: before?.tag === tag ? before.findings : {},
        }),
        signal,
      })
      await audit.record({ action: 'wave.planned', subject: value.name, detail: JSON.stringify(draft) }, signal)
      return value
    },
    async remove(name, signal) {
      const row = await read(name, signal)
      if (!(await list.remove(row, signal)))
        throw usage(`The wave "${name}" changed in the same moment.`, 'Look at it with "portage wave show" and repeat.')
      await audit.record({ action: 'wave.removed', subject: row.value.name }, signal)
      return row.value
    },
    note: (name, findings, signal) =>
      change(
        name,
        (before) => {
          const known: Record<string, TaskFindings> = { ...before.findings }
          for (const [id, found] of findings) known[id] = { ...known[id], ...found }
          return { ...before, findings: known }
        },
        signal,
      ),
    async noteGone(name, gone, signal) {
      const wave = await change(name, (before) => ({ ...before, gone }), signal)
      const detail = `${Object.keys(gone.rounds).length} tasks${gone.despite === undefined ? '' : `, despite open gates: ${gone.despite}`}`
      await audit.record({ action: 'wave.gone', subject: wave.name, detail }, signal)
      return wave
    },
  }
}

function checked(draft: WaveDraft): WaveDraft {
  const parsed = waveDraftSchema.safeParse(draft)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw usage(
    `The wave's ${issue?.path.join('.') ?? 'form'} is not usable: ${issue?.message ?? ''}.`,
    'portage wave plan --help shows what each option takes.',
  )
}

/** Those without a date come last. */
const whenOf = ({ plannedFor }: Wave): number => (plannedFor === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(plannedFor))

const keyOf = (name: string): string => `${KEY_PREFIX}${name.trim().normalize('NFC').toLowerCase()}`

function usage(message: string, fix: string): MigrationError {
  return new MigrationError('INPUT_USAGE', message, { remedy: { kind: 'stopTask' }, fix })
}
