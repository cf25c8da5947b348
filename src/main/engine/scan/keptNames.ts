import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { ScanRound } from '../run/round.ts'
import { collisionKey } from './collisionKey.ts'
import { destPathOf } from './folderCache.ts'
import { findPathIssue, joinPath } from './pathRules.ts'
import type { PlaceFacts } from './scanItem.ts'

const PAGE_ITEMS = 500

/**
 * Gives every item the name under which the round before stored it, where that was not its own: neither a twin that is gone nor other rules for
 * names may store a file a second time. Before names are compared with each other, so that whoever is new gives way.
 */
export function keepNames(round: ScanRound, place: PlaceFacts): void {
  const { journal, previous } = round
  if (!previous) return
  for (let afterId = 0; ; ) {
    const page = previous.items({ afterId, limit: PAGE_ITEMS, hasIssues: true })
    const last = page.at(-1)
    if (!last) return
    afterId = last.id
    journal.record(page.flatMap((before) => keepName(round, place, before)))
  }
}

function keepName({ journal }: ScanRound, place: PlaceFacts, before: JournalItem): readonly JournalFact[] {
  const { destName } = before
  if (destName === before.name) return []
  const item = journal.itemAt(before.relPath)
  if (item?.state !== 'scanned' || item.kind !== before.kind || item.destName === destName || item.parentId === undefined)
    return []
  const parent = journal.item(item.parentId)
  if (findPathIssue(place.serverRelativePath, joinPath(parent ? destPathOf(journal, parent) : '', destName))) return []
  const issues = [
    ...item.issues.filter(({ effect }) => effect !== 'renames'),
    ...before.issues.filter(({ effect }) => effect === 'renames'),
  ]
  return [{ fact: 'renamed', id: item.id, destName, collisionKey: collisionKey(destName), issues }]
}
