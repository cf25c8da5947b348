import type { RoundNumber } from '../../../shared/domain/ids.ts'
import type { Task } from '../../../shared/domain/task.ts'
import type { EngineDeps } from '../engine.ts'
import type { JournalFact } from '../ports/journal.ts'
import { FactBuffer } from '../run/factBuffer.ts'
import { createMemory } from '../run/memory.ts'
import type { Round } from '../run/round.ts'
import { createStops } from '../run/stopping.ts'
import { Tracker } from '../run/tracker.ts'
import { openGate } from '../schedule/transferGate.ts'
import { verifyStage } from './verifyStage.ts'

const PAGE_ITEMS = 500

/**
 * Proves every item that a round migrated once more, from a fresh listing. Writes verdicts into the given journal, so give a copy; nothing is
 * written to the destination or sent again: what is missing fails with VFY_MISSING. Errors: what ends the task.
 */
export async function proveAgain(
  deps: EngineDeps,
  task: Task,
  options: { readonly round: RoundNumber; readonly signal: AbortSignal },
): Promise<void> {
  const stops = createStops({ drain: options.signal, drop: options.signal })
  const round: Round = {
    ...deps,
    gate: openGate,
    memory: deps.memory ?? createMemory(),
    task,
    number: options.round,
    source: await deps.openSource(task.source),
    destination: await deps.destinations.open(task.destination, { createMissing: false, signal: stops.drop }),
    previous: undefined,
    parts: undefined,
    facts: new FactBuffer(deps.journal, deps.clock),
    tracker: new Tracker({ clock: deps.clock, onProgress: () => undefined }),
    stops,
  }
  takeBackProofs(round)
  await verifyStage(round)
  forEachPage(round, 'planned', (item) => ({
    fact: 'failed',
    id: item.id,
    stage: 'querying',
    code: 'VFY_MISSING',
    message: `"${item.relPath}" was migrated and is not at the destination any more.`,
    atMs: round.clock.now(),
  }))
}

/** Migrated items are what they were before they had been proved: uploaded. */
function takeBackProofs(round: Round): void {
  round.journal.record([{ fact: 'meta', change: { listing: undefined } }])
  forEachPage(round, 'migrated', ({ id, destItemId = '', eTag, quickXorHash }) => ({
    fact: 'uploaded',
    id,
    destItemId,
    eTag,
    quickXorHash,
    atMs: round.clock.now(),
  }))
}

function forEachPage(
  round: Round,
  state: 'planned' | 'migrated',
  toFact: (item: ReturnType<Round['journal']['items']>[number]) => JournalFact,
): void {
  for (let afterId = 0; ; ) {
    const page = round.journal.items({ afterId, limit: PAGE_ITEMS, states: [state] })
    const last = page.at(-1)
    if (!last) return
    afterId = last.id
    round.journal.record(page.map(toFact))
  }
}
