import { z } from 'zod'
import { formatBytes, formatCount, formatDuration } from '../format.ts'
import type { SourceCount } from './countSource.ts'

const leftSchema = z.object({ path: z.string(), kind: z.string(), code: z.string().optional(), message: z.string() })
const receiptsSchema = z.object({ exact: z.number(), rewritten: z.number(), different: z.number(), unverifiable: z.number() })

const routeSchema = z.object({ files: z.number(), bytes: z.number(), resourceUnits: z.number() })

/** What `portage verify --json` says of one task. */
export const taskSummarySchema = z.object({
  name: z.string(),
  sourcePath: z.string(),
  agent: z.string(),
  migrated: z.object({ files: z.number(), folders: z.number(), bytes: z.number() }),
  failed: z.array(leftSchema),
  skipped: z.array(leftSchema),
  unfinished: z.array(leftSchema),
  receipts: receiptsSchema,
  routes: z.object({ package: routeSchema, session: routeSchema }),
  sharedUnits: z.number(),
  unverifiable: z.array(leftSchema),
})
export type TaskSummary = z.infer<typeof taskSummarySchema>

type Left = z.infer<typeof leftSchema>

/** The one document of `npm run demo -- --json`. Paths are relative to the source. */
export interface DemoResult {
  readonly source: SourceCount
  /** Files. */
  readonly migrated: number
  readonly migratedFolders: number
  readonly failed: readonly Left[]
  readonly skipped: readonly Left[]
  /** Items without an end, and how many the independent count of the source has more than the journal: both must be nothing. */
  readonly unaccounted: readonly string[]
  readonly receipts: z.infer<typeof receiptsSchema>
  /** What arrived by each route and what that cost; `sharedUnits` are listings and proofs for both. */
  readonly routes: TaskSummary['routes']
  readonly sharedUnits: number
  readonly unverifiable: readonly Left[]
  readonly reports: readonly string[]
  readonly resourceUnits: number
  readonly requests: number
  readonly durationMs: number
  readonly agents: number
}

/** Sums the tasks and balances them against a count of the source that was made on its own. */
export function mergeSummaries(
  summaries: readonly TaskSummary[],
  source: SourceCount,
  relativeTo: (sourcePath: string) => string,
): Pick<
  DemoResult,
  | 'source'
  | 'migrated'
  | 'migratedFolders'
  | 'failed'
  | 'skipped'
  | 'unaccounted'
  | 'receipts'
  | 'routes'
  | 'sharedUnits'
  | 'unverifiable'
> {
  const placed = (of: 'failed' | 'skipped' | 'unfinished' | 'unverifiable') =>
    summaries.flatMap((summary) =>
      summary[of].map((left) => ({
        ...left,
        path: [relativeTo(summary.sourcePath), left.path].filter((part) => part !== '').join('/'),
      })),
    )
  const sum = (of: (summary: TaskSummary) => number) => summaries.reduce((total, summary) => total + of(summary), 0)
  const route = (name: 'package' | 'session') => ({
    files: sum((summary) => summary.routes[name].files),
    bytes: sum((summary) => summary.routes[name].bytes),
    resourceUnits: sum((summary) => summary.routes[name].resourceUnits),
  })
  const failed = placed('failed')
  const skipped = placed('skipped')
  const migrated = sum((summary) => summary.migrated.files)
  const endedFiles = migrated + [...failed, ...skipped].filter((left) => left.kind !== 'folder').length
  const countedFiles = source.files + source.links + source.special
  return {
    source,
    migrated,
    migratedFolders: sum((summary) => summary.migrated.folders),
    failed,
    skipped,
    unverifiable: placed('unverifiable'),
    unaccounted: [
      ...placed('unfinished').map((left) => left.path),
      ...(endedFiles === countedFiles
        ? []
        : [`the source has ${countedFiles} entries that are no folders, the journals ended ${endedFiles}`]),
    ],
    receipts: {
      exact: sum((summary) => summary.receipts.exact),
      rewritten: sum((summary) => summary.receipts.rewritten),
      different: sum((summary) => summary.receipts.different),
      unverifiable: sum((summary) => summary.receipts.unverifiable),
    },
    routes: { package: route('package'), session: route('session') },
    sharedUnits: sum((summary) => summary.sharedUnits),
  }
}

const SHOWN_PER_LIST = 15

export function renderResult(result: DemoResult, sampleNotes: readonly string[]): string {
  const { source, receipts } = result
  const others = source.links + source.special
  return [
    '',
    ...sampleNotes.map((note) => `  sample: ${note}`),
    `Source       ${formatCount(source.files)} files${others > 0 ? ` and ${formatCount(others)} links and special files` : ''} in ${formatCount(source.folders)} folders, ${formatBytes(source.bytes)}`,
    `Migrated     ${formatCount(result.migrated)} files by ${result.agents} agent${result.agents === 1 ? '' : 's'} in ${formatDuration(result.durationMs)}`,
    `Receipts     ${formatCount(receipts.exact)} exact, ${formatCount(receipts.rewritten)} rewritten by SharePoint with equal content, ${formatCount(receipts.different)} different, ${formatCount(receipts.unverifiable)} unverifiable`,
    routeLine('Packages', result.routes.package),
    routeLine('Sessions', result.routes.session),
    `Cost         ${formatCount(result.requests)} requests, ${formatCount(result.resourceUnits)} resource units`,
    ...listed('Failed', result.failed),
    ...listed('Skipped', result.skipped),
    ...listed('Unverifiable', result.unverifiable),
    result.unaccounted.length === 0
      ? 'Every file of the source is accounted for.'
      : `NOT ACCOUNTED FOR: ${result.unaccounted.slice(0, SHOWN_PER_LIST).join(', ')}`,
    `Reports      ${result.reports.length} files in ${result.reports[0] === undefined ? 'no folder' : result.reports[0].replace(/[\\/][^\\/]+[\\/][^\\/]+$/, '')}`,
  ].join('\n')
}

function routeLine(title: string, route: TaskSummary['routes']['package']): string {
  return `${title.padEnd(12)} ${formatCount(route.files)} files, ${formatBytes(route.bytes)}, ${formatCount(route.resourceUnits)} resource units`
}

function listed(title: string, items: readonly Left[]): readonly string[] {
  if (items.length === 0) return []
  const rest = items.length - SHOWN_PER_LIST
  return [
    `${title.padEnd(12)} ${formatCount(items.length)}`,
    ...items.slice(0, SHOWN_PER_LIST).map((item) => `  ${JSON.stringify(item.path)}: ${item.code ?? ''} ${item.message}`),
    ...(rest > 0 ? [`  … and ${formatCount(rest)} more, all in the reports`] : []),
  ]
}
