import type { StoredItem } from '../ports/destination.ts'
import type { Round } from '../run/round.ts'
import { rewriteHabit } from '../verify/officeTypes.ts'
import { failItem } from './failure.ts'
import type { FileToSend } from './fileToSend.ts'
import type { Found } from './look.ts'

/** Whole uploads of one file that are done again because the stored bytes are not the sent ones. */
const REUPLOADS_MAX = 1

/** What follows from the reply to the last byte: it is stored; or it is stored wrong and goes again, over `file.existing`; or it failed. */
export type Arrival = { readonly kind: 'done' } | { readonly kind: 'again'; readonly file: FileToSend }

/** Compares the hash of the reply at once, while sending again is cheap. Types that the service rewrites are judged by the proof. */
export function concludeUpload(
  round: Round,
  file: FileToSend,
  sent: { readonly stored: StoredItem; readonly hash: string },
): Arrival {
  const { item } = file
  const { stored, hash } = sent
  const isWrong = stored.quickXorHash !== undefined && stored.quickXorHash !== hash && rewriteHabit(item.destName) === 'never'
  if (!isWrong) {
    recordArrival(round, file, sent)
    return { kind: 'done' }
  }
  round.tracker.lost(item.sizeBytes)
  const existing = { destItemId: stored.itemId, eTag: stored.eTag }
  if (item.reuploads >= REUPLOADS_MAX) {
    failItem(round, item, {
      code: 'VFY_DIFFERENT',
      message: `The service stored "${item.relPath}" with other bytes than were sent, twice.`,
    })
    return { kind: 'done' }
  }
  round.facts.now({ fact: 'sendAgain', id: item.id, reason: 'The service stored other bytes than were sent.', existing })
  return { kind: 'again', file: { ...file, existing, item: { ...item, reuploads: item.reuploads + 1 } } }
}

/** The file is stored whole; whoever calls has counted it. */
export function recordArrival(
  round: Round,
  { item }: FileToSend,
  { stored, hash }: { readonly stored: StoredItem; readonly hash: string },
): void {
  round.facts.later({
    fact: 'uploaded',
    id: item.id,
    destItemId: stored.itemId,
    eTag: stored.eTag,
    quickXorHash: hash,
    atMs: round.clock.now(),
  })
}

/** Writes down what a look has settled; the file that is still to be sent otherwise. */
export function concludeLook(round: Round, file: FileToSend, found: Found): FileToSend | undefined {
  switch (found.kind) {
    case 'absent':
      return { ...file, existing: undefined }
    case 'replace':
      return { ...file, existing: found.existing }
    case 'arrived':
      round.tracker.beginAttempt(file.item.sizeBytes).stored()
      recordArrival(round, file, found)
      return undefined
    case 'keepBoth':
      return concludeLook(round, file, { ...found, kind: 'stays', code: 'DST_NEWER' })
    case 'retime':
    case 'stays': {
      const existing = found.kind === 'stays' ? found.existing : { destItemId: found.stored.itemId, eTag: found.stored.eTag }
      round.facts.later({
        fact: 'left',
        id: file.item.id,
        state: 'skipped',
        code: found.kind === 'stays' ? found.code : undefined,
        message: found.kind === 'stays' ? found.reason : 'Same content; its time was brought up to date.',
        existing,
        quickXorHash: found.hash,
      })
      round.tracker.skipped()
      return undefined
    }
  }
}
