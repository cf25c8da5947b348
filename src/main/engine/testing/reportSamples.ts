import { type ItemId, taskIdSchema } from '../../../shared/domain/ids.ts'
import { defaultTaskSettings } from '../../../shared/domain/settings.ts'
import { type Task, taskSchema } from '../../../shared/domain/task.ts'
import type { JournalItem, JournalMeta, JournalTotals, ReadableJournal, StructureEntry } from '../ports/journal.ts'
import type { ReportTable } from '../ports/reportSink.ts'
import { roundReports } from '../report/roundReports.ts'

export const taskId = taskIdSchema.parse('11111111-2222-4333-8444-555555555555')
export const task: Task = taskSchema.parse({
  id: taskId,
  name: 'Finance',
  source: { kind: 'fileShare', path: '\\\\files\\finance' },
  destination: { kind: 'library', siteUrl: 'https://contoso.sharepoint.com/sites/finance', library: 'Documents' },
  settings: defaultTaskSettings(),
  createdAt: '2026-08-20T09:00:00Z',
  createdBy: 'admin',
})
export const startMs = Date.UTC(2026, 7, 20, 12)

export const meta: JournalMeta = {
  taskId,
  shard: '',
  round: 1,
  task,
  agentName: 'VM-7',
  epoch: 1,
  followsOthers: false,
  stage: 'verified',
  place: {
    driveId: 'd',
    rootItemId: 'r',
    webUrl: 'https://contoso.sharepoint.com/sites/finance/Shared%20Documents',
    serverRelativePath: 'sites/finance/Shared Documents',
    isLibraryRoot: true,
    blocksScriptTypes: true,
    isNew: false,
  },
  startedAtMs: startMs,
  endedAtMs: startMs + 90_000,
  status: 'completedWithIssues',
  reason: '1 file failed',
  sentBytes: 0,
  workedMs: 90_000,
  listing: 'arrived',
  spentUnits: { package: 0, session: 0, shared: 0 },
  extraItemCount: 2,
}

export function itemOf(
  id: number,
  parentId: number | undefined,
  relPath: string,
  changes: Partial<JournalItem> = {},
): JournalItem {
  const name = relPath.slice(relPath.lastIndexOf('/') + 1)
  return {
    id: id as ItemId,
    parentId: parentId as ItemId | undefined,
    depth: relPath === '' ? 0 : relPath.split('/').length,
    relPath,
    name,
    kind: 'file',
    sizeBytes: 1000,
    createdMs: undefined,
    modifiedMs: Date.UTC(2021, 0, 2, 3, 4, 5),
    isHidden: false,
    fileId: `8:${id}`,
    owner: undefined,
    destName: name,
    collisionKey: name.toUpperCase(),
    issues: [],
    state: 'migrated',
    failureStage: undefined,
    errorCode: undefined,
    message: undefined,
    route: 'session',
    routeReason: undefined,
    wasAtDestination: false,
    isParentOnly: false,
    attempts: 1,
    reuploads: 0,
    deferrals: 0,
    destItemId: `01${id}`,
    eTag: undefined,
    quickXorHash: 'AAAA',
    sessionUrl: 'https://secret.example/upload?tempauth=x',
    sessionExpiresAtMs: undefined,
    acceptedBytes: 0,
    verdict: 'exact',
    verdictReason: 'Size and QuickXorHash agree.',
    areTimesSet: false,
    startedAtMs: startMs,
    uploadedAtMs: startMs + 1500,
    verifiedAtMs: startMs + 9000,
    ...changes,
  } as JournalItem
}

export const folder = { kind: 'folder', sizeBytes: 0, verdict: undefined, quickXorHash: undefined, attempts: 0 } as const
export const items: readonly JournalItem[] = [
  itemOf(1, undefined, '', { ...folder, name: '' }),
  itemOf(2, 1, 'a:b', { ...folder, destName: 'a_b', issues: [{ code: 'RULE_NAME_CHARACTERS', effect: 'renames', detail: 'x' }] }),
  itemOf(3, 2, 'a:b/plan 50%.docx'),
  itemOf(4, 2, 'a:b/c?.TXT', { destName: 'c_.TXT', verdict: 'rewritten' }),
  itemOf(5, 1, 'open.pst', {
    state: 'failed',
    failureStage: 'reading',
    errorCode: 'SRC_LOCKED',
    message: 'Open in Outlook.',
    verdict: undefined,
    destItemId: undefined,
  }),
  itemOf(6, 1, 'long', {
    state: 'failed',
    errorCode: 'RULE_PATH_TOO_LONG',
    message: '401 characters.',
    verdict: undefined,
    destItemId: undefined,
  }),
  itemOf(7, 1, 'a.tmp', {
    state: 'filteredOut',
    errorCode: 'RULE_FILTERED_OUT',
    message: 'Excluded.',
    verdict: undefined,
    destItemId: undefined,
  }),
  itemOf(8, 1, 'same.txt', { state: 'skipped', message: 'Same content and same time.', verdict: undefined }),
]

export const structure: readonly (StructureEntry & { readonly seq: number })[] = [
  {
    seq: 1,
    type: 'folder',
    title: 'a_b',
    operation: 'created',
    status: 'success',
    details: '',
    sourcePath: '\\\\files\\finance\\a:b',
    destinationUrl: 'https://x/a_b',
    sourceId: '8:2',
    destinationId: '012',
    errorCode: undefined,
    atMs: startMs,
  },
  {
    seq: 2,
    type: 'library',
    title: 'Documents',
    operation: 'created',
    status: 'failure',
    details: 'No.',
    sourcePath: '',
    destinationUrl: '',
    sourceId: undefined,
    destinationId: undefined,
    errorCode: 'DST_NO_ACCESS',
    atMs: startMs,
  },
]

export function countsOf(all: readonly JournalItem[]): JournalTotals {
  const group = <K extends string>(keyed: readonly (readonly [K, JournalItem])[]) => {
    const sums = new Map<K, { itemCount: number; sizeBytes: number; item: JournalItem }>()
    for (const [key, item] of keyed) {
      const entry = sums.get(key) ?? { itemCount: 0, sizeBytes: 0, item }
      entry.itemCount++
      entry.sizeBytes += item.sizeBytes
      sums.set(key, entry)
    }
    return [...sums.values()]
  }
  return {
    byRoute: [],
    byState: group(all.map((item) => [`${item.state} ${item.kind}`, item] as const)).map(({ itemCount, sizeBytes, item }) => ({
      state: item.state,
      kind: item.kind,
      itemCount,
      sizeBytes,
    })),
    byFailureStage: group(
      all.filter((item) => item.failureStage).map((item) => [`${item.failureStage} ${item.kind}`, item] as const),
    ).flatMap(({ itemCount, item }) => (item.failureStage ? [{ stage: item.failureStage, kind: item.kind, itemCount }] : [])),
    byVerdict: group(all.filter((item) => item.verdict).map((item) => [`${item.verdict} ${item.kind}`, item] as const)).flatMap(
      ({ itemCount, item }) => (item.verdict ? [{ verdict: item.verdict, kind: item.kind, itemCount }] : []),
    ),
    withIssues: group(all.filter((item) => item.issues.length > 0).map((item) => [item.kind, item] as const)).map(
      ({ itemCount, item }) => ({ kind: item.kind, itemCount }),
    ),
    attempts: 5,
    reuploads: 1,
  }
}

export function journalOf(all: readonly JournalItem[], entries = structure, changes: Partial<JournalMeta> = {}): ReadableJournal {
  const refuse = () => {
    throw new Error('not needed by reports')
  }
  return {
    meta: () => ({ ...meta, ...changes }),
    parts: () => [],
    isPart: () => false,
    item: (id) => all.find((item) => item.id === id),
    itemAt: refuse,
    items: ({ afterId, limit, states }) =>
      all
        .filter((item) => item.id > afterId && (states === undefined || states.includes(item.state)))
        .slice(0, Math.min(limit, 3)),
    itemsWithParent: refuse,
    foldersAtDepth: refuse,
    folderDepth: refuse,
    packageJob: (packageId) => `job of package ${packageId}`,
    totals: () => countsOf(all),
    structure: ({ afterSeq, limit }) => entries.filter((entry) => entry.seq > afterSeq).slice(0, Math.min(limit, 1)),
    extras: refuse,
    access: () => [],
    accessOf: () => undefined,
    countBelow: () => 0,
    accounts: () => [],
    ownerCounts: () => [],
    accessTotals: () => ({ inherits: 0, planned: 0, resetting: 0, assigned: 0, failed: 0, withFindings: 0 }),
    lastAccessId: () => 0,
    formerItems: () => [],
    former: () => undefined,
    formerOf: () => undefined,
    formerAt: () => undefined,
    formerCounts: () => [],
    close: refuse,
  }
}

export const allTables = (journal: ReadableJournal) => new Map([...roundReports(journal)].map((table) => [table.fileName, table]))
export const tableNamed = (journal: ReadableJournal, fileName: string): ReportTable => {
  const table = allTables(journal).get(fileName)
  if (table === undefined) throw new Error(`${fileName} was not made`)
  return table
}
export const records = (table: ReportTable) =>
  [...table.rows].map((row) => Object.fromEntries(table.columns.map((column, index) => [column, row[index]])))
