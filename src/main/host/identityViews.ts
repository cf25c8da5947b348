import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { IdentityView } from '../../shared/contract/identities.ts'
import { type IdentityMapping, identityKey } from '../../shared/domain/identity.ts'
import { taskIdSchema } from '../../shared/domain/ids.ts'
import { defaultTaskSettings } from '../../shared/domain/settings.ts'
import { readSqliteJournal } from '../adapters/sqlite/sqliteJournal.ts'
import { AccountFinder } from '../engine/identity/accountFinder.ts'
import type { Directory } from '../engine/ports/directory.ts'
import type { ReadableJournal } from '../engine/ports/journal.ts'
import type { Identities } from './identities.ts'
import { type WorkFolder, writeWhole } from './workFolder.ts'

const PAGE = 500
const keptSchema = z.array(
  z.object({ sid: z.string(), name: z.string().optional(), listedCount: z.number(), ownedCount: z.number() }),
)
type MetAccount = z.infer<typeof keptSchema>[number]

/** Keeps which accounts a scan without a task has met, so that they can be settled afterwards. One file per source, the last scan counts. */
export function keepAccounts(workFolder: WorkFolder, sourcePath: string, journal: ReadableJournal): void {
  const folder = path.join(workFolder.path, 'identities')
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const name = createHash('sha256').update(sourcePath.toLowerCase()).digest('hex').slice(0, 16)
  writeWhole(path.join(folder, `${name}.json`), JSON.stringify(accountsOf(journal)))
}

/**
 * Every account that scans and rounds of this install have met, and every row that holds for the project, found out anew: unmapped first, and
 * among equals those with most items first.
 */
export async function identityViews(
  deps: { readonly workFolder: WorkFolder; readonly directory: Directory; readonly identities: Identities },
  signal: AbortSignal,
): Promise<readonly IdentityView[]> {
  const met = metAccounts(deps.workFolder)
  const rows = await deps.identities.rows(signal)
  const finder = new AccountFinder({
    settings: defaultTaskSettings(),
    projectMap: rows,
    access: { accountSpellings: (sid) => [sid, met.get(sid)?.name ?? sid] },
    directory: deps.directory,
    signal,
  })
  await finder.meet(met.keys())
  const settled = new Map(rows.map((row) => [identityKey(row.source), row]))
  const views = [...met.values()].map((account): IdentityView => {
    const { names, way, target, account: found, suggestions } = finder.resolutionOf(account.sid)
    const name = account.name ?? names.find((one) => one !== account.sid) ?? (way === 'mapping' ? undefined : found?.displayName)
    const row = settled.get(identityKey(account.sid)) ?? (account.name && settled.get(identityKey(account.name)))
    if (row) settled.delete(identityKey(row.source))
    return {
      source: account.sid,
      ...(name === undefined ? {} : { name }),
      way,
      isUnmapped: target.kind === 'nobody',
      ...targetOf(target, found?.displayName),
      isSettled: row !== undefined && row !== '',
      suggestions: suggestions.map((one) => ({ target: one.upn ?? one.displayName, isGroup: one.kind !== 'person' })),
      listedCount: account.listedCount,
      ownedCount: account.ownedCount,
    }
  })
  return [...views, ...[...settled.values()].map(settledView)].sort(byNeed)
}

function metAccounts(workFolder: WorkFolder): ReadonlyMap<string, MetAccount> {
  const met = new Map<string, MetAccount>()
  const add = (accounts: readonly MetAccount[]) => {
    for (const one of accounts) {
      const known = met.get(one.sid)
      met.set(one.sid, {
        sid: one.sid,
        name: known?.name ?? one.name,
        listedCount: one.listedCount + (known?.listedCount ?? 0),
        ownedCount: one.ownedCount + (known?.ownedCount ?? 0),
      })
    }
  }
  for (const id of workFolder.tasksWithJournals()) {
    const task = taskIdSchema.safeParse(id).data
    const round = task && workFolder.rounds(task).at(-1)
    if (task !== undefined && round !== undefined) add(accountsIn(workFolder.journalFile(task, round)))
  }
  const scans = path.join(workFolder.path, 'scans')
  for (const id of fs.existsSync(scans) ? fs.readdirSync(scans) : []) add(accountsIn(path.join(scans, id, 'scan.sqlite')))
  const kept = path.join(workFolder.path, 'identities')
  for (const file of fs.existsSync(kept) ? fs.readdirSync(kept) : []) {
    if (file.endsWith('.json')) add(storedAccounts(path.join(kept, file)))
  }
  return met
}

/** A file that somebody else damaged tells nothing. */
function storedAccounts(file: string): readonly MetAccount[] {
  try {
    return keptSchema.safeParse(JSON.parse(fs.readFileSync(file, 'utf8'))).data ?? []
  } catch {
    return []
  }
}

function accountsIn(file: string): readonly MetAccount[] {
  const journal = readSqliteJournal(file)
  if (!journal) return []
  try {
    return accountsOf(journal)
  } finally {
    journal.close()
  }
}

function accountsOf(journal: ReadableJournal): readonly MetAccount[] {
  const found: MetAccount[] = []
  for (let afterSid = ''; ; ) {
    const page = journal.accounts({ afterSid, limit: PAGE })
    const last = page.at(-1)
    if (!last) return found
    afterSid = last.sid
    for (const { sid, name, listedCount, ownedCount } of page) found.push({ sid, name, listedCount, ownedCount })
  }
}

function targetOf(
  target: ReturnType<AccountFinder['resolutionOf']>['target'],
  displayName: string | undefined,
): Pick<IdentityView, 'target' | 'isGroup'> {
  switch (target.kind) {
    case 'person':
      return { target: target.upn, isGroup: false }
    case 'group':
      return { target: displayName ?? target.name, isGroup: true }
    case 'nobody':
      return { isGroup: false }
    default:
      return { target: target.kind, isGroup: target.kind === 'everyone' || target.kind === 'siteOwners' }
  }
}

function settledView({ source, target, isGroup }: IdentityMapping): IdentityView {
  return {
    source,
    way: 'mapping',
    isUnmapped: false,
    target,
    isGroup,
    isSettled: true,
    suggestions: [],
    listedCount: 0,
    ownedCount: 0,
  }
}

const weight = ({ listedCount, ownedCount }: IdentityView): number => listedCount + ownedCount

function byNeed(a: IdentityView, b: IdentityView): number {
  return Number(b.isUnmapped) - Number(a.isUnmapped) || weight(b) - weight(a) || (a.source < b.source ? -1 : 1)
}
