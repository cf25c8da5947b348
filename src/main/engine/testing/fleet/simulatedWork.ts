import type { TaskId } from '../../../../shared/domain/ids.ts'
import type { MemoryCoordination } from '../memoryCoordination.ts'

export interface WorkFacts {
  /** Tasks that ended more than once. */
  readonly doubled: number
  /** Pieces of work that an agent did for a task that was not its any more, though it believed to have proved it. */
  readonly unfenced: number
  /** Work that was done and lost with its agent, since the last checkpoint. */
  readonly repeatedMs: number
}

/** The work behind the rows: how much of each task is done, as its journal at the library knows it, and whether two ever did the same. */
export class SimulatedWork {
  readonly #list: MemoryCoordination
  readonly #totalMs: ReadonlyMap<TaskId, number>
  readonly #doneMs = new Map<TaskId, number>()
  readonly #ends = new Map<TaskId, number>()
  #unfenced = 0
  #repeatedMs = 0

  constructor(list: MemoryCoordination, totalMs: ReadonlyMap<TaskId, number>) {
    this.#list = list
    this.#totalMs = totalMs
  }

  leftMs(id: TaskId): number {
    return Math.max(0, (this.#totalMs.get(id) ?? 0) - (this.#doneMs.get(id) ?? 0))
  }

  /** A piece of work reached the destination and the checkpoint, from an agent that claimed the task with this epoch. */
  advance(id: TaskId, epoch: number, pieceMs: number): void {
    if (this.#list.rows.get(id)?.epoch !== epoch) this.#unfenced++
    this.#doneMs.set(id, (this.#doneMs.get(id) ?? 0) + pieceMs)
  }

  abandon(pieceMs: number): void {
    this.#repeatedMs += pieceMs
  }

  /** Told for every row that the list stores as ended, whoever wrote it. */
  ended(id: TaskId): void {
    this.#ends.set(id, (this.#ends.get(id) ?? 0) + 1)
  }

  get endedCount(): number {
    return this.#ends.size
  }

  get facts(): WorkFacts {
    return {
      doubled: [...this.#ends.values()].filter((times) => times > 1).length,
      unfenced: this.#unfenced,
      repeatedMs: this.#repeatedMs,
    }
  }
}
