/** Tenant time. Every expiry, lag and window is measured with it, so tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Moves tenant time forward without waiting. */
  advance(ms: number): void
  /** Runs `work` once tenant time has reached `atMs`; returns a cancel function. */
  schedule(atMs: number, work: () => void): () => void
  close(): void
}
