import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import type { StoredItem, TimesChange } from '../ports/destination.ts'
import { everyOne } from '../run/flights.ts'
import { patiently, type Round } from '../run/round.ts'
import { compareTimes } from '../verify/storedTimes.ts'
import { concludeLook, recordArrival } from './arrival.ts'
import { concludeFailure } from './failure.ts'
import { type FileToSend, timesToStore } from './fileToSend.ts'
import { type Found, look } from './look.ts'
import { setTimesSurely } from './setTimes.ts'

/** Times that one file is begun again because of what was found in its place. */
const ATTEMPTS_MAX = 4

interface StoredEmpty {
  readonly file: FileToSend
  readonly stored: StoredItem
}

/** Stores files without content, which no upload session takes, then gives them their times in one batch. */
export async function sendEmptyFiles(round: Round, files: readonly FileToSend[]): Promise<void> {
  round.facts.now(...files.map(({ item }) => ({ fact: 'started', id: item.id, atMs: round.clock.now() }) as const))
  const stored = await everyOne(files.map((file) => storeEmpty(round, file)))
  await giveTimes(
    round,
    stored.filter((one) => one !== undefined),
  )
}

async function storeEmpty(round: Round, file: FileToSend): Promise<StoredEmpty | undefined> {
  try {
    return await putEmpty(round, file)
  } catch (thrown) {
    concludeFailure(round, file.item, thrown)
    return undefined
  }
}

async function putEmpty(round: Round, file: FileToSend): Promise<StoredEmpty | undefined> {
  let next = file
  for (let attempt = 1; ; attempt++) {
    const { item, existing, parentItemId } = next
    try {
      const stored = await patiently(round, (signal) =>
        round.destination.putEmpty(
          {
            parentId: parentItemId,
            name: item.destName,
            conflict: existing ? 'replace' : 'fail',
            ...(existing?.eTag === undefined ? {} : { ifMatch: existing.eTag }),
          },
          signal,
        ),
      )
      return { file: next, stored }
    } catch (thrown) {
      const error = asMigrationError(thrown)
      if (!mustLook(error) || attempt >= ATTEMPTS_MAX) throw error
      const found = await look(round, { ...next, item: { ...item, attempts: item.attempts + 1 } })
      // It is there; its times may not be.
      if (found.kind === 'arrived') return { file: next, stored: found.stored }
      const again = concludeLook(round, next, found)
      if (again === undefined) return undefined
      next = again
    }
  }
}

export function mustLook(error: MigrationError): boolean {
  return error.remedy.kind === 'lookFirst' || error.code === 'DST_EXISTS' || error.code === 'DST_CHANGED'
}

/** concludeLook, but an empty file that is there without its times gets them: they do not travel with its content. */
export async function settleLook(round: Round, file: FileToSend, found: Found): Promise<FileToSend | undefined> {
  const isEmpty = found.kind === 'arrived' && file.item.sizeBytes === 0
  if (!isEmpty || compareTimes(timesToStore(round, file.item)?.modifiedMs, found.stored.modifiedMs) === 'equal') {
    return concludeLook(round, file, found)
  }
  await giveTimes(round, [{ file, stored: found.stored }])
  return undefined
}

/**
 * Without times a file has not arrived: it stays `uploading` until they are set, and a restart sets them. What somebody has written into it
 * meanwhile does not get the times of the source: it would look older than it is, and be overwritten one day.
 */
async function giveTimes(round: Round, empties: readonly StoredEmpty[], attempt = 1): Promise<void> {
  const hash = round.createHasher().digest()
  const waiting: (StoredEmpty & { readonly change: TimesChange })[] = []
  for (const empty of empties) {
    const { file, stored } = empty
    const times = timesToStore(round, file.item)
    const condition = stored.eTag === undefined ? {} : { ifMatch: stored.eTag }
    if (times === undefined) recordEmpty(round, file, stored, hash)
    else waiting.push({ ...empty, change: { itemId: stored.itemId, times, ...condition } })
  }
  const outcomes = await setTimesSurely(
    round,
    waiting.map(({ change }) => change),
  )
  const changed: FileToSend[] = []
  for (const [index, { file }] of waiting.entries()) {
    const outcome = outcomes[index]
    if (outcome?.ok) recordEmpty(round, file, outcome.value, hash)
    else if (outcome?.error.code === 'DST_CHANGED' && attempt < ATTEMPTS_MAX) changed.push(file)
    else concludeFailure(round, file.item, outcome?.error)
  }
  await everyOne(changed.map((file) => lookAndGiveTimes(round, file, attempt + 1)))
}

async function lookAndGiveTimes(round: Round, file: FileToSend, attempt: number): Promise<void> {
  try {
    const found = await look(round, { ...file, item: { ...file.item, attempts: file.item.attempts + 1 } })
    if (found.kind === 'arrived') return await giveTimes(round, [{ file, stored: found.stored }], attempt)
    if (concludeLook(round, file, found) === undefined) return
    throw new MigrationError('DST_CHANGED', `"${file.item.relPath}" changed at the destination while it was stored.`, {
      remedy: { kind: 'retry' },
    })
  } catch (thrown) {
    concludeFailure(round, file.item, thrown)
  }
}

function recordEmpty(round: Round, file: FileToSend, stored: StoredItem, hash: string): void {
  round.tracker.beginAttempt(0).stored()
  recordArrival(round, file, { stored, hash })
  round.tracker.moved()
}
