import type { CommandResponse, ParsedRequest } from '../../shared/contract/commands.ts'
import type { CauseView, ItemList, ItemView, RoundView } from '../../shared/contract/taskDetail.ts'
import type { TaskId } from '../../shared/domain/ids.ts'
import type { ItemState } from '../../shared/domain/item.ts'
import { errorCatalogue } from '../../shared/errorCatalogue.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import { readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import type { ItemQuery, JournalItem, ReadableJournal } from '../engine/ports/journal.ts'
import type { App } from './app.ts'
import type { Handlers } from './dispatch.ts'

const PAGE = 1000
const LOOKED_AT_MAX = 50_000
const EXAMPLES = 3
/** Rounds told in one answer; older ones are in the reports. */
const ROUNDS_MAX = 20

/** Reasons that are gone when nobody does anything: another program lets go, a line comes back. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SRC_LOCKED',
  'SRC_CHANGED_WHILE_READING',
  'SRC_CHANGED_SINCE_SCAN',
  'SRC_READ_FAILED',
  'DST_LOCKED',
  'DST_CHANGED',
  'DST_SESSION_LOST',
  'DST_UNAVAILABLE',
  'JOB_NOT_TAKEN',
  'JOB_FATAL',
  'JOB_LOST',
  'THR_THROTTLED',
  'NET_UNREACHABLE',
  'NET_INTERRUPTED',
  'NET_TIMEOUT',
  'VFY_MISSING',
  'VFY_DIFFERENT',
])

/** Rounds and items of one task, from the journals of this install; also while it runs. */
export function createTaskDetailHandlers(app: App): Pick<Handlers, 'tasks.detail' | 'tasks.items' | 'tasks.edit'> {
  const { workFolder } = app.environment

  function openJournal(taskId: TaskId, round: number): ReadableJournal | undefined {
    return workFolder.rounds(taskId).includes(round) ? readSqliteJournal(workFolder.journalFile(taskId, round)) : undefined
  }

  return {
    // Asked every few seconds while somebody looks: from this machine's journals alone, at no cost of the tenant's budget.
    'tasks.detail': async ({ taskId }) => {
      const rounds: RoundView[] = []
      for (const round of [...workFolder.rounds(taskId)].reverse().slice(0, ROUNDS_MAX)) {
        const journal = openJournal(taskId, round)
        if (!journal) continue
        try {
          rounds.push(await roundView(journal))
        } finally {
          journal.close()
        }
      }
      return { rounds }
    },
    'tasks.items': async (request) => {
      const journal = openJournal(request.taskId, request.round)
      if (!journal) return { items: [] }
      try {
        return listItems(journal, request)
      } finally {
        journal.close()
      }
    },
    'tasks.edit': async ({ taskId, edit: { name, tags, settings } }) => {
      const change = {
        ...(name === undefined ? {} : { name }),
        ...(tags === undefined ? {} : { tags }),
        ...(settings === undefined ? {} : { settings }),
      }
      return app.noteTask(await app.host().tasks.edit(taskId, change, app.closing))
    },
  }
}

export async function roundView(journal: ReadableJournal): Promise<RoundView> {
  const meta = journal.meta()
  const { byState, byVerdict, byRoute } = journal.totals()
  const count = (isCounted: (total: (typeof byState)[number]) => boolean) =>
    byState.reduce((sum, total) => sum + (isCounted(total) ? total.itemCount : 0), 0)
  const bytes = (isCounted: (total: (typeof byState)[number]) => boolean) =>
    byState.reduce((sum, total) => sum + (total.kind === 'file' && isCounted(total) ? total.sizeBytes : 0), 0)
  const routeCount = (route: 'session' | 'package') => byRoute.find((total) => total.route === route)?.itemCount ?? 0
  const verdictCount = (verdict: (typeof byVerdict)[number]['verdict']) =>
    byVerdict.find((total) => total.verdict === verdict)?.itemCount ?? 0
  const { spentUnits } = meta
  const { causes, unchangedFiles, earlierFiles } = await lookAtLeft(journal)
  return {
    round: meta.round,
    stage: meta.stage,
    workedMs: meta.workedMs,
    foundFiles: count(({ kind }) => kind === 'file'),
    foundBytes: bytes(() => true),
    migratedFiles: count(({ kind, state }) => kind === 'file' && state === 'migrated'),
    migratedBytes: bytes(({ state }) => state === 'migrated'),
    failedItems: count(({ state }) => state === 'failed'),
    skippedItems: count(({ state }) => state === 'skipped'),
    filteredItems: count(({ state }) => state === 'filteredOut'),
    openItems: count(({ kind, state }) => kind === 'file' && OPEN.includes(state)),
    receipts: {
      exact: verdictCount('exact'),
      rewritten: verdictCount('rewritten'),
      different: verdictCount('different'),
      unverifiable: verdictCount('unverifiable'),
    },
    routes: { session: routeCount('session'), package: routeCount('package') },
    resourceUnits: spentUnits.package + spentUnits.session + spentUnits.shared,
    causes,
    unchangedFiles,
    earlierFiles,
    ...(meta.agentName === undefined ? {} : { agentName: meta.agentName }),
    ...(meta.status === undefined ? {} : { status: meta.status }),
    ...(meta.reason === undefined ? {} : { reason: meta.reason }),
    ...(meta.startedAtMs === undefined ? {} : { startedAt: new Date(meta.startedAtMs).toISOString() }),
    ...(meta.endedAtMs === undefined ? {} : { endedAt: new Date(meta.endedAtMs).toISOString() }),
  }
}

const OPEN: readonly ItemState[] = ['scanned', 'planned', 'uploading', 'uploaded']

/** Why items stayed behind, most first; and how many files were at the destination already. Other work gets its turn between the pages. */
async function lookAtLeft(
  journal: ReadableJournal,
): Promise<{ readonly causes: CauseView[]; readonly unchangedFiles: number; readonly earlierFiles: number }> {
  let unchangedFiles = 0
  let earlierFiles = 0
  const causes = new Map<ErrorCode, { itemCount: number; examples: { path: string; message: string }[] }>()
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE, states: ['failed', 'skipped', 'filteredOut'] })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const { kind, state, errorCode, relPath, message } of page) {
      if (state === 'filteredOut') {
        if (kind === 'file' && errorCode === 'RULE_ARRIVED_EARLIER') earlierFiles++
        continue
      }
      if (errorCode === undefined) {
        if (state === 'skipped' && kind === 'file') unchangedFiles++
        continue
      }
      const cause = causes.get(errorCode) ?? { itemCount: 0, examples: [] }
      causes.set(errorCode, cause)
      cause.itemCount++
      if (cause.examples.length < EXAMPLES) cause.examples.push({ path: relPath, message: message ?? '' })
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  const sorted = [...causes]
    .map(([code, { itemCount, examples }]) => ({
      code,
      itemCount,
      examples,
      title: errorCatalogue[code].title,
      fix: errorCatalogue[code].fix,
      isPassing: PASSING.has(code),
    }))
    .sort((a, b) => b.itemCount - a.itemCount)
  return { causes: sorted, unchangedFiles, earlierFiles }
}

const QUERIES = {
  moving: { states: ['uploading', 'uploaded'], kinds: ['file'] },
  left: { states: ['failed', 'skipped'] },
  renamed: { hasIssues: true },
  migrated: { states: ['migrated'] },
  all: {},
} as const satisfies Record<ItemList, Partial<ItemQuery>>

function listItems(
  journal: ReadableJournal,
  { list, code, search, afterId, limit }: ParsedRequest<'tasks.items'>,
): CommandResponse<'tasks.items'> {
  const wanted = (search ?? '').trim().toLowerCase()
  const items: ItemView[] = []
  let after = afterId
  for (let seen = 0; seen < LOOKED_AT_MAX; seen += PAGE) {
    const page = journal.items({ afterId: after, limit: PAGE, ...QUERIES[list] })
    for (const item of page) {
      after = item.id
      if (
        item.relPath === '' ||
        (list === 'left' && item.errorCode === undefined) ||
        (code !== undefined && item.errorCode !== code)
      )
        continue
      if (list === 'renamed' && item.destName === item.name) continue
      if (wanted !== '' && !item.relPath.toLowerCase().includes(wanted)) continue
      items.push(itemView(item))
      if (items.length >= limit) return { items, nextAfterId: after }
    }
    if (page.length < PAGE) return { items }
  }
  return { items, nextAfterId: after }
}

function itemView(item: JournalItem): ItemView {
  return {
    id: item.id,
    path: item.relPath,
    kind: item.kind,
    sizeBytes: item.sizeBytes,
    state: item.state,
    acceptedBytes: item.acceptedBytes,
    attempts: item.attempts,
    ...(item.destName === item.name ? {} : { newName: item.destName }),
    ...(item.route === undefined ? {} : { route: item.route }),
    ...(item.routeReason === undefined ? {} : { routeReason: item.routeReason }),
    ...(item.errorCode === undefined ? {} : { code: item.errorCode }),
    ...(item.message === undefined ? {} : { message: item.message }),
    ...(item.verdict === undefined ? {} : { verdict: item.verdict }),
  }
}
