import type { ItemKind, Route, Verdict } from '../../shared/domain/item.ts'
import type { TaskStatus } from '../../shared/domain/task.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { ReadableJournal } from '../engine/ports/journal.ts'

const PAGE = 1000

export interface LeftItem {
  readonly path: string
  readonly kind: ItemKind
  readonly code: ErrorCode | undefined
  readonly message: string
}

/** One round, item by item where something did not arrive. Every item of the source is counted in exactly one of the numbers. */
export interface RoundSummary {
  readonly status: TaskStatus | undefined
  readonly source: {
    readonly files: number
    readonly folders: number
    readonly links: number
    readonly special: number
    readonly bytes: number
  }
  readonly migrated: { readonly files: number; readonly folders: number; readonly bytes: number }
  readonly failed: readonly LeftItem[]
  readonly skipped: readonly LeftItem[]
  /** Items that have not come to an end yet. */
  readonly unfinished: readonly LeftItem[]
  readonly receipts: Readonly<Record<Verdict, number>>
  /** Migrated files without a proof either way, with the reason. */
  readonly unverifiable: readonly LeftItem[]
  /** Files that arrived by each route, and what it cost; listings and proofs serve both and are in neither. */
  readonly routes: Readonly<Record<Route, RouteSummary>>
  /** Resource units of listings and proofs. */
  readonly sharedUnits: number
}

export interface RouteSummary {
  readonly files: number
  readonly bytes: number
  readonly resourceUnits: number
}

export function summarizeRound(journal: ReadableJournal): RoundSummary {
  const source = { files: 0, folders: 0, links: 0, special: 0, bytes: 0 }
  const migrated = { files: 0, folders: 0, bytes: 0 }
  const receipts: Record<Verdict, number> = { exact: 0, rewritten: 0, different: 0, unverifiable: 0 }
  const { spentUnits } = journal.meta()
  const arrived: Record<Route, { files: number; bytes: number }> = {
    package: { files: 0, bytes: 0 },
    session: { files: 0, bytes: 0 },
  }
  const failed: LeftItem[] = []
  const skipped: LeftItem[] = []
  const unfinished: LeftItem[] = []
  const unverifiable: LeftItem[] = []
  const countOf = { file: 'files', folder: 'folders', symlink: 'links', special: 'special' } as const
  for (let afterId = 0; ; ) {
    const page = journal.items({ afterId, limit: PAGE })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const item of page) {
      source[countOf[item.kind]]++
      if (item.kind === 'file') source.bytes += item.sizeBytes
      if (item.kind === 'file' && item.verdict) receipts[item.verdict]++
      if (item.verdict === 'unverifiable') {
        unverifiable.push({ path: item.relPath, kind: item.kind, code: 'VFY_UNVERIFIABLE', message: item.verdictReason ?? '' })
      }
      const left: LeftItem = { path: item.relPath, kind: item.kind, code: item.errorCode, message: item.message ?? '' }
      switch (item.state) {
        case 'migrated':
          if (item.kind === 'folder') migrated.folders++
          else {
            migrated.files++
            migrated.bytes += item.sizeBytes
            const route = arrived[item.route ?? 'session']
            route.files++
            route.bytes += item.sizeBytes
          }
          break
        case 'failed':
          failed.push(left)
          break
        case 'filteredOut':
        case 'skipped':
          skipped.push(left)
          break
        case 'scanned':
        case 'planned':
        case 'uploading':
        case 'uploaded':
          unfinished.push(left)
          break
      }
    }
  }
  return {
    status: journal.meta().status,
    source,
    migrated,
    failed,
    skipped,
    unfinished,
    receipts,
    unverifiable,
    routes: {
      package: { ...arrived.package, resourceUnits: spentUnits.package },
      session: { ...arrived.session, resourceUnits: spentUnits.session },
    },
    sharedUnits: spentUnits.shared,
  }
}
