import type { AgentId, TaskId } from '../../../shared/domain/ids.ts'
import { DUE_RANK_FLOOR, dueRank, groupKey, NOT_QUEUED_RANK, queueKey, queueRank } from '../../../shared/domain/queueRank.ts'
import type { CandidateLook, Candidates, Coordination, TaskChange, TaskRecord } from '../ports/coordination.ts'
import { applyChange } from '../ports/rowChange.ts'
import { type ListWorld, quietWorld } from './listWorld.ts'
import { SortedRows } from './sortedRows.ts'

const READ_UNITS = 1
const LISTING_UNITS = 2
const WRITE_UNITS = 2

/**
 * The shared list in memory, with the rules that count: ids are unique, changes are conditional on the row as it was read, and
 * queries lag as its world has it. For tests and simulations.
 */
export class MemoryCoordination implements Coordination {
  readonly rows = new Map<TaskId, TaskRecord>()
  /** Thrown by the next reads of the whole list. */
  failure: Error | undefined
  listCount = 0
  readonly #world: ListWorld
  readonly #seen = new Map<TaskId, TaskRecord>()
  readonly #owned = new Map<AgentId, Set<TaskId>>()
  readonly #ranked = new SortedRows<TaskId>()
  readonly #unseen: { readonly atMs: number; readonly id: TaskId; readonly row: TaskRecord | undefined }[] = []
  #version = 0

  constructor(world: ListWorld = quietWorld) {
    this.#world = world
  }

  async prepare(): Promise<void> {}

  async add(task: TaskRecord['task'], _signal?: AbortSignal, begin?: Pick<TaskRecord, 'dueAt'>): Promise<TaskRecord> {
    return await this.#world.call(
      WRITE_UNITS,
      () =>
        this.rows.get(task.id) ??
        this.put({
          task,
          status: 'queued',
          round: 0,
          owner: undefined,
          epoch: 0,
          heartbeatAt: undefined,
          progress: undefined,
          reason: undefined,
          request: undefined,
          dueAt: begin?.dueAt,
          eTag: '',
          modifiedAt: task.createdAt,
        }),
    )
  }

  async get(id: TaskId): Promise<TaskRecord | undefined> {
    return await this.#world.call(READ_UNITS, () => this.rows.get(id))
  }

  async list(): Promise<readonly TaskRecord[]> {
    this.listCount += 1
    if (this.failure) throw this.failure
    const pages = Math.max(1, Math.ceil(this.rows.size / 200))
    return await this.#world.call(LISTING_UNITS * pages, () => {
      this.#catchUp()
      return [...this.#seen.values()]
    })
  }

  async candidates(look: CandidateLook): Promise<Candidates> {
    if (this.failure) throw this.failure
    return await this.#world.call(LISTING_UNITS, () => {
      this.#catchUp()
      const [fromRank, toRank] =
        look.kind === 'due' ? [DUE_RANK_FLOOR, dueRank(this.serverNow()) + 1] : [Number.NEGATIVE_INFINITY, NOT_QUEUED_RANK]
      const records: TaskRecord[] = []
      for (const id of this.#ranked.between(fromRank, toRank)) {
        const row = this.#seen.get(id)
        if (!row || (look.kind !== 'best' && !suitsGroup(row, look.group))) continue
        if (records.length === look.limit) return { records, isMore: true }
        records.push(row)
      }
      return { records, isMore: false }
    })
  }

  async ownedBy(owner: AgentId): Promise<readonly TaskRecord[]> {
    return await this.#world.call(LISTING_UNITS, () => {
      this.#catchUp()
      const ids = this.#owned.get(owner) ?? []
      return [...ids].flatMap((id) => this.#seen.get(id) ?? [])
    })
  }

  async partsOf(id: TaskId): Promise<readonly TaskRecord[]> {
    return await this.#world.call(LISTING_UNITS, () => {
      this.#catchUp()
      return [...this.#seen.values()].filter((row) => row.task.part?.of === id)
    })
  }

  async change(record: TaskRecord, change: TaskChange): Promise<TaskRecord | undefined> {
    return await this.#world.call(WRITE_UNITS, () => {
      const row = this.rows.get(record.task.id)
      if (!row || row.eTag !== record.eTag) return undefined
      return this.put(applyChange(record, change, this.serverNow()))
    })
  }

  async remove(record: TaskRecord): Promise<boolean> {
    return await this.#world.call(WRITE_UNITS, () => {
      const row = this.rows.get(record.task.id)
      if (row && row.eTag !== record.eTag) return false
      this.rows.delete(record.task.id)
      this.#tell(record.task.id, undefined)
      return true
    })
  }

  serverNow(): number {
    return this.#world.now()
  }

  /** Stores a row as it is, at no price: to begin with, or as somebody else's write. */
  put(row: TaskRecord): TaskRecord {
    const stored = { ...row, eTag: `v${++this.#version}`, modifiedAt: new Date(this.serverNow()).toISOString() }
    this.rows.set(row.task.id, stored)
    this.#tell(row.task.id, stored)
    return stored
  }

  #ownedOf(owner: AgentId): Set<TaskId> {
    const known = this.#owned.get(owner) ?? new Set<TaskId>()
    this.#owned.set(owner, known)
    return known
  }

  /** Queries see it later. */
  #tell(id: TaskId, row: TaskRecord | undefined): void {
    const soonestMs = this.#unseen.at(-1)?.atMs ?? 0
    this.#unseen.push({ atMs: Math.max(soonestMs, this.serverNow() + this.#world.lagMs()), id, row })
  }

  #catchUp(): void {
    const nowMs = this.serverNow()
    const ahead = this.#unseen.findIndex(({ atMs }) => atMs > nowMs)
    for (const { id, row } of this.#unseen.splice(0, ahead < 0 ? this.#unseen.length : ahead)) {
      const rank = row ? queueRank(row, Date.parse(row.modifiedAt)) : NOT_QUEUED_RANK
      this.#ranked.place(id, rank < NOT_QUEUED_RANK ? rank : undefined)
      const before = this.#seen.get(id)?.owner
      if (before !== undefined && before !== row?.owner) this.#owned.get(before)?.delete(id)
      if (row?.owner !== undefined) this.#ownedOf(row.owner).add(id)
      if (row) this.#seen.set(id, row)
      else this.#seen.delete(id)
    }
  }
}

function suitsGroup(row: TaskRecord, group: string): boolean {
  const key = queueKey(row)
  return key !== undefined && (key.startsWith(groupKey(group)) || key.startsWith(groupKey(undefined)))
}
