import { MigrationError } from '../../../../shared/errors.ts'
import type { Coordination } from '../../ports/coordination.ts'
import type { KeyedList } from '../../ports/keyedList.ts'
import type { Clock, Random } from '../../ports/runtime.ts'
import type { VirtualClock } from './virtualClock.ts'

export interface Losses {
  /** Chance that a request does not arrive. */
  readonly requests: number
  /** Chance that its answer does not, after it had its effect. */
  readonly answers: number
  /** Longest time for which a request may be on its way before it has its effect. */
  readonly delayMaxMs: number
}

/** One run of an agent's process: it can be frozen, cut off, killed, and its clock can be set. What it has sent goes on without it. */
export class SimulatedProcess {
  readonly #base: VirtualClock
  readonly #random: Random
  readonly #losses: Losses
  #thawed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined
  #isDead = false
  isCutOff = false
  /** How far the clock on its wall is from the truth. */
  skewMs = 0

  constructor(deps: { readonly clock: VirtualClock; readonly random: Random; readonly losses: Losses }) {
    this.#base = deps.clock
    this.#random = deps.random
    this.#losses = deps.losses
  }

  get isDead(): boolean {
    return this.#isDead
  }

  kill(): void {
    this.#isDead = true
  }

  freeze(): void {
    this.#thawed ??= Promise.withResolvers<void>()
  }

  thaw(): void {
    this.#thawed?.resolve()
    this.#thawed = undefined
  }

  /** What this process sees of time. */
  readonly clock: Clock = {
    now: () => this.#base.now() + this.skewMs,
    sleep: async (delayMs, signal) => {
      try {
        await this.#base.sleep(delayMs, signal)
      } finally {
        await this.#awake()
      }
    },
  }

  /** A monotonic clock; it goes on while the process is frozen, as that of a suspended process does. */
  elapsedMs = (): number => this.#base.now()

  coordination(list: Coordination): Coordination {
    return {
      prepare: (signal) => list.prepare(signal),
      add: (task, signal, begin) => this.#call(() => list.add(task, signal, begin), true),
      get: (id, signal) => this.#call(() => list.get(id, signal), false),
      list: (signal) => this.#call(() => list.list(signal), false),
      candidates: (look, signal) => this.#call(() => list.candidates(look, signal), false),
      ownedBy: (owner, signal) => this.#call(() => list.ownedBy(owner, signal), false),
      partsOf: (id, signal) => this.#call(() => list.partsOf(id, signal), false),
      change: (record, change, signal) => this.#call(() => list.change(record, change, signal), true),
      remove: (record, signal) => this.#call(() => list.remove(record, signal), true),
      serverNow: () => list.serverNow(),
    }
  }

  keyed<Value>(list: KeyedList<Value>): KeyedList<Value> {
    return {
      prepare: (signal) => list.prepare(signal),
      get: (key, signal) => this.#call(() => list.get(key, signal), false),
      list: (signal) => this.#call(() => list.list(signal), false),
      add: (key, value, signal) => this.#call(() => list.add(key, value, signal), true),
      change: (row, value, signal) => this.#call(() => list.change(row, value, signal), true),
      remove: (row, signal) => this.#call(() => list.remove(row, signal), true),
    }
  }

  async #call<Result>(request: () => Promise<Result>, isWrite: boolean): Promise<Result> {
    await this.#awake()
    const { requests, answers, delayMaxMs } = this.#losses
    if (this.isCutOff || this.#random.next() < requests) {
      await this.clock.sleep(30_000, neverAborts)
      throw unreachable()
    }
    const isSlow = isWrite && delayMaxMs > 0 && this.#random.next() < requests
    if (isSlow) await this.#base.sleep(this.#random.next() * delayMaxMs)
    const result = await request()
    await this.#awake()
    if (this.isCutOff || this.#random.next() < answers) throw unreachable()
    return result
  }

  /** Never comes back in a process that is dead. */
  async #awake(): Promise<void> {
    while (this.#thawed) await this.#thawed.promise
    if (this.#isDead) await new Promise<never>(() => undefined)
  }
}

const neverAborts = new AbortController().signal

const unreachable = (): MigrationError =>
  new MigrationError('NET_TIMEOUT', 'The answer did not come.', { remedy: { kind: 'lookFirst' } })
