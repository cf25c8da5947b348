import type { Directory, GroupRecord } from './directory.ts'

/** Whether somebody is in a group, directly or through groups inside it. */
export function belongsTo(directory: Directory, groupId: string, objectId: string): boolean {
  return transitiveMemberIds(directory, groupId).has(objectId)
}

/** Ids of everybody and every group inside a group, at any depth. Groups that contain each other end the search, not the tenant. */
export function transitiveMemberIds(directory: Directory, groupId: string): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [groupId]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const memberId of directory.group(id)?.memberIds ?? []) {
      if (found.has(memberId)) continue
      found.add(memberId)
      open.push(memberId)
    }
  }
  return found
}

/** The groups that somebody is in: directly, or also through other groups. */
export function groupsWith(directory: Directory, objectId: string, isTransitive: boolean): readonly GroupRecord[] {
  return directory
    .groups()
    .filter((group) => (isTransitive ? belongsTo(directory, group.objectId, objectId) : group.memberIds.includes(objectId)))
}
