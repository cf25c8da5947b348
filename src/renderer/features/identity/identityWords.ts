import type { IdentityView } from '../../../shared/contract/identities.ts'

const WAYS = {
  mapping: 'Settled by you',
  rule: 'By rule',
  sid: 'Directory, by SID',
  userPrincipalName: 'Directory, by user name',
  samName: 'Directory, by name and domain',
  members: 'Opened up into its members',
  orphanRule: 'By the rule for orphans',
  ambiguous: 'Several answer to it',
  otherDomain: 'Only the name fits, not the domain',
  unknown: 'Nobody knows it',
  notAllowed: 'The directory may not be read',
  notAsked: 'Not looked up',
} as const satisfies Record<IdentityView['way'], string>

const TARGETS: Readonly<Record<string, string>> = {
  everyone: 'Everybody in the organization',
  siteOwners: 'The owners of the site',
  ignored: 'Nobody: it has its rights by what it is',
  members: 'Its members',
}

/** How it was found, or why not. */
export const wayWords = ({ way }: Pick<IdentityView, 'way'>): string => WAYS[way]

export function targetWords({ target, isUnmapped }: Pick<IdentityView, 'target' | 'isUnmapped'>): string {
  if (isUnmapped || target === undefined) return 'Nobody'
  return TARGETS[target] ?? target
}

/** What people look for: a part of the account, its name, or of whom it becomes. */
export function matches(view: IdentityView, search: string): boolean {
  const wanted = search.trim().toLowerCase()
  return wanted === '' || [view.source, view.name ?? '', targetWords(view)].some((text) => text.toLowerCase().includes(wanted))
}
