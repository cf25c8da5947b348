/** What surrounds lists in memory: time, prices, lag and distance. Several lists may live in one world. */
export interface ListWorld {
  /** The server's clock. */
  now(): number
  /** How long a write stays invisible to queries. */
  lagMs(): number
  /** One request of a price in resource units; `effect` is what happens at the server. */
  call<Result>(units: number, effect: () => Result): Promise<Result>
}

/** Nothing takes time or costs. */
export const quietWorld: ListWorld = {
  now: () => Date.UTC(2026, 10, 21, 8),
  lagMs: () => 0,
  call: async (_units, effect) => effect(),
}
