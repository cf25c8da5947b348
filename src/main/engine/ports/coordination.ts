import type { AgentId, TaskId } from '../../../shared/domain/ids.ts'
import type { TaskProgress } from '../../../shared/domain/progress.ts'
import type { Task, TaskStatus } from '../../../shared/domain/task.ts'

/** One row of the tenant's task list. */
export interface TaskRecord {
  readonly task: Task
  readonly status: TaskStatus
  readonly round: number
  readonly owner: AgentId | undefined
  /** The run of the owner's process that claimed it: after a restart the same agent claims again. */
  readonly ownerSession?: string | undefined
  /** Fencing number: rises by one with every claim. Writes of an older epoch are refused. */
  readonly epoch: number
  /** Server time when the owner last showed life; undefined when nobody owns it. */
  readonly heartbeatAt: string | undefined
  readonly progress: TaskProgress | undefined
  /** Why it is not running, or what went wrong, in words. */
  readonly reason: string | undefined
  /** What a person asked of the owner; the owner obeys and clears it. */
  readonly request: 'pause' | 'cancel' | undefined
  /** ISO. By the server's clock no agent begins before; absent = at once. */
  readonly dueAt?: string | undefined
  /** Version of the row; every change is conditional on it. */
  readonly eTag: string
  readonly modifiedAt: string
}

export type TaskChange = Partial<
  Pick<TaskRecord, 'status' | 'round' | 'owner' | 'progress' | 'reason' | 'request' | 'dueAt' | 'ownerSession'>
> & {
  readonly task?: Task
  /** Raises `epoch` by one: a claim. */
  readonly raisesEpoch?: boolean
  /** Members that are to be absent afterwards. */
  readonly clear?: readonly ('owner' | 'reason' | 'request' | 'progress' | 'dueAt')[]
}

/**
 * One look at what waits. `best`: the rows of the lowest rank, whatever their group. `due`: rows of a group that were planned for
 * later and whose time has come. `group`: whatever waits in one group. The latter two look at a random part when there are very many.
 * Scans belong to every group. Costs one listing each.
 */
export type CandidateLook =
  | { readonly kind: 'best'; readonly limit: number }
  | { readonly kind: 'due'; readonly group: string; readonly limit: number }
  | { readonly kind: 'group'; readonly group: string; readonly limit: number }

export interface Candidates {
  /** Queued rows as the query saw them: up to half a minute old. Their eTag makes a claim safe all the same. */
  readonly records: readonly TaskRecord[]
  /** Whether more of them wait than were asked for. */
  readonly isMore: boolean
}

/**
 * The shared task list in the tenant, or its list of shards. Atomic are only: add-if-absent by task id, and change-if-unchanged of one row.
 */
export interface Coordination {
  /** Creates site content (lists, columns) that is missing; idempotent, also when two installs do it at once. Errors: CRD_SITE_NOT_FOUND, DST_NO_ACCESS. */
  prepare(signal: AbortSignal): Promise<void>
  /** Idempotent by task id: adding the same task again returns the existing row. */
  add(task: Task, signal: AbortSignal, begin?: Pick<TaskRecord, 'dueAt'>): Promise<TaskRecord>
  get(id: TaskId, signal: AbortSignal): Promise<TaskRecord | undefined>
  /** All rows; may miss a write of the last seconds. */
  list(signal: AbortSignal): Promise<readonly TaskRecord[]>
  /** The same cost however long the list is. Not every row may be taken: `claimability` judges. */
  candidates(look: CandidateLook, signal: AbortSignal): Promise<Candidates>
  /** Rows that name this owner; may miss a write of the last seconds. */
  ownedBy(owner: AgentId, signal: AbortSignal): Promise<readonly TaskRecord[]>
  /** Shards of a task, in the order of their creation; may miss a write of the last seconds. Empty for the list of tasks. */
  partsOf(id: TaskId, signal: AbortSignal): Promise<readonly TaskRecord[]>
  /**
   * Conditional on `record.eTag`. `undefined` = somebody else changed the row first; read again. After a lost answer it reads the row and
   * concludes from `nonce`, so a caller never has to guess.
   */
  change(record: TaskRecord, change: TaskChange, signal: AbortSignal): Promise<TaskRecord | undefined>
  remove(record: TaskRecord, signal: AbortSignal): Promise<boolean>
  /** The service's clock, milliseconds since the epoch, as of its last answer. */
  serverNow(): number
}
