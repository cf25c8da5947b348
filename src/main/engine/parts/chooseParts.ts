import { FILE_OVERHEAD_BYTES, SHARD_BYTES_MIN, SHARD_FILES_MIN, SHARDS_MAX } from '../../../shared/limits.ts'
import type { FolderWork, PartJournal } from '../ports/journalPart.ts'

/** So many parts for each agent even out what nobody can foretell: one agent is slower, one folder is harder. [ours] */
const PARTS_PER_AGENT = 2
/** Folders looked at in one folder, the heaviest first. */
const SIBLINGS_MAX = 200
/** A folder is taken apart when its subfolders hold at least this share of it; otherwise it goes as a whole. */
const DIVISIBLE_SHARE = 0.5

const weightOf = ({ sizeBytes, fileCount }: FolderWork): number => sizeBytes + fileCount * FILE_OVERHEAD_BYTES

const isLarge = ({ fileCount, sizeBytes }: FolderWork): boolean => fileCount >= SHARD_FILES_MIN || sizeBytes >= SHARD_BYTES_MIN

/**
 * Folders to give away so that so many helpers and the task's own agent end at about the same time: the heaviest first, none below another,
 * none too small to be worth it. The own agent keeps its fair share. Empty = the task is not worth cutting, or cannot be cut.
 */
export function chooseParts(
  journal: Pick<PartJournal, 'measureFolders' | 'heaviestFolders' | 'parts'>,
  helperCount: number,
): readonly FolderWork[] {
  if (helperCount <= 0) return []
  const root = journal.measureFolders()
  if (!root || !isLarge(root)) return []
  const total = weightOf(root)
  const fairShare = total / (helperCount + 1)
  const found = divide(journal, root, fairShare / PARTS_PER_AGENT).sort((a, b) => weightOf(b) - weightOf(a))
  const chosen: FolderWork[] = []
  let rest = total
  const room = SHARDS_MAX - journal.parts().length
  for (const folder of found) {
    // What would leave this agent further from its share than it is stays with it.
    if (rest - weightOf(folder) / 2 <= fairShare || chosen.length >= room) break
    chosen.push(folder)
    rest -= weightOf(folder)
  }
  return chosen
}

/** Folders below this one, at any depth, none much heavier than `partMax` when it can be helped. */
function divide(journal: Pick<PartJournal, 'heaviestFolders'>, around: FolderWork, partMax: number): FolderWork[] {
  const children = journal.heaviestFolders(around.id, { fileWeightBytes: FILE_OVERHEAD_BYTES, limit: SIBLINGS_MAX })
  return children.filter(isLarge).flatMap((child) => {
    if (!child.hasBegun && weightOf(child) <= partMax) return [child]
    const pieces = divide(journal, child, partMax)
    const covered = pieces.reduce((sum, piece) => sum + weightOf(piece), 0)
    return child.hasBegun || covered >= weightOf(child) * DIVISIBLE_SHARE ? pieces : [child]
  })
}
