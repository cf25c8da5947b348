/** A person or group of the tenant's directory. */
export interface DirectoryAccount {
  /** Object id. */
  readonly id: string
  readonly kind: 'person' | 'securityGroup' | 'm365Group'
  readonly displayName: string
  /** Persons only. */
  readonly upn: string | undefined
  /** Security identifiers: that of the domain it is synchronized from, then the cloud's own. */
  readonly sids: readonly string[]
  /** Groups with a mailbox only. */
  readonly mail?: string | undefined
  readonly samName: string | undefined
  /** Names of its domain: DNS name and NetBIOS name, as far as told. */
  readonly domains: readonly string[]
  readonly isEnabled: boolean
}

export interface DirectoryMembers {
  /** Groups in groups opened up. */
  readonly people: readonly DirectoryAccount[]
  readonly groups: readonly DirectoryAccount[]
  /** Those of both that belong to it directly. */
  readonly directIds: readonly string[]
}

/** Accounts by what was asked for, in lower case; what nobody has is left out. Several = the question does not decide. */
export type DirectoryAnswers = ReadonlyMap<string, readonly DirectoryAccount[]>

/**
 * The directory of the tenant. Many questions at once, each asked once per process. undefined = this sign-in may not read it: it needs
 * User.Read.All and GroupMember.Read.All, or Directory.Read.All. Throttling is waited out inside.
 */
export interface Directory {
  bySid(sids: readonly string[], signal: AbortSignal): Promise<DirectoryAnswers | undefined>
  byUpn(upns: readonly string[], signal: AbortSignal): Promise<DirectoryAnswers | undefined>
  /** The name without its domain: whoever asks compares the domain. */
  bySamName(names: readonly string[], signal: AbortSignal): Promise<DirectoryAnswers | undefined>
  /** Groups by id, mail or display name. */
  groupsNamed(names: readonly string[], signal: AbortSignal): Promise<DirectoryAnswers | undefined>
  /** undefined also when the group has more members than anybody wants to look at. */
  members(groupId: string, signal: AbortSignal): Promise<DirectoryMembers | undefined>
}
