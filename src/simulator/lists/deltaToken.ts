import { z } from 'zod'

/** Where a client stands in a list's changes: still enumerating (`afterId`), or following them. */
export interface DeltaPosition {
  readonly listId: string
  /** Changes up to this number are known to the client once the enumeration is through. */
  readonly change: number
  readonly afterId: number | undefined
  readonly issuedMs: number
}

const stored = z.object({ l: z.string(), c: z.number().int(), a: z.number().int().optional(), t: z.number() })

export function encodeDeltaToken(position: DeltaPosition): string {
  const members = { l: position.listId, c: position.change, a: position.afterId, t: position.issuedMs }
  return Buffer.from(JSON.stringify(members), 'utf8').toString('base64url')
}

/** Undefined for a token that this service did not write. */
export function decodeDeltaToken(token: string): DeltaPosition | undefined {
  try {
    const read = stored.safeParse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')))
    if (!read.success) return undefined
    return { listId: read.data.l, change: read.data.c, afterId: read.data.a, issuedMs: read.data.t }
  } catch {
    return undefined
  }
}
