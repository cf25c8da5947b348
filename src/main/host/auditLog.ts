import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { AuditEntry } from '../../shared/domain/audit.ts'
import type { AgentId } from '../../shared/domain/ids.ts'
import { asMigrationError } from '../../shared/errors.ts'
import { MINUTE_MS } from '../../shared/units.ts'
import { type AuditFinding, appendTo, type ChainHead, headsOf, keyOf, verifyAudit } from '../engine/audit/chain.ts'
import { inOrder } from '../engine/audit/order.ts'
import type { KeyedList } from '../engine/ports/keyedList.ts'
import type { Logger } from '../engine/ports/runtime.ts'
import { makeFolder, type WorkFolder, writeWhole } from './workFolder.ts'

/** Looks at the ends of other chains cost units of the fleet. [ours] */
const WITNESSES_EVERY_MS = 10 * MINUTE_MS

const headSchema = z.object({ chain: z.string(), seq: z.number().int().min(1), hash: z.string() })
const newsSchema = z.object({
  at: z.string(),
  who: z.string(),
  action: z.string(),
  taskId: z.string().optional(),
  subject: z.string().optional(),
  detail: z.string().optional(),
})

/** What happened, as its doer says it. */
export interface Deed {
  readonly action: string
  readonly taskId?: string | undefined
  readonly subject?: string | undefined
  readonly detail?: string | undefined
}

/** The audit of the project as this install writes and reads it. */
export interface AuditLog {
  /**
   * Notes what has been done. It is on this disk when it returns, and in the tenant when that answers; else it follows with the next deed.
   * Never throws for an outage: what has been done is done.
   */
  record(deed: Deed, signal: AbortSignal): Promise<void>
  /** Oldest first. */
  read(signal: AbortSignal): Promise<readonly AuditEntry[]>
  verify(
    signal: AbortSignal,
  ): Promise<{ readonly entryCount: number; readonly chainCount: number; readonly findings: readonly AuditFinding[] }>
  /** End of this install's chain, as far as it is known here. */
  head(): ChainHead | undefined
}

export interface AuditLogDeps {
  readonly list: KeyedList<AuditEntry>
  readonly workFolder: WorkFolder
  readonly who: string
  readonly serverNow: () => number
  readonly logger: Logger
  /** Ends of other chains that agents have published. */
  readonly witnesses: (signal: AbortSignal) => Promise<readonly ChainHead[]>
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export function createAuditLog(deps: AuditLogDeps): AuditLog {
  const { list, workFolder, logger } = deps
  const folder = path.join(workFolder.path, 'audit')
  const headFile = path.join(folder, 'head.json')
  let chain: AgentId | undefined
  let witnessed: { readonly atMs: number; readonly heads: readonly ChainHead[] } = { atMs: 0, heads: [] }
  let last: Promise<void> = Promise.resolve()
  const ownChain = () => (chain ??= workFolder.agent().id)

  function head(): ChainHead | undefined {
    const stored = headSchema.safeParse(readJson(headFile)).data
    return stored && stored.chain === ownChain() ? stored : undefined
  }

  async function append(news: z.infer<typeof newsSchema>, signal: AbortSignal): Promise<void> {
    let known = head()
    const seen = (await recentWitnesses(signal)).find((one) => one.chain !== ownChain())
    for (;;) {
      const entry = appendTo(ownChain(), news, { head: known, seen, sha256 })
      const { row, isNew } = await list.add(keyOf(entry), entry, signal)
      if (!isNew) {
        // Another process of this install was faster, or this one lost its memory: the list knows where the chain ends.
        const heads = headsOf((await list.list(signal)).map(({ value }) => value))
        known = furthest(
          heads.find((one) => one.chain === ownChain()),
          row.value,
        )
        continue
      }
      writeWhole(headFile, JSON.stringify({ chain: entry.chain, seq: entry.seq, hash: entry.hash }))
      return
    }
  }

  /** Chains hold each other all the same when what they saw is some minutes old. */
  async function recentWitnesses(signal: AbortSignal): Promise<readonly ChainHead[]> {
    if (deps.serverNow() - witnessed.atMs > WITNESSES_EVERY_MS)
      witnessed = { atMs: deps.serverNow(), heads: await deps.witnesses(signal).catch(() => []) }
    return witnessed.heads
  }

  /** In the order in which it happened; what cannot be told now stays for the next time. */
  async function flush(signal: AbortSignal): Promise<void> {
    for (const name of fs.readdirSync(folder).sort()) {
      if (!name.startsWith('deed-')) continue
      const file = path.join(folder, name)
      const news = newsSchema.safeParse(readJson(file)).data
      if (news) await append(news, signal)
      fs.rmSync(file, { force: true })
    }
  }

  async function read(signal: AbortSignal): Promise<readonly AuditEntry[]> {
    const rows = await list.list(signal)
    return inOrder(rows.map(({ value }) => value))
  }

  return {
    async record(deed, signal) {
      makeFolder(folder, { mode: 0o700 })
      const at = new Date(deps.serverNow()).toISOString()
      const news = newsSchema.parse({ at, who: deps.who.slice(0, 300), ...shortened(deed) })
      writeWhole(path.join(folder, `deed-${at.replace(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}.json`), JSON.stringify(news))
      // One after the other: two at once would tell the same deed twice.
      const turn = last.then(() => flush(signal))
      last = turn.catch(() => undefined)
      try {
        await turn
      } catch (thrown) {
        const error = asMigrationError(thrown)
        logger.log('warn', 'audit.waits', { code: error.code, message: error.message })
      }
    },
    read,
    async verify(signal) {
      const entries = await read(signal)
      const own = head()
      const known = [...(await deps.witnesses(signal)), ...(own ? [own] : [])]
      return {
        entryCount: entries.length,
        chainCount: new Set(entries.map((entry) => entry.chain)).size,
        findings: verifyAudit(entries, { known, sha256 }),
      }
    },
    head,
  }
}

function furthest(one: ChainHead | undefined, other: ChainHead): ChainHead {
  return one && one.seq > other.seq ? one : { chain: other.chain, seq: other.seq, hash: other.hash }
}

function shortened({ action, taskId, subject, detail }: Deed): Deed {
  return {
    action,
    ...(taskId === undefined ? {} : { taskId }),
    ...(subject === undefined ? {} : { subject: subject.slice(0, 300) }),
    ...(detail === undefined ? {} : { detail: detail.slice(0, 8000) }),
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
