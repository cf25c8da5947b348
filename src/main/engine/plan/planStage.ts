import { MigrationError } from '../../../shared/errors.ts'
import { BULK_FILES_MIN } from '../../../shared/limits.ts'
import { wantsAuthors } from '../identity/ownerIssues.ts'
import { isExpressible } from '../package/xmlText.ts'
import type { JournalFact, JournalItem, PlacedItem } from '../ports/journal.ts'
import type { Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import { comparableTime } from '../scan/timeRules.ts'
import { listPlace } from '../verify/listingStage.ts'
import { decideConflict, decideRoute, type RouteContext } from './planner.ts'
import { isOurFolder, knownBefore, provedRecord } from './roundBefore.ts'
import { folderEntry } from './structureLog.ts'

const PAGE_ITEMS = 500

/**
 * Decides what becomes of every item that may travel: its route, or why it stays. What the destination already holds is listed once, unless
 * this round made the place. Nothing is written to the destination. Errors: JNL_ codes; what listing throws; Drained.
 */
export async function planStage(round: Round): Promise<void> {
  const { journal } = round
  const place = journal.meta().place
  if (!place) throw new MigrationError('INTERNAL', 'A plan needs a destination.', { remedy: { kind: 'stopTask' } })
  if (!place.isNew && journal.meta().listing !== 'existing') await listPlace(round, 'existing')
  planRoot(round, place)
  const maxDepth = journal.folderDepth()
  for (let depth = 1; depth <= maxDepth; depth++) planFolders(round, depth)
  const context = routeContext(round)
  planFolderRoutes(round, context)
  planFiles(round, context)
}

/** Folders are planned by now, so that new files can be told from those that the destination has. */
function routeContext(round: Round): RouteContext {
  const { route: wanted } = round.task.settings
  const available: RouteContext['available'] = new Set(round.destination.imports ? ['session', 'package'] : ['session'])
  let newFileCount = 0
  for (let afterId = 0; wanted === 'auto' && newFileCount <= BULK_FILES_MIN; ) {
    const page = round.journal.itemsWithExisting({ afterId, limit: PAGE_ITEMS, states: ['scanned'], kinds: ['file'] })
    const last = page.at(-1)
    if (!last) break
    afterId = last.item.id
    newFileCount += page.filter(({ item, listed }) => listed === undefined && item.sizeBytes > 0).length
  }
  return { wanted, available, newFileCount, wantsAuthors: wantsAuthors(round.task.settings) }
}

/** Where packages travel, the folders that they need travel in them. */
function planFolderRoutes(round: Round, context: RouteContext): void {
  for (let afterId = 0; ; ) {
    throwIfStopped(round.stops)
    const page = round.journal.items({ afterId, limit: PAGE_ITEMS, states: ['planned'], kinds: ['folder'] })
    const last = page.at(-1)
    if (!last) return
    afterId = last.id
    round.journal.record(
      page.flatMap((item): readonly JournalFact[] => {
        const { route, reason } = decideRoute(
          { kind: 'folder', sizeBytes: 0, replacesExisting: item.wasAtDestination, isExpressible: isExpressibleItem(item) },
          context,
        )
        return route === item.route ? [] : [{ fact: 'planned', id: item.id, route, reason, existing: undefined }]
      }),
    )
  }
}

/** What is below a folder that no manifest can name cannot travel in a package either. Names are repaired, the path above may not be. */
function isExpressibleItem(item: JournalItem): boolean {
  return isExpressible(item.destName) && !/[\uFFFE\uFFFF\p{Surrogate}]/u.test(item.relPath)
}

function planRoot(round: Round, place: { readonly rootItemId: string; readonly isNew: boolean }): void {
  const root = round.journal.foldersAtDepth({ depth: 0, afterId: 0, limit: 1 })[0]?.item
  if (root?.state !== 'scanned') return
  const existing = place.isNew ? undefined : { destItemId: place.rootItemId, eTag: undefined }
  round.journal.record([
    { fact: 'planned', id: root.id, route: 'session', reason: 'The place of the task.', existing },
    {
      fact: 'uploaded',
      id: root.id,
      destItemId: place.rootItemId,
      eTag: undefined,
      quickXorHash: undefined,
      atMs: round.clock.now(),
    },
  ])
}

function planFolders(round: Round, depth: number): void {
  for (let afterId = 0; ; ) {
    throwIfStopped(round.stops)
    const page = round.journal.foldersAtDepth({ depth, afterId, limit: PAGE_ITEMS })
    const last = page.at(-1)
    if (!last) return
    afterId = last.item.id
    round.journal.record(page.flatMap((placed) => (placed.item.state === 'scanned' ? planFolder(round, placed) : [])))
  }
}

function planFolder(round: Round, { item, parentState, parentDestItemId }: PlacedItem): readonly JournalFact[] {
  if (hasLeft(parentState)) return [staysWith(round, item, parentState)]
  const existing = parentDestItemId === undefined ? undefined : round.journal.listedChild(parentDestItemId, item.collisionKey)
  if (existing === undefined)
    return [{ fact: 'planned', id: item.id, route: 'session', reason: 'Folders are made one by one.', existing: undefined }]
  if (existing.kind === 'file') {
    const message = `The destination has a file where the folder "${item.relPath}" belongs.`
    return [
      { fact: 'failed', id: item.id, stage: 'uploading', code: 'DST_EXISTS', message, atMs: round.clock.now() },
      { fact: 'structure', entry: folderEntry(round, item, { operation: 'skipped', code: 'DST_EXISTS', details: message }) },
    ]
  }
  return [
    {
      fact: 'planned',
      id: item.id,
      route: 'session',
      reason: 'The folder is there.',
      existing: { destItemId: existing.itemId, eTag: existing.eTag, isOurs: isOurFolder(round, item, existing.itemId) },
    },
    {
      fact: 'uploaded',
      id: item.id,
      destItemId: existing.itemId,
      eTag: existing.eTag,
      quickXorHash: undefined,
      atMs: round.clock.now(),
    },
    ...(hasStructureEntry(round, item)
      ? []
      : [
          {
            fact: 'structure',
            entry: folderEntry(round, item, { operation: 'skipped', stored: existing, details: 'The folder was there.' }),
          } as const,
        ]),
  ]
}

/** Made or moved for this round: that was told when it happened. */
function hasStructureEntry({ journal, previous }: Round, { id }: JournalItem): boolean {
  const state = previous === undefined ? undefined : journal.formerOf(id)?.state
  return state === 'made' || state === 'moved'
}

function planFiles(round: Round, routes: RouteContext): void {
  const context = { ...routes, followsOthers: round.journal.meta().followsOthers }
  for (let afterId = 0; ; ) {
    throwIfStopped(round.stops)
    const page = round.journal.itemsWithExisting({ afterId, limit: PAGE_ITEMS, states: ['scanned'], kinds: ['file'] })
    const last = page.at(-1)
    if (!last) return
    afterId = last.item.id
    const facts = page.flatMap((placed) => planFile(round, context, placed))
    keepProofs(round, page, facts)
    round.journal.record(facts)
  }
}

/** Whoever comes after a round that is cut off knows what the round before had proved of the files that this one was to change. */
function keepProofs(round: Round, page: readonly PlacedItem[], facts: readonly JournalFact[]): void {
  const open = new Set<number>()
  for (const fact of facts) if (fact.fact === 'planned' || (fact.fact === 'left' && fact.code !== undefined)) open.add(fact.id)
  const proofs = page.map(({ item, listed }) =>
    listed && open.has(item.id) ? provedRecord(round, item, listed.itemId) : undefined,
  )
  const kept = proofs.filter((proof) => proof !== undefined)
  if (kept.length > 0) round.journal.addFormer(kept)
}

function planFile(
  round: Round,
  context: RouteContext & { readonly followsOthers: boolean },
  { item, parentState, listed }: PlacedItem,
): readonly JournalFact[] {
  if (hasLeft(parentState)) return [staysWith(round, item, parentState)]
  const { route, reason } = decideRoute(
    {
      kind: 'file',
      sizeBytes: item.sizeBytes,
      replacesExisting: listed !== undefined,
      isExpressible: isExpressibleItem(item),
    },
    context,
  )
  const before = knownBefore(round, item, listed)
  const existing = listed && { destItemId: listed.itemId, eTag: listed.eTag, isOurs: before.isOurs }
  const moved = round.previous === undefined ? undefined : round.journal.formerOf(item.id)
  const told = (reason: string): string =>
    moved?.state === 'moved' ? `Moved from “${moved.relPath}” as at the source. ${reason}` : reason
  const planned = (why: string): JournalFact => ({ fact: 'planned', id: item.id, route, reason: why, existing })
  const decision = decideConflict(
    {
      destName: item.destName,
      kind: 'file',
      sizeBytes: item.sizeBytes,
      ...comparableTime(item.modifiedMs, round.clock.now()),
      ...before,
    },
    listed,
    round.task.settings,
  )
  switch (decision.kind) {
    case 'upload':
      return [planned(reason)]
    case 'replace':
    case 'needsHash':
    case 'needsComparison':
    case 'keepBoth':
      return [planned(told(decision.reason))]
    case 'timesDiffer': {
      // A round before has seen and left it so, or nobody can tell which time is right.
      const isSettled = round.number > 0 && (before.hasChanged === false || decision.age === 'unknown')
      if (!isSettled) return [planned(told(decision.reason))]
      round.tracker.skipped()
      return [{ ...unchanged(item, told(decision.reason), before.quickXorHash), ...(existing ? { existing } : {}) }]
    }
    case 'skip':
      // A name that no path can say is taken by an empty file first: somebody before this agent did not come to fill it. [B.3]
      if (context.followsOthers && listed?.kind === 'file' && listed.sizeBytes === 0 && item.sizeBytes > 0)
        return [planned('The file was begun by another agent.'), { fact: 'started', id: item.id, atMs: round.clock.now() }]
      // The same content with another time is no other file: the transfer compares.
      if (listed?.kind === 'file' && listed.sizeBytes === item.sizeBytes) return [planned(decision.reason)]
      round.tracker.skipped()
      return [
        {
          fact: 'left',
          id: item.id,
          state: 'skipped',
          code: decision.code,
          message: decision.reason,
          ...(existing ? { existing } : {}),
        },
      ]
    case 'alreadyThere':
      // In the first round it is proved like everything else, which needs the source's hash: the transfer reads it.
      if (round.number === 0) return [planned(decision.reason)]
      round.tracker.skipped()
      return [{ ...unchanged(item, told(decision.reason), before.quickXorHash), ...(existing ? { existing } : {}) }]
  }
}

const unchanged = ({ id }: JournalItem, message: string, quickXorHash: string | undefined) =>
  ({ fact: 'left', id, state: 'skipped', code: undefined, message, quickXorHash }) as const

/** An item whose folder does not travel stays with it, as failed or as left behind, like the folder. */
export function staysWith(round: Round, item: JournalItem, parentState: 'failed' | 'skipped' | 'filteredOut'): JournalFact {
  const message = 'A folder above it is not migrated.'
  if (parentState === 'failed') {
    if (item.kind === 'file') round.tracker.failed()
    return { fact: 'failed', id: item.id, stage: 'uploading', code: 'RULE_PARENT_NOT_MIGRATED', message, atMs: round.clock.now() }
  }
  round.tracker.skipped()
  return { fact: 'left', id: item.id, state: parentState, code: 'RULE_PARENT_NOT_MIGRATED', message }
}

function hasLeft(state: PlacedItem['parentState']): state is 'failed' | 'skipped' | 'filteredOut' {
  return state === 'failed' || state === 'skipped' || state === 'filteredOut'
}
