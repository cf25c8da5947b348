import type { Sid } from './securityDescriptor.ts'

/**
 * Accounts of Windows that stand for no person of the tenant. `everyone` becomes everybody inside the organization; `ignored` have their
 * rights by what they are, not by what a share says, and are nobody at the destination. Source: reference H.2.
 */
const WELL_KNOWN: Readonly<Record<Sid, 'everyone' | 'ignored'>> = {
  'S-1-1-0': 'everyone',
  'S-1-5-11': 'everyone',
  'S-1-5-32-545': 'everyone',
  'S-1-3-0': 'ignored',
  'S-1-3-1': 'ignored',
  'S-1-3-4': 'ignored',
  'S-1-5-18': 'ignored',
  'S-1-5-32-544': 'ignored',
  'S-1-5-32-551': 'ignored',
}

export type SidKind = 'everyone' | 'ignored' | 'account'

export function kindOfSid(sid: Sid): SidKind {
  return WELL_KNOWN[sid] ?? 'account'
}
