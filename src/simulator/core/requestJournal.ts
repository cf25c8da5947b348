import fs from 'node:fs'
import readline from 'node:readline'
import type { Service } from './http.ts'

/** One request as it was received and answered; `$batch` parts have rows of their own. */
export interface JournalRow {
  readonly seq: number
  /** Tenant clock at arrival. */
  readonly timeMs: number
  readonly requestId: string
  clientRequestId?: string
  /** Request id of the `$batch` that this request was a part of. */
  batchId?: string
  readonly service: Service | 'unknown'
  readonly host: string
  readonly method: string
  /** Path and query; secrets in the query are replaced by `REDACTED`. */
  readonly path: string
  route?: string
  appId?: string
  user?: string
  userAgent?: string
  /** TCP port of the client's end of the connection: which process it was, when several share an application. */
  peerPort?: number
  /** On writes that were carried out: id of the item that they made or changed. */
  item?: string
  /** 0 when no reply could be sent. */
  status: number
  resourceUnits: number
  /** On requests to the directory: its own units. */
  directoryUnits?: number
  bytesIn: number
  bytesOut: number
  durationMs: number
  retryAfterMs?: number
  /** The client began this request although it must have read a reply that told it to wait (waitLedger.ts says when that is certain). */
  retryAfterViolation?: boolean
  /** How long after the refusal had been sent this request arrived; only on violations. */
  sinceToldMs?: number
  /** Name of the fault rule that changed the outcome. */
  fault?: string
  /** On faults: whether the request took effect although the client was told otherwise. */
  effectApplied?: boolean
  /** Nothing in the simulator answers to this request. */
  unknown?: boolean
  /** The simulator itself failed; its words. */
  defect?: string
}

export interface JournalTotals {
  requests: number
  resourceUnits: number
  throttled: number
  violations: number
  unknown: number
  defects: number
  bytesIn: number
  bytesOut: number
}

export interface JournalSummary extends JournalTotals {
  readonly byApp: Readonly<Record<string, JournalTotals>>
  readonly byRoute: Readonly<Record<string, JournalTotals>>
  readonly byStatus: Readonly<Record<string, number>>
}

export interface RequestJournal {
  nextSeq(): number
  /** Rows are added when they are complete, so `seq` may arrive out of order by as much as requests overlap. */
  add(row: JournalRow): void
  /** The latest rows with `seq` above `after`, in order of `seq`. Memory keeps 20,000; older ones are in the file only. */
  rows(options?: { readonly after?: number; readonly limit?: number }): readonly JournalRow[]
  /** Like `rows`, from the file where memory does not reach back far enough. */
  page(options: { readonly after: number; readonly limit: number }): Promise<readonly JournalRow[]>
  summary(): JournalSummary
  flush(): void
  close(): void
}

const KEPT_ROWS = 20_000
/** Rows stand in the file in the order of their completion; this many may stand behind one that began after them. */
const OVERLAP_ROWS = 1_000
const FLUSH_BYTES = 64 * 1024
const FLUSH_INTERVAL_MS = 200
/** Query options that are as good as a password. `sig` is the signature of a SAS. */
const SECRET_OPTIONS =
  /([?&](?:tempauth|sig|access_token|code|client_secret|refresh_token|id_token|state|guestaccesstoken|prooftoken)=)[^&]*/gi

/** The path of a request with the secrets of its query replaced. */
export function redactTarget(target: string): string {
  return target.includes('?') ? target.replace(SECRET_OPTIONS, '$1REDACTED') : target
}

/** Writes rows to `filePath` (JSON lines, appended with a small delay) and keeps totals and the latest rows in memory. Without a path, memory only. */
export function createRequestJournal(filePath?: string): RequestJournal {
  const file = filePath === undefined ? undefined : fs.openSync(filePath, 'a', 0o600)
  let seq = filePath === undefined ? 0 : lastSeq(filePath)
  let kept: JournalRow[] = []
  let pending: string[] = []
  let pendingBytes = 0
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  const totals = noTotals()
  const byApp: Record<string, JournalTotals> = {}
  const byRoute: Record<string, JournalTotals> = {}
  const byStatus: Record<string, number> = {}

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (file !== undefined && pending.length > 0) fs.writeSync(file, pending.join(''))
    pending = []
    pendingBytes = 0
  }

  return {
    nextSeq: () => ++seq,
    add(row) {
      if (isClosed) return
      kept.push(row)
      if (kept.length > KEPT_ROWS * 2) kept = kept.slice(-KEPT_ROWS)
      count(totals, row)
      byApp[row.appId ?? '-'] ??= noTotals()
      count(byApp[row.appId ?? '-'], row)
      byRoute[row.route ?? '-'] ??= noTotals()
      count(byRoute[row.route ?? '-'], row)
      byStatus[row.status] = (byStatus[row.status] ?? 0) + 1
      if (file === undefined) return
      const line = `${JSON.stringify(row)}\n`
      pending.push(line)
      pendingBytes += line.length
      if (pendingBytes >= FLUSH_BYTES) flush()
      else timer ??= setTimeout(flush, FLUSH_INTERVAL_MS).unref()
    },
    rows({ after = 0, limit = Number.POSITIVE_INFINITY } = {}) {
      return kept
        .filter((row) => row.seq > after)
        .sort((a, b) => a.seq - b.seq)
        .slice(0, limit)
    },
    async page({ after, limit }) {
      const oldest = kept.reduce((least, row) => Math.min(least, row.seq), Number.POSITIVE_INFINITY)
      if (filePath === undefined || after + 1 >= oldest) return this.rows({ after, limit })
      flush()
      const rows: JournalRow[] = []
      for await (const line of readline.createInterface({ input: fs.createReadStream(filePath) })) {
        // Written by this module alone.
        const row = JSON.parse(line) as JournalRow
        if (row.seq > after) rows.push(row)
        if (rows.length >= limit + OVERLAP_ROWS) break
      }
      return rows.sort((a, b) => a.seq - b.seq).slice(0, limit)
    },
    summary: () => structuredClone({ ...totals, byApp: { ...byApp }, byRoute: { ...byRoute }, byStatus: { ...byStatus } }),
    flush,
    close() {
      if (isClosed) return
      flush()
      isClosed = true
      if (file !== undefined) fs.closeSync(file)
    },
  }
}

/** The last number that an earlier run has given, so that numbers go on after a restart. */
function lastSeq(filePath: string): number {
  const { size } = fs.statSync(filePath)
  const tail = Buffer.alloc(Math.min(size, 256 * 1024))
  const file = fs.openSync(filePath, 'r')
  fs.readSync(file, tail, 0, tail.length, size - tail.length)
  fs.closeSync(file)
  const numbers = [...tail.toString('utf8').matchAll(/^\{"seq":(\d+),/gm)].map((found) => Number(found[1]))
  return Math.max(0, ...numbers)
}

function noTotals(): JournalTotals {
  return { requests: 0, resourceUnits: 0, throttled: 0, violations: 0, unknown: 0, defects: 0, bytesIn: 0, bytesOut: 0 }
}

function count(totals: JournalTotals | undefined, row: JournalRow): void {
  if (totals === undefined) return
  totals.requests++
  totals.resourceUnits += row.resourceUnits
  totals.bytesIn += row.bytesIn
  totals.bytesOut += row.bytesOut
  if (row.status === 429 || (row.status === 503 && row.retryAfterMs !== undefined)) totals.throttled++
  if (row.retryAfterViolation) totals.violations++
  if (row.unknown) totals.unknown++
  if (row.defect !== undefined) totals.defects++
}
