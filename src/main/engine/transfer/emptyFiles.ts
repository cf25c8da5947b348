import { asMigrationError, type MigrationError } from '../../../shared/errors.ts'
import type { StoredItem } from '../ports/destination.ts'
import { everyOne } from '../run/flights.ts'
import { patiently, type Round } from '../run/round.ts'
import { compareTimes } from '../verify/storedTimes.ts'
import { concludeLook, recordArrival } from './arrival.ts'
import { concludeFailure } from './failure.ts'
import { type FileToSend, timesToStore } from './fileToSend.ts'
import { type Found, look } from './look.ts'
import { setTimesSurely, type TimesChange } from './setTimes.ts'

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
      if (!mustLook(error) || attempt >= 4) throw error
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

/** Without times a file has not arrived: it stays `uploading` until they are set, and a restart sets them. */
async function giveTimes(round: Round, empties: readonly StoredEmpty[]): Promise<void> {
  const hash = round.createHasher().digest()
  const waiting: (StoredEmpty & {
    readonly change: TimesChange
  })[] = []
  for (const empty of empties) {
    const times = timesToStore(round, empty.file.item)
    if (times === undefined) recordEmpty(round, empty.file, empty.stored, hash)
    else waiting.push({ ...empty, change: { itemId: empty.stored.itemId, times } })
  }
  const outcomes = await setTimesSurely(
    round,
    waiting.map(({ change }) => change),
  )
  for (const [index, { file }] of waiting.entries()) {
    const outcome = outcomes[index]
    if (outcome?.ok) recordEmpty(round, file, outcome.value, hash)
    else concludeFailure(round, file.item, outcome?.error)
  }
}

function recordEmpty(round: Round, file: FileToSend, stored: StoredItem, hash: string): void {
  round.tracker.beginAttempt(0).stored()
  recordArrival(round, file, { stored, hash })
  round.tracker.moved()
}
