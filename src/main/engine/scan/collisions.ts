import type { ItemIssue } from '../../../shared/domain/item.ts'
import type { CollisionGroup, JournalFact, JournalItem } from '../ports/journal.ts'
import type { ScanRound } from '../run/round.ts'
import { collisionKey } from './collisionKey.ts'
import { destPathOf } from './folderCache.ts'
import { assignCollisionFreeNames } from './nameRepair.ts'
import { findPathIssue, joinPath } from './pathRules.ts'
import type { PlaceFacts } from './scanItem.ts'

const PAGE_GROUPS = 200

/**
 * Gives every item that shares folder and collision key with others a name of its own, or leaves it behind with RULE_NAME_COLLISION where
 * the task does not want names changed. Who had its name in the round before keeps it.
 */
export function resolveCollisions(round: ScanRound, place: PlaceFacts): void {
  const { journal } = round
  for (let afterSeq = 0; ; ) {
    const groups = journal.collisionGroups({ afterSeq, limit: PAGE_GROUPS })
    const last = groups.at(-1)
    if (!last) return
    afterSeq = last.seq
    // Names given in this page are not in the journal yet.
    const given = new Set<string>()
    journal.record(groups.flatMap((group) => resolveGroup(round, place, group, given)))
  }
}

function resolveGroup(round: ScanRound, place: PlaceFacts, group: CollisionGroup, given: Set<string>): readonly JournalFact[] {
  const { journal, task, previous } = round
  const items = journal.itemsNamed(group.parentId, group.collisionKey)
  if (items.length < 2) return []
  const spot = (key: string) => `${group.parentId}/${key}`
  const previousNames = new Map<string, string>()
  for (const item of items) {
    const before = previous?.itemAt(item.relPath)
    if (before?.destItemId !== undefined) previousNames.set(item.name, before.destName)
  }
  const keepsNames = task.settings.nameRules.whenInvalid === 'skip'
  const names = assignCollisionFreeNames(
    items.map((item) => ({ sourceName: item.name, destName: item.destName, isFolder: item.kind === 'folder' })),
    {
      isTaken: (key) =>
        key !== group.collisionKey && (keepsNames || given.has(spot(key)) || journal.isNameTaken(group.parentId, key)),
      previousNames,
    },
  )
  return items.flatMap((item) => {
    const destName = names.get(item.name)
    const winner = items.find((other) => names.get(other.name) === other.destName)?.name ?? item.destName
    if (destName === undefined) {
      return leaveBehind(item, {
        code: 'RULE_NAME_COLLISION',
        detail: `“${winner}” has the same name for SharePoint.`,
        isByChoice: keepsNames,
      })
    }
    given.add(spot(collisionKey(destName)))
    if (destName === item.destName) return []
    const parent = journal.item(group.parentId)
    const destPath = joinPath(parent ? destPathOf(journal, parent) : '', destName)
    const tooLong = findPathIssue(place.serverRelativePath, destPath)
    if (tooLong) return leaveBehind(item, { ...tooLong, isByChoice: false })
    const issue: ItemIssue = {
      code: 'RULE_NAME_COLLISION',
      effect: 'renames',
      detail: `“${winner}” has the same name for SharePoint. “${item.name}” becomes “${destName}”.`,
    }
    return [{ fact: 'renamed', id: item.id, destName, collisionKey: collisionKey(destName), issues: [...item.issues, issue] }]
  })
}

function leaveBehind(
  item: JournalItem,
  why: Pick<ItemIssue, 'code' | 'detail'> & { readonly isByChoice: boolean },
): readonly JournalFact[] {
  const { code, detail } = why
  const issues: readonly ItemIssue[] = [...item.issues, { code, effect: 'blocks', detail }]
  return [
    { fact: 'renamed', id: item.id, destName: item.destName, collisionKey: item.collisionKey, issues },
    why.isByChoice
      ? { fact: 'left', id: item.id, state: 'skipped', code, message: detail }
      : { fact: 'failed', id: item.id, stage: 'scanning', code, message: detail, atMs: 0 },
  ]
}
