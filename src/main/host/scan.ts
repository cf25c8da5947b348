import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import { type TaskSettings, taskSettingsSchema } from '../../shared/domain/settings.ts'
import type { DestinationSpec, SourceSpec } from '../../shared/domain/task.ts'
import { errorCatalogue } from '../../shared/errorCatalogue.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import { createCsvReportSink } from '../adapters/csv/csvReportSink.ts'
import { openSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { scanSource } from '../engine/engine.ts'
import type { ReadableJournal } from '../engine/ports/journal.ts'
import { hasAccessMatrix, hasAccounts } from '../engine/report/accessMatrixReport.ts'
import { roundReports } from '../engine/report/roundReports.ts'
import { type PlaceFacts, UNKNOWN_PLACE } from '../engine/scan/scanItem.ts'
import { writeAccessMatrix } from './accessMatrixFile.ts'
import { type Host, type HostEnvironment, withHost } from './createHost.ts'
import { compileGlobs, identitiesOf } from './engineDeps.ts'
import { keepAccounts } from './identityViews.ts'
import { sourceOpener } from './openSource.ts'

export { readScanFile } from '../adapters/csv/scanFileImport.ts'

const PAGE = 1000
const EXAMPLES_PER_CODE = 5

export interface ScanRequest {
  readonly source: SourceSpec
  readonly settings: Partial<TaskSettings>
  /** Names and path lengths are judged for this place; without it only what holds everywhere is judged. */
  readonly destination?: DestinationSpec
  readonly reportsFolder?: string
}

export interface ScanResult {
  readonly files: number
  readonly folders: number
  readonly bytes: number
  /** Files that would travel. */
  readonly travels: number
  readonly issues: readonly { readonly code: ErrorCode; readonly title: string; readonly itemCount: number }[]
  /** A few items per issue, with the name that each would get. */
  readonly examples: readonly {
    readonly path: string
    readonly destName: string | undefined
    readonly code: ErrorCode
    readonly detail: string
  }[]
  readonly reports: readonly string[]
}

/** Scans without a task and keeps nothing but the reports. Needs a connection only when a destination is given. */
export async function scanOnly(
  environment: HostEnvironment,
  request: ScanRequest,
  options: { readonly drain: AbortSignal; readonly drop: AbortSignal; readonly onProgress: (progress: TaskProgress) => void },
): Promise<ScanResult> {
  const isConnected = fs.existsSync(environment.workFolder.connectionFile)
  const looksUp = isConnected && request.settings.permissions !== undefined && request.settings.permissions !== 'none'
  if (request.destination === undefined && !looksUp) return await scanWith(environment, undefined, { request, options })
  return await withHost(environment, (host) => scanWith(environment, host, { request, options }))
}

async function scanWith(
  environment: HostEnvironment,
  host: Host | undefined,
  { request, options }: { readonly request: ScanRequest; readonly options: Parameters<typeof scanOnly>[2] },
): Promise<ScanResult> {
  const { destination } = request
  const place = host && destination ? await placeOf(host, destination, options.drop) : UNKNOWN_PLACE
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-scan-'))
  const plain = { seal: (text: string) => text, open: (text: string) => text }
  const journal = openSqliteJournal(path.join(folder, 'scan.sqlite'), { sealer: plain })
  try {
    const outcome = await scanSource(
      {
        journal,
        openSource: sourceOpener(environment),
        compileGlobs,
        clock: environment.clock,
        logger: environment.logger,
        identities: host && identitiesOf(host),
      },
      { source: request.source, settings: taskSettingsSchema.parse(request.settings) },
      {
        agentName: environment.workFolder.agentName(),
        drainSignal: options.drain,
        signal: options.drop,
        onProgress: options.onProgress,
        place,
      },
    )
    if (outcome.error) throw outcome.error
    if (host && hasAccounts(journal)) keepAccounts(environment.workFolder, request.source.path, journal)
    const reports: string[] = []
    if (request.reportsFolder !== undefined) {
      const sink = createCsvReportSink({ folder: request.reportsFolder })
      for (const table of roundReports(journal)) reports.push((await sink.write(table)).path)
      if (hasAccessMatrix(journal)) reports.push(writeAccessMatrix(journal, request.reportsFolder))
    }
    return { ...collect(journal), reports }
  } finally {
    journal.close()
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

async function placeOf(host: Host, destination: DestinationSpec, signal: AbortSignal): Promise<PlaceFacts> {
  return (await host.service.destinations.open(destination, { createMissing: false, signal })).place
}

function collect(journal: ReadableJournal): Omit<ScanResult, 'reports'> {
  const counts = new Map<ErrorCode, number>()
  const examples: ScanResult['examples'][number][] = []
  let [files, folders, bytes, travels] = [0, 0, 0, 0]
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const item of page) {
      if (item.kind === 'folder') folders++
      else if (item.kind === 'file') {
        files++
        bytes += item.sizeBytes
        if (item.state === 'scanned') travels++
      }
      for (const { code, detail } of item.issues) {
        const count = (counts.get(code) ?? 0) + 1
        counts.set(code, count)
        const destName = item.state === 'scanned' ? item.destName : undefined
        if (count <= EXAMPLES_PER_CODE) examples.push({ path: item.relPath, destName, code, detail })
      }
    }
  }
  const issues = [...counts]
    .map(([code, itemCount]) => ({ code, title: errorCatalogue[code].title, itemCount }))
    .sort((a, b) => b.itemCount - a.itemCount)
  return { files, folders, bytes, travels, issues, examples }
}
