import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { CommandResponse, ParsedRequest } from '../../shared/contract/commands.ts'
import { type ScanView, scanViewSchema } from '../../shared/contract/scans.ts'
import { nameRulesSchema, taskSettingsSchema } from '../../shared/domain/settings.ts'
import type { DestinationSpec } from '../../shared/domain/task.ts'
import { asMigrationError, type ErrorCode, MigrationError, toWire } from '../../shared/errors.ts'
import { openSqliteJournal, readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { scanSource } from '../engine/engine.ts'
import type { JournalItem } from '../engine/ports/journal.ts'
import { hasAccessMatrix } from '../engine/report/accessMatrixReport.ts'
import { repairName } from '../engine/scan/nameRepair.ts'
import { type PlaceFacts, UNKNOWN_PLACE } from '../engine/scan/scanItem.ts'
import type { App } from './app.ts'
import type { Handlers } from './dispatch.ts'
import { compileGlobs, identitiesOf } from './engineDeps.ts'
import { sourceOpener } from './openSource.ts'
import { countScan } from './scanCounts.ts'
import { writeWhole } from './workFolder.ts'

/** Scans share the disk with each other and with the agent. */
const AT_ONCE = 2
const SHOW_EVERY_MS = 500
const PAGE = 1000
/** Items looked at for one page of a rare issue; the screen asks on from there. */
const LOOKED_AT_MAX = 50_000
const PLAIN = { seal: (text: string) => text, open: (text: string) => text }

type ScanRequest = ParsedRequest<'scans.start'>['scans'][number]
type ScanHandlers = Pick<Handlers, 'scans.start' | 'scans.cancel' | 'scans.remove' | 'scans.items'>

/** The scans of this install: kept in its work folder until somebody removes them, also over a restart. */
export interface ScanDesk {
  readonly handlers: ScanHandlers
  /** Sources of scans that ended well, newest first. */
  scannedPaths(): readonly string[]
}

export function createScanDesk(app: App): ScanDesk {
  const folder = path.join(app.environment.workFolder.path, 'scans')
  const views = new Map<string, ScanView>()
  const requests = new Map<string, ScanRequest>()
  const running = new Map<string, AbortController>()
  for (const view of stored(folder)) show(view)

  function show(view: ScanView): ScanView {
    views.set(view.id, view)
    app.hub.setScan(view)
    return view
  }

  function keep(view: ScanView): ScanView {
    fs.mkdirSync(path.join(folder, view.id), { recursive: true, mode: 0o700 })
    writeWhole(path.join(folder, view.id, 'scan.json'), JSON.stringify(view))
    return show(view)
  }

  function startNext(): void {
    for (const view of views.values()) {
      if (running.size >= AT_ONCE || app.closing.aborted) return
      const request = requests.get(view.id)
      if (view.state !== 'waiting' || !request) continue
      const stop = new AbortController()
      running.set(view.id, stop)
      void run(view, request, AbortSignal.any([stop.signal, app.closing])).finally(() => {
        running.delete(view.id)
        requests.delete(view.id)
        startNext()
      })
    }
  }

  async function run(waiting: ScanView, request: ScanRequest, signal: AbortSignal): Promise<void> {
    const { clock, logger, workFolder } = app.environment
    let view = show({ ...waiting, state: 'running' })
    const ended = (change: Partial<ScanView>) =>
      keep({ ...view, endedAt: new Date(clock.now()).toISOString(), ...change } as ScanView)
    const journal = openSqliteJournal(journalFile(folder, view.id), { sealer: PLAIN })
    let shownAtMs = 0
    try {
      const place = await placeFor(app, request.destination, signal)
      const outcome = await scanSource(
        { journal, openSource: sourceOpener(app.environment), compileGlobs, clock, logger, identities: hostOf(app) },
        { source: request.source, settings: taskSettingsSchema.parse(request.settings ?? {}) },
        {
          agentName: workFolder.agentName(),
          drainSignal: signal,
          signal,
          place,
          onProgress({ scannedFiles, scannedFolders, scannedBytes }) {
            if (clock.now() - shownAtMs < SHOW_EVERY_MS || signal.aborted) return
            shownAtMs = clock.now()
            view = show({ ...view, files: scannedFiles, folders: scannedFolders, bytes: scannedBytes })
          },
        },
      )
      if (signal.aborted) ended({ state: 'canceled' })
      else if (outcome.error) ended({ state: 'failed', error: toWire(outcome.error) })
      else ended({ state: 'done', ...(await countScan(journal)), hasAccess: hasAccessMatrix(journal) })
    } catch (thrown) {
      ended(signal.aborted ? { state: 'canceled' } : { state: 'failed', error: toWire(asMigrationError(thrown)) })
    } finally {
      journal.close()
    }
  }

  function known(scanId: string): ScanView {
    const view = views.get(scanId)
    if (view) return view
    throw new MigrationError('INPUT_USAGE', 'This scan was removed meanwhile.', {
      remedy: { kind: 'stopTask' },
      fix: 'Scan the source again.',
    })
  }

  return {
    scannedPaths: () => [...views.values()].flatMap(({ state, source }) => (state === 'done' ? [source.path] : [])).reverse(),
    handlers: {
      'scans.start': async ({ scans }) => {
        const started = scans.map((request) => {
          const view = keep(newScan(request, app.environment.clock.now()))
          requests.set(view.id, request)
          return view
        })
        startNext()
        return { scans: started }
      },
      'scans.cancel': async ({ scanId }) => {
        const view = known(scanId)
        running.get(scanId)?.abort()
        return view.state === 'waiting' ? keep({ ...view, state: 'canceled' }) : view
      },
      'scans.remove': async ({ scanId }) => {
        known(scanId)
        running.get(scanId)?.abort()
        views.delete(scanId)
        requests.delete(scanId)
        app.hub.removeScan(scanId)
        fs.rmSync(path.join(folder, scanId), { recursive: true, force: true })
        return { scanId }
      },
      'scans.items': async (request) => listItems(known(request.scanId), request, folder),
    },
  }
}

/** Accounts are looked up where there is a tenant to look into. */
function hostOf(app: App): ReturnType<typeof identitiesOf> | undefined {
  return fs.existsSync(app.environment.workFolder.connectionFile) ? identitiesOf(app.host()) : undefined
}

function newScan({ source, destination }: ScanRequest, nowMs: number): ScanView {
  return {
    id: randomUUID(),
    name: source.path.split(/[\\/]/).findLast((part) => part !== '') ?? source.path,
    source,
    ...(destination === undefined ? {} : { destination }),
    state: 'waiting',
    createdAt: new Date(nowMs).toISOString(),
    files: 0,
    folders: 0,
    bytes: 0,
    issues: [],
  }
}

/** What was running when the program ended is over. */
function stored(folder: string): readonly ScanView[] {
  if (!fs.existsSync(folder)) return []
  return fs
    .readdirSync(folder)
    .flatMap((id) => {
      try {
        const view = scanViewSchema.parse(JSON.parse(fs.readFileSync(path.join(folder, id, 'scan.json'), 'utf8')))
        return [view.state === 'running' || view.state === 'waiting' ? { ...view, state: 'canceled' as const } : view]
      } catch {
        return []
      }
    })
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
}

const journalFile = (folder: string, scanId: string): string => path.join(folder, scanId, 'scan.sqlite')

const ABSENT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DST_LIBRARY_NOT_FOUND',
  'DST_NOT_FOUND',
  'DST_CHANNEL_FOLDER_MISSING',
])

/** A place that the migration would make is judged as far as it can be. */
async function placeFor(app: App, destination: DestinationSpec | undefined, signal: AbortSignal): Promise<PlaceFacts> {
  if (!destination) return UNKNOWN_PLACE
  try {
    return (await app.host().service.destinations.open(destination, { createMissing: false, signal })).place
  } catch (thrown) {
    if (thrown instanceof MigrationError && ABSENT.has(thrown.code)) return UNKNOWN_PLACE
    throw thrown
  }
}

function listItems(
  view: ScanView,
  { code, rules, afterId, limit }: ParsedRequest<'scans.items'>,
  folder: string,
): CommandResponse<'scans.items'> {
  const journal = readSqliteJournal(journalFile(folder, view.id))
  if (!journal) return { items: [] }
  const rename = rules === undefined ? undefined : nameRulesSchema.parse(rules)
  const items: CommandResponse<'scans.items'>['items'] = []
  try {
    let after = afterId
    for (let seen = 0; seen < LOOKED_AT_MAX; seen += PAGE) {
      const page = journal.items({ afterId: after, limit: PAGE, hasIssues: true })
      for (const item of page) {
        after = item.id
        const issues = item.issues.filter((issue) => code === undefined || issue.code === code)
        if (issues.length === 0) continue
        const newName = rename && item.state === 'scanned' ? repaired(item, rename) : item.destName
        items.push({
          id: item.id,
          path: item.relPath,
          kind: item.kind,
          sizeBytes: item.sizeBytes,
          travels: item.state === 'scanned',
          details: issues.map(({ detail }) => detail),
          ...(item.state === 'scanned' && newName !== undefined && newName !== item.name ? { newName } : {}),
        })
        if (items.length >= limit) return { items, nextAfterId: after }
      }
      if (page.length < PAGE) return { items }
    }
    return { items, nextAfterId: after }
  } finally {
    journal.close()
  }
}

function repaired(item: JournalItem, rules: Parameters<typeof repairName>[1]): string | undefined {
  return repairName(item.name, rules, { isFolder: item.kind === 'folder', isLibraryRoot: false, blocksScriptTypes: false })
}
