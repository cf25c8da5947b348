import { z } from 'zod'
import type { Clock } from '../core/clock.ts'
import type { Random } from '../core/random.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Directory, GroupRecord, UserRecord } from '../identity/directory.ts'

const sid = z.string().regex(/^S-1-[0-9-]+$/)
const synced = {
  /** `S-1-5-21-…`; null takes it away. */
  onPremisesSid: sid.nullish(),
  onPremisesSamAccountName: z.string().min(1).max(256).nullish(),
  onPremisesDomainName: z.string().min(1).max(256).nullish(),
}

/** A person to make or to change; absent members stay as they are. */
export const personSchema = z.strictObject({
  upn: z.string().min(3).max(256),
  displayName: z.string().min(1).max(256).optional(),
  mail: z.string().max(256).optional(),
  isEnabled: z.boolean().optional(),
  isLicensed: z.boolean().optional(),
  isGuest: z.boolean().optional(),
  /** true: into the directory's recycle bin; false: back from there. */
  isDeleted: z.boolean().optional(),
  ...synced,
})

/** A group to make or to change, by its display name. */
export const groupSchema = z.strictObject({
  displayName: z.string().min(1).max(256),
  kind: z.enum(['security', 'microsoft365']).optional(),
  /** User names of people and display names of groups; all of them. */
  members: z.array(z.string()).optional(),
  ...synced,
})

/** Without `displayName` the person has to be there already. The password of a new one is `Practice-<name>-1`. */
export function writePerson(
  deps: { readonly directory: Directory; readonly random: Random; readonly clock: Clock },
  asked: z.output<typeof personSchema>,
): object {
  const { directory, random, clock } = deps
  const isSame = ({ upn }: UserRecord) => upn.toLowerCase() === asked.upn.toLowerCase()
  const old = directory.user(asked.upn) ?? directory.deletedUsers().find(isSame)
  if (old === undefined && asked.displayName === undefined)
    throw new ServiceError(404, 'notFound', `There is no user ${asked.upn}.`)
  const known: UserRecord = old ?? {
    objectId: random.guid(),
    upn: asked.upn,
    displayName: asked.displayName ?? asked.upn,
    mail: asked.upn,
    password: `Practice-${asked.upn.split('@')[0]}-1`,
    isLicensed: true,
    isEnabled: true,
    roleTemplateIds: [],
    onPremisesSid: undefined,
    onPremisesSamAccountName: undefined,
    onPremisesDomainName: undefined,
  }
  const { deletedAtMs, ...rest } = known
  const isDeleted = asked.isDeleted ?? deletedAtMs !== undefined
  const user: UserRecord = {
    ...rest,
    ...(isDeleted ? { deletedAtMs: deletedAtMs ?? clock.now() } : {}),
    displayName: asked.displayName ?? known.displayName,
    mail: asked.mail ?? known.mail,
    isEnabled: asked.isEnabled ?? known.isEnabled,
    isLicensed: asked.isLicensed ?? known.isLicensed,
    isGuest: asked.isGuest ?? known.isGuest ?? false,
    onPremisesSid: changed(asked.onPremisesSid, known.onPremisesSid),
    onPremisesSamAccountName: changed(asked.onPremisesSamAccountName, known.onPremisesSamAccountName),
    onPremisesDomainName: changed(asked.onPremisesDomainName, known.onPremisesDomainName),
  }
  directory.addUser(user)
  return { upn: user.upn, objectId: user.objectId }
}

export function writeGroup(directory: Directory, random: Random, asked: z.output<typeof groupSchema>): object {
  const byName = (name: string) => directory.groups().find((group) => group.displayName.toLowerCase() === name.toLowerCase())
  const old = byName(asked.displayName)
  const memberIds = asked.members?.map((name) => {
    const member = directory.user(name) ?? byName(name)
    if (member === undefined) throw new ServiceError(404, 'notFound', `There is no user or group ${name}.`)
    return member.objectId
  })
  const group: GroupRecord = {
    objectId: old?.objectId ?? random.guid(),
    displayName: old?.displayName ?? asked.displayName,
    kind: asked.kind ?? old?.kind ?? 'security',
    memberIds: memberIds ?? old?.memberIds ?? [],
    onPremisesSid: changed(asked.onPremisesSid, old?.onPremisesSid),
    onPremisesSamAccountName: changed(asked.onPremisesSamAccountName, old?.onPremisesSamAccountName),
    onPremisesDomainName: changed(asked.onPremisesDomainName, old?.onPremisesDomainName),
  }
  directory.addGroup(group)
  return { displayName: group.displayName, objectId: group.objectId }
}

function changed(asked: string | null | undefined, known: string | undefined): string | undefined {
  return asked === undefined ? known : (asked ?? undefined)
}
