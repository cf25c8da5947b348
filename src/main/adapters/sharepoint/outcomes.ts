import { MigrationError } from '../../../shared/errors.ts'
import type { Outcome } from '../../engine/ports/destination.ts'

/** Turns a failure of one part into its outcome; a cancel and a defect pass through. */
export async function settle<T>(operation: () => T | Promise<T>, signal: AbortSignal): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await operation() }
  } catch (thrown) {
    signal.throwIfAborted()
    if (thrown instanceof MigrationError) return { ok: false, error: thrown }
    throw thrown
  }
}
