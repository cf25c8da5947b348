/** Seeded randomness: the same seed and the same requests give the same ids and the same faults. */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number
  /** 0 ≤ n < max. */
  integer(max: number): number
  /** A lower-case GUID. */
  guid(): string
  /** `length` random bytes. */
  bytes(length: number): Buffer
}
