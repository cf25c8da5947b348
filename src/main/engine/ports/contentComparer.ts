import type { Destination } from './destination.ts'
import type { Source } from './source.ts'

export interface ContentPair {
  readonly source: Source
  /** Below the source root. */
  readonly relPath: string
  readonly destination: Pick<Destination, 'download'>
  readonly itemId: string
  /** `parts`: the parts of an Office package, without those that the service writes itself. `bytes`: everything, byte by byte. */
  readonly of: 'parts' | 'bytes'
}

export interface ContentComparison {
  /** `cannotTell`: one side could not be read as what its name says. */
  readonly kind: 'equalParts' | 'equalBytes' | 'different' | 'cannotTell'
  /** One sentence: which part differs, or why nothing can be told. */
  readonly reason: string
}

/**
 * Compares the bytes of a source file with what the destination stored, when hashes cannot decide. Reads both once, with bounded memory.
 * Errors: what reading the source and `download` throw.
 */
export interface ContentComparer {
  compare(pair: ContentPair, signal: AbortSignal): Promise<ContentComparison>
}
