/** Time, randomness and logging, so that the engine has none of its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>
}

export interface Random {
  /** 0 ≤ x < 1. */
  next(): number
  uuid(): string
}

/** Structured log. Fields must never hold secrets; adapters redact URLs. */
export interface Logger {
  log(level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: Readonly<Record<string, unknown>>): void
}
