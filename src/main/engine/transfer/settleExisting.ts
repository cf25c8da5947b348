import { COLLISION_SUFFIX_MAX, SEGMENT_MAX_UTF16 } from '../../../shared/limits.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { Round } from '../run/round.ts'
import { collisionKey } from '../scan/collisionKey.ts'
import { destPathOf } from '../scan/folderCache.ts'
import { findPathIssue, joinPath } from '../scan/pathRules.ts'
import { concludeLook, recordArrival } from './arrival.ts'
import { settleLook } from './emptyFiles.ts'
import { concludeFailure } from './failure.ts'
import { type FileToSend, timesToStore } from './fileToSend.ts'
import type { Found } from './look.ts'
import { setTimesSurely } from './setTimes.ts'

/** What follows for a file that the destination had before the round: the file that is still to be sent, under the name that it is to have. */
export async function settleExisting(round: Round, file: FileToSend, found: Found): Promise<FileToSend | undefined> {
  if (found.kind === 'retime') return await retime(round, file, found)
  if (found.kind === 'keepBoth') return goesBeside(round, file, found)
  return await settleLook(round, file, found)
}

/** Content that is there needs its time only; and only while nobody changes it. */
async function retime(round: Round, file: FileToSend, found: Extract<Found, { kind: 'retime' }>): Promise<undefined> {
  const times = timesToStore(round, file.item)
  const { stored, hash } = found
  const condition = stored.eTag === undefined ? {} : { ifMatch: stored.eTag }
  const [outcome] = times === undefined ? [] : await setTimesSurely(round, [{ itemId: stored.itemId, times, ...condition }])
  if (outcome?.ok !== true) {
    concludeFailure(round, file.item, outcome?.error)
    return undefined
  }
  const after = { ...found, stored: outcome.value }
  if (round.number > 0) concludeLook(round, file, after)
  else {
    round.tracker.beginAttempt(file.item.sizeBytes).stored()
    recordArrival(round, file, { stored: after.stored, hash })
  }
  return undefined
}

/**
 * The source's file gets a name of its own, and keeps it in all rounds to come: the journal hands names on. The destination's file is nobody's
 * business any more.
 */
function goesBeside(round: Round, file: FileToSend, found: Extract<Found, { kind: 'keepBoth' }>): FileToSend | undefined {
  const { item } = file
  const destName = freeNameBeside(round, file)
  if (destName === undefined) return concludeLook(round, file, found)
  const issue = {
    code: 'DST_KEPT_BOTH',
    effect: 'renames',
    detail: `${found.reason} Both are kept: the source's file is “${destName}” from now on.`,
  } as const
  const renamed: JournalItem = {
    ...item,
    destName,
    collisionKey: collisionKey(destName),
    issues: [...item.issues.filter(({ effect }) => effect !== 'renames'), issue],
    wasAtDestination: false,
    destItemId: undefined,
    eTag: undefined,
  }
  const { id, collisionKey: key, issues } = renamed
  round.facts.now(
    { fact: 'renamed', id, destName, collisionKey: key, issues },
    { fact: 'planned', id, route: 'session', reason: found.reason, existing: undefined },
  )
  return { ...file, item: renamed, existing: undefined }
}

/** `plan (source).txt`, then `plan (source 2).txt`; undefined when the path would be too long. */
function freeNameBeside(round: Round, { item, parentItemId }: FileToSend): string | undefined {
  const { journal } = round
  const parent = item.parentId === undefined ? undefined : journal.item(item.parentId)
  if (!parent) return undefined
  const dot = item.destName.lastIndexOf('.')
  const [stem, extension] = dot > 0 ? [item.destName.slice(0, dot), item.destName.slice(dot)] : [item.destName, '']
  for (let number = 1; number <= COLLISION_SUFFIX_MAX; number++) {
    const name = `${stem} (source${number === 1 ? '' : ` ${number}`})${extension}`
    const key = collisionKey(name)
    if (journal.isNameTaken(parent.id, key) || journal.listedChild(parentItemId, key) !== undefined) continue
    const isTooLong = findPathIssue(round.destination.place.serverRelativePath, joinPath(destPathOf(journal, parent), name))
    return isTooLong || name.length > SEGMENT_MAX_UTF16 ? undefined : name
  }
  return undefined
}
