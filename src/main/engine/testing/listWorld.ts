/** What surrounds lists in memory: time, prices, lag and bad luck. Several lists may live in one world. */
export interface ListWorld {
  /** The server's clock. */
  now(): number
  /** How long a write stays invisible to queries. */
  lagMs(): number
  /** A call without effect on the list. Throws when it is to fail. */
  call(kind: 'read' | 'write', units: number): Promise<void>
  /** A conditional write: may throw before or after `effect` happened. */
  write<Result>(units: number, effect: () => Result): Promise<Result>
}

/** Nothing takes time, costs or fails. */
export const quietWorld: ListWorld = {
  now: () => Date.parse('2026-11-21T08:00:00Z'),
  lagMs: () => 0,
  call: async () => undefined,
  write: async (_units, effect) => effect(),
}
