import { FRAGMENT_BYTES } from '../../../shared/limits.ts'
import { keepParts } from '../parts/cutStage.ts'
import { createOffer } from '../parts/offerHelp.ts'
import { staysWith } from '../plan/planStage.ts'
import type { PlacedItem } from '../ports/journal.ts'
import { everyOne, Flights, type Room } from '../run/flights.ts'
import type { Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { sendEmptyFiles } from './emptyFiles.ts'
import { concludeFailure, waitForNextPass } from './failure.ts'
import type { FileToSend } from './fileToSend.ts'
import { judgeExisting } from './look.ts'
import { resumeUpload } from './resumeUpload.ts'
import { settleExisting } from './settleExisting.ts'
import { sendSmallFiles } from './smallFiles.ts'
import { stillEmpty } from './stillEmpty.ts'
import { uploadFile } from './uploadFile.ts'

const PAGE_ITEMS = 200
/** Small files begun together; the pacer of the destination decides how many requests really are in flight. */
const SMALL_FILES_IN_FLIGHT = 64
const LARGE_FILES_IN_FLIGHT = 4

/**
 * Sends every planned file of the round. First what was on its way when the process ended; then all others in passes, until nothing is put
 * off any more. A file that cannot go has its reason in the journal and stops nobody. Errors: what ends the task; Drained.
 */
export async function transferStage(round: Round): Promise<void> {
  const memory = round.memory.sending
  const offer = createOffer(round)
  try {
    if (round.journal.parts().some(({ isListed }) => !isListed)) await keepParts(round)
    await resumeAll(round, memory)
    for (let pass = 1; ; pass++) {
      const sender = new Sender(round, memory)
      await sendAll(round, sender, offer)
      if (round.journal.items({ afterId: 0, limit: 1, states: ['planned'], kinds: ['file'] }).length === 0) return
      round.logger.log('info', 'transfer.pass', { pass })
      await waitForNextPass(round)
    }
  } finally {
    round.facts.flush()
  }
}

async function resumeAll(round: Round, memory: Room): Promise<void> {
  const flights = new Flights({ capacity: LARGE_FILES_IN_FLIGHT * 2, onFailure: round.stops.fail })
  await landing(round, flights, () =>
    eachFile(round, 'uploading', (file) =>
      flights.launch(1, () => guarded(round, file, () => resumeUpload(round, file, memory))),
    ),
  )
}

async function sendAll(round: Round, sender: Sender, offer: ReturnType<typeof createOffer>): Promise<void> {
  const land = async () => {
    await sender.finish()
    await sender.landed()
    round.facts.flush()
  }
  await landing(round, sender, async () => {
    await eachFile(
      round,
      'planned',
      (file) => sender.take(file),
      () => offer(land),
    )
    await sender.finish()
  })
}

/** Whatever happens, everything in flight has landed and is written down when it ends. */
async function landing(round: Round, flying: { landed(): Promise<void> }, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    round.stops.fail(thrown)
    throw thrown
  } finally {
    await flying.landed()
    round.facts.flush()
  }
}

async function eachFile(
  round: Round,
  state: 'uploading' | 'planned',
  act: (file: FileToSend) => Promise<void>,
  beforePage?: () => Promise<void>,
): Promise<void> {
  for (let afterId = 0; ; ) {
    await beforePage?.()
    const page = round.journal.itemsWithParent({ afterId, limit: PAGE_ITEMS, states: [state], kinds: ['file'] })
    const last = page.at(-1)
    if (!last) return
    afterId = last.item.id
    for (const placed of page) {
      throwIfStopped(round.stops)
      const file = toFile(round, placed)
      if (file) await act(file)
    }
  }
}

function toFile(round: Round, { item, parentState, parentDestItemId }: PlacedItem): FileToSend | undefined {
  if (parentDestItemId === undefined || parentState === 'failed') {
    round.facts.later(staysWith(round, item, parentState === 'skipped' ? 'skipped' : 'failed'))
    return undefined
  }
  const existing = item.destItemId === undefined ? undefined : { destItemId: item.destItemId, eTag: item.eTag }
  return { item, parentItemId: parentDestItemId, existing }
}

async function guarded(round: Round, file: FileToSend, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    concludeFailure(round, file.item, thrown)
  }
}

/** Sorts files by how they travel and keeps each way full, but not fuller. */
class Sender {
  readonly #round: Round
  readonly #memory: Room
  readonly #small: Flights
  readonly #large: Flights
  readonly #batchSize: number
  #smallBatch: FileToSend[] = []
  #emptyBatch: FileToSend[] = []

  constructor(round: Round, memory: Room) {
    this.#round = round
    this.#memory = memory
    this.#small = new Flights({ capacity: SMALL_FILES_IN_FLIGHT, onFailure: round.stops.fail })
    this.#large = new Flights({ capacity: LARGE_FILES_IN_FLIGHT, onFailure: round.stops.fail })
    this.#batchSize = Math.max(1, round.destination.maxSessionsPerCall)
  }

  async take(file: FileToSend): Promise<void> {
    const { item } = file
    if (this.#mustBeJudged(file)) {
      return await this.#small.launch(1, () => guarded(this.#round, file, () => this.#judgeThenSend(file)))
    }
    if (item.sizeBytes > FRAGMENT_BYTES) {
      return await this.#large.launch(1, () =>
        guarded(this.#round, file, () => uploadFile(this.#round, file, { memory: this.#memory })),
      )
    }
    const batch = item.sizeBytes === 0 ? this.#emptyBatch : this.#smallBatch
    batch.push(file)
    if (batch.length >= this.#batchSize) await this.#send(batch === this.#emptyBatch ? 'empty' : 'small')
  }

  /** The batches that did not fill. After a stop they are left for the next start instead. */
  async finish(): Promise<void> {
    await this.#send('empty')
    await this.#send('small')
  }

  async landed(): Promise<void> {
    const outcomes = await Promise.allSettled([this.#small.landed(), this.#large.landed()])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #send(which: 'empty' | 'small'): Promise<void> {
    const files = which === 'empty' ? this.#emptyBatch : this.#smallBatch
    if (files.length === 0) return
    if (which === 'empty') {
      this.#emptyBatch = []
      return await this.#small.launch(files.length, () => this.#sendEmpty(files))
    }
    this.#smallBatch = []
    await this.#small.launch(files.length, () => sendSmallFiles(this.#round, files, this.#memory))
  }

  async #sendEmpty(files: readonly FileToSend[]): Promise<void> {
    const seen = await everyOne(files.map((file) => stillEmpty(this.#round, file, this.#memory)))
    const empty = seen.filter((file) => file !== undefined)
    if (empty.length > 0) await sendEmptyFiles(this.#round, empty)
  }

  /** The destination had something of that name before the round, and it was not compared with the content of the source yet. */
  #mustBeJudged({ item }: FileToSend): boolean {
    return item.wasAtDestination && item.attempts === 0 && item.reuploads === 0
  }

  async #judgeThenSend(file: FileToSend): Promise<void> {
    const listed = file.existing && this.#round.journal.listedItem(file.existing.destItemId)
    const next = listed ? await settleExisting(this.#round, file, await judgeExisting(this.#round, file, listed)) : file
    if (next) await uploadFile(this.#round, next, { memory: this.#memory })
  }
}
