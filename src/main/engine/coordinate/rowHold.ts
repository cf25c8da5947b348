import type { AgentId } from '../../../shared/domain/ids.ts'
import type { Coordination, TaskChange, TaskRecord } from '../ports/coordination.ts'

export interface RowHoldDeps {
  readonly list: Coordination
  readonly agentId: AgentId
  /** Of the agent; false = nothing may be written any more. */
  readonly isProven: () => boolean
}

/**
 * An agent's hold on one row that it claimed. Every write is conditional on the row as it was last seen; what people do to the row meanwhile
 * (a request, an edit) is read and kept; another owner, session or epoch ends the hold for ever.
 */
export class RowHold {
  readonly #deps: RowHoldDeps
  #record: TaskRecord

  constructor(deps: RowHoldDeps, claimed: TaskRecord) {
    this.#deps = deps
    this.#record = claimed
  }

  /** The row as it was last seen. */
  get record(): TaskRecord {
    return this.#record
  }

  /**
   * undefined = the row is somebody else's now, or may be. After an error the write may have arrived or not: the same call again finds out
   * and never does it twice.
   */
  async change(change: TaskChange, signal: AbortSignal): Promise<TaskRecord | undefined> {
    const { list, isProven } = this.#deps
    for (;;) {
      if (!isProven()) return undefined
      const changed = await list.change(this.#record, change, signal)
      if (changed) {
        this.#record = changed
        return changed
      }
      const fresh = await list.get(this.#record.task.id, signal)
      if (fresh && this.#isThisEnd(fresh, change)) {
        this.#record = fresh
        return fresh
      }
      if (!fresh || !this.#isMine(fresh)) return undefined
      this.#record = fresh
    }
  }

  /** The row as it is now; undefined = it is somebody else's, or gone. */
  async look(signal: AbortSignal): Promise<TaskRecord | undefined> {
    const fresh = await this.#deps.list.get(this.#record.task.id, signal)
    if (!fresh || !this.#isMine(fresh)) return undefined
    this.#record = fresh
    return fresh
  }

  #isMine({ owner, ownerSession, epoch }: TaskRecord): boolean {
    const { record } = this
    return owner === this.#deps.agentId && ownerSession === record.ownerSession && epoch === record.epoch
  }

  /** The end was written by an attempt whose answer was lost: nobody else ends a row without raising its epoch or taking it. */
  #isThisEnd(fresh: TaskRecord, { status, clear }: TaskChange): boolean {
    return (
      clear?.includes('owner') === true &&
      fresh.owner === undefined &&
      fresh.epoch === this.#record.epoch &&
      status !== undefined &&
      fresh.status === status
    )
  }
}
