import type { AccountRule, AccountRules, WellKnownAccount } from '../../../shared/domain/identity.ts'
import type { Sid } from './securityDescriptor.ts'

/** Accounts of Windows that are the same everywhere. Source: reference H.2. */
const NAMES: Readonly<Record<Sid, WellKnownAccount>> = {
  'S-1-1-0': 'everyone',
  'S-1-5-11': 'authenticatedUsers',
  'S-1-5-32-545': 'users',
  'S-1-3-0': 'creatorOwner',
  'S-1-3-1': 'creatorOwner',
  'S-1-3-4': 'ownerRights',
  'S-1-5-18': 'system',
  'S-1-5-32-544': 'administrators',
  'S-1-5-32-551': 'backupOperators',
}

/** Accounts of every domain, by the last number of their SID. */
const DOMAIN_NAMES: Readonly<Record<string, WellKnownAccount>> = {
  512: 'domainAdmins',
  513: 'domainUsers',
  514: 'domainGuests',
}

/** What holds where a task says nothing else. Groups of the domain are looked up: the tenant may know more people than the domain. */
export const DEFAULT_ACCOUNT_RULES: Readonly<Record<WellKnownAccount, AccountRule>> = {
  everyone: 'everyone',
  authenticatedUsers: 'everyone',
  users: 'everyone',
  administrators: 'ignore',
  backupOperators: 'ignore',
  system: 'ignore',
  creatorOwner: 'ignore',
  ownerRights: 'ignore',
  domainUsers: 'lookUp',
  domainAdmins: 'lookUp',
  domainGuests: 'lookUp',
}

/** undefined = an account of some domain or machine, like any other. */
export function wellKnownAccount(sid: Sid): WellKnownAccount | undefined {
  return NAMES[sid] ?? DOMAIN_NAMES[/^S-1-5-21-\d+-\d+-\d+-(51[2-4])$/.exec(sid)?.[1] ?? '']
}

/** What a SID becomes by rule. */
export function ruleOfSid(sid: Sid, rules: AccountRules): AccountRule {
  const name = wellKnownAccount(sid)
  return name === undefined ? 'lookUp' : (rules[name] ?? DEFAULT_ACCOUNT_RULES[name])
}
