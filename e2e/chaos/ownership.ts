import type { ReadBack } from '../graphCopy.ts'
import type { RequestRow } from './requestRows.ts'
import type { TaskRow } from './taskRows.ts'

export interface StoredItem extends ReadBack {
  /** Below the root of the library. */
  readonly libraryPath: string
}

export interface OwnershipFindings {
  /** Writes of an agent after another agent had taken over, or given away, what the item belongs to. */
  readonly zombieWrites: readonly string[]
  /** Rows that went from one agent to another. */
  readonly takeOvers: number
  /** Writes that could be judged: their agent, item and row are known. */
  readonly judgedWrites: number
  /** Writes of files and folders by an agent that are of no row, and files that nobody has written: something is wrong with the proof. */
  readonly unplacedWrites: readonly string[]
  /** Import jobs, of which the journal tells the sender only: it has to own something at that moment. */
  readonly imports: number
}

interface RowWrite {
  readonly agent: string
  readonly fromMs: number
  readonly toMs: number
}

/** Requests that make or change a file or a folder of the library. */
const CONTENT_ROUTES = new Set([
  'drive.content.put',
  'drive.session.fragment',
  'drive.session.commit',
  'drive.children.create',
  'drive.item.patch',
  'drive.item.delete',
])

const IMPORT_ROUTE = /^sharepoint\.migration\.job\.submit/

/** Also where the client was gone before the answer: the tenant notes the item all the same. */
const hasEffect = (row: RequestRow) =>
  (row.status >= 200 && row.status < 300) || row.effectApplied === true || row.item !== undefined

/**
 * Who owned what when, by the tenant's journal: whoever wrote last to the row of a task. Every such write is conditional, so the service
 * itself has put them in order. A write to the library counts as a zombie's when it reached the tenant after another agent's write to the
 * row had been answered, and before its own agent wrote to the row again.
 */
export function ownershipOf(facts: {
  readonly rows: readonly RequestRow[]
  readonly tasks: readonly TaskRow[]
  readonly stored: readonly StoredItem[]
  readonly agentOf: (row: RequestRow) => string | undefined
  readonly endedMs: (row: RequestRow) => number
}): OwnershipFindings {
  const { rows, tasks, stored, agentOf, endedMs } = facts
  const writes = rowWrites(facts)
  const items = new Map(stored.map((item) => [item.id, item]))
  const byDepth = [...tasks].sort((a, b) => b.folder.length - a.folder.length)
  const placed = (libraryPath: string) =>
    byDepth.find(({ folder }) => libraryPath === folder || libraryPath.startsWith(`${folder}/`))
  const zombieWrites: string[] = []
  const unplacedWrites: string[] = []
  let judgedWrites = 0
  let imports = 0
  const written = new Set<string>()
  for (const row of rows) {
    const agent = agentOf(row)
    if (IMPORT_ROUTE.test(row.route ?? '') && hasEffect(row) && agent !== undefined) {
      imports++
      if (![...writes.values()].some((own) => isOwner(own, agent, row.timeMs)))
        zombieWrites.push(`${agent} submitted an import (request ${row.seq}) and owned nothing`)
    }
    const item = row.item === undefined ? undefined : items.get(row.item)
    if (!CONTENT_ROUTES.has(row.route ?? '') || !hasEffect(row) || row.item === undefined || agent === undefined || !item)
      continue
    const task = placed(item.libraryPath)
    if (!task) {
      unplacedWrites.push(`${item.libraryPath} (request ${row.seq})`)
      continue
    }
    judgedWrites++
    written.add(item.id)
    // The folder of a part is made by whoever comes first; it belongs to both.
    const own = writes.get(rowKey(task)) ?? []
    const mayWrite =
      isOwner(own, agent, row.timeMs) ||
      (item.isFolder && ownsAbove(item.libraryPath, { byDepth, writes, agent, atMs: row.timeMs }))
    if (!mayWrite)
      zombieWrites.push(`${agent} wrote ${item.libraryPath} (request ${row.seq}) of ${task.name}${ownersText(own, row.timeMs)}`)
  }
  const takeOvers = [...writes.values()].reduce(
    (sum, all) => sum + all.filter(({ agent }, index) => index > 0 && all[index - 1]?.agent !== agent).length,
    0,
  )
  const unseen = stored.filter(({ id, isFolder }) => !isFolder && !written.has(id))
  if (imports === 0) unplacedWrites.push(...unseen.map(({ libraryPath }) => `${libraryPath} was written by nobody`))
  return { zombieWrites, takeOvers, judgedWrites, unplacedWrites, imports }

  function rowWrites(_: unknown): ReadonlyMap<string, readonly RowWrite[]> {
    const known = new Set(tasks.map(rowKey))
    const found = new Map<string, RowWrite[]>()
    for (const row of rows) {
      const key = row.method === 'PATCH' && hasEffect(row) ? keyOf(row.path, known) : undefined
      const agent = key === undefined ? undefined : agentOf(row)
      if (key === undefined || agent === undefined) continue
      const list = found.get(key) ?? []
      list.push({ agent, fromMs: row.timeMs, toMs: endedMs(row) })
      found.set(key, list)
    }
    return found
  }
}

const rowKey = ({ listId, itemId }: TaskRow) => `${listId.toLowerCase()}/${itemId}`

function keyOf(target: string, known: ReadonlySet<string>): string | undefined {
  const [, listId = '', itemId = ''] = /\/lists\/([^/]+)\/items\/(\d+)/i.exec(target) ?? []
  const key = `${decodeURIComponent(listId).toLowerCase()}/${itemId}`
  return known.has(key) ? key : undefined
}

/** An agent owns a row from the moment in which its write reached the tenant until another agent's write to it has been answered. */
function isOwner(writes: readonly RowWrite[], agent: string, atMs: number): boolean {
  const own = writes.findLast((write) => write.agent === agent && write.fromMs <= atMs)
  if (!own) return false
  return !writes.some((write) => write.agent !== agent && write.fromMs >= own.fromMs && write.toMs < atMs)
}

function ownsAbove(
  libraryPath: string,
  facts: {
    readonly byDepth: readonly TaskRow[]
    readonly writes: ReadonlyMap<string, readonly RowWrite[]>
    readonly agent: string
    readonly atMs: number
  },
): boolean {
  return facts.byDepth.some(
    (task) =>
      (libraryPath === task.folder || libraryPath.startsWith(`${task.folder}/`) || task.folder.startsWith(`${libraryPath}/`)) &&
      isOwner(facts.writes.get(rowKey(task)) ?? [], facts.agent, facts.atMs),
  )
}

function ownersText(writes: readonly RowWrite[], atMs: number): string {
  const last = writes.filter(({ toMs }) => toMs < atMs).slice(-3)
  return `: the row was last written by ${last.map(({ agent, toMs }) => `${agent} ${Math.round((atMs - toMs) / 1000)} s before`).join(', ') || 'nobody'}`
}
