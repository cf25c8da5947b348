import { MigrationError } from '../../../shared/errors.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { JournalPackage } from '../ports/journalPackage.ts'
import { Flights } from '../run/flights.ts'
import { patiently, type Round } from '../run/round.ts'
import { REFUSED_BY_IMPORT } from '../transfer/failure.ts'
import { closeRoute, type ImportDesk, toSession } from './importDesk.ts'
import type { JobVerdict, MintedItem, RefusedItem } from './jobOutcome.ts'
import { halves } from './packagePlan.ts'

/** Halving finds whoever ends every job among 250 in eight steps; whoever needs more goes another way. */
const CUTS_MAX = 14
const QUESTIONS_IN_FLIGHT = 8

/**
 * Writes down what the end of a job means, in one transaction: what the import refused or could not take goes by the session route with the
 * service's words, and what a job that was cut short did not bring is put into new packages. Returns the new packages.
 */
export async function concludeJob(
  round: Round,
  desk: ImportDesk,
  ended: {
    readonly which: JournalPackage
    readonly minted: readonly MintedItem<JournalItem>[]
    readonly verdict: JobVerdict<JournalItem>
  },
): Promise<readonly number[]> {
  const { which, verdict } = ended
  const facts: JournalFact[] = [
    ...verdict.refused.map((refusal) => {
      lost(round, refusal.item)
      return refuse(round, refusal)
    }),
    ...verdict.otherRoute.map(({ item, message }) => {
      lost(round, item)
      return toSession(item, `The import could not take it: ${message}`)
    }),
  ]
  const end = (outcome: 'imported' | 'cutShort' | 'withdrawn'): JournalFact => ({
    fact: 'packageEnded',
    packageId: which.id,
    outcome,
    message: verdict.message,
    atMs: round.clock.now(),
  })
  const elsewhere = (reason: string) =>
    verdict.rest.map((item) => {
      lost(round, item)
      return toSession(item, reason)
    })
  switch (verdict.kind) {
    case 'imported':
      round.facts.now(...facts, end('imported'))
      return []
    case 'cancelled':
      round.logger.log('warn', 'package.cancelled', { packageId: which.id })
      round.facts.now(...facts, end('cutShort'))
      return []
    case 'defect':
      round.logger.log('error', 'package.refused', { packageId: which.id, message: verdict.message })
      round.facts.now(...facts, ...elsewhere('The import refused the package as a whole.'), end('withdrawn'))
      return []
    case 'notAllowed':
      closeRoute(
        round,
        desk,
        new MigrationError('JOB_NOT_ALLOWED', `The import was refused: ${verdict.message}`, {
          remedy: { kind: 'stopTask' },
          fix:
            'Make the account a site collection administrator of the site, or give the app Sites.FullControl.All; where migration is blocked ' +
            'in the tenant, its administrator learns the reason from Microsoft; --route session goes past imports.',
        }),
      )
      round.facts.now(...facts, ...elsewhere('Importing is not allowed here.'), end('withdrawn'))
      return []
    case 'cutShort': {
      const missing = await whatIsMissing(round, desk, ended.minted, verdict.rest)
      const made = repack(round, { which, verdict, missing })
      for (const item of missing) lost(round, item)
      round.facts.now(...facts, end('cutShort'), ...made.facts)
      return made.packageIds
    }
  }
}

/** SharePoint is asked item by item: a job that was cut short does not say what it had done. */
async function whatIsMissing(
  round: Round,
  desk: ImportDesk,
  minted: readonly MintedItem<JournalItem>[],
  rest: readonly JournalItem[],
): Promise<readonly JournalItem[]> {
  const wanted = new Set(rest)
  const missing = new Set<JournalItem>()
  const flights = new Flights({ capacity: QUESTIONS_IN_FLIGHT })
  try {
    for (const { item, path } of minted) {
      if (!wanted.has(item)) continue
      const kind = item.kind === 'folder' ? 'folder' : 'file'
      await flights.launch(1, async () => {
        const isThere = await patiently(round, (signal) => desk.imports.has({ kind, serverRelativePath: path }, signal))
        if (!isThere) missing.add(item)
      })
    }
  } finally {
    await flights.landed()
  }
  return minted.map(({ item }) => item).filter((item) => missing.has(item))
}

function repack(
  round: Round,
  cut: {
    readonly which: JournalPackage
    readonly verdict: JobVerdict<JournalItem>
    readonly missing: readonly JournalItem[]
  },
): { readonly packageIds: readonly number[]; readonly facts: readonly JournalFact[] } {
  const { which, verdict, missing } = cut
  const [only] = missing
  const isNamed = verdict.refused.length + verdict.otherRoute.length > 0
  if (only === undefined) return { packageIds: [], facts: [] }
  if (which.cutCount >= CUTS_MAX)
    return { packageIds: [], facts: missing.map((item) => toSession(item, 'Imports with it kept ending early.')) }
  if (missing.length === 1 && !isNamed && which.cutCount > 0) {
    return { packageIds: [], facts: [refuse(round, { item: only, code: 'JOB_FATAL', message: verdict.message })] }
  }
  let packageId = round.journal.nextPackageId()
  const packageIds: number[] = []
  const facts: JournalFact[] = []
  for (const items of isNamed ? [missing] : aroundSuspect(missing, which.cutCount)) {
    packageIds.push(packageId)
    facts.push({
      fact: 'packageFormed',
      packageId,
      itemIds: items.map(({ id }) => id),
      cutCount: which.cutCount + 1,
      atMs: round.clock.now(),
    })
    packageId++
  }
  return { packageIds, facts }
}

/**
 * Jobs go through the manifest in order, folders first: whoever ended this one is most likely the first that is missing, and travels alone
 * from now on. Where that was wrong the others are halved, so that whoever it is, is found in a few steps.
 */
function aroundSuspect(missing: readonly JournalItem[], cutCount: number): readonly (readonly JournalItem[])[] {
  const suspect = missing.find(({ kind }) => kind === 'folder') ?? missing[0]
  const others = missing.filter((item) => item !== suspect)
  const rest = cutCount === 0 ? [others] : halves(others)
  return [suspect === undefined ? [] : [suspect], ...rest].filter((items) => items.length > 0)
}

/**
 * What an import refuses may still be good for the session route, so it goes there once, with the words of the import; who asked for packages
 * alone gets it named instead. A folder is always made one by one, as everything in it.
 */
function refuse(round: Round, { item, code, message }: RefusedItem<JournalItem>): JournalFact {
  if (item.kind === 'folder') return toSession(item, `${REFUSED_BY_IMPORT} ${message}`)
  const isFatal = code === 'JOB_FATAL'
  round.logger.log('warn', 'import.refused', { id: item.id, code })
  if (round.task.settings.route !== 'package')
    return toSession(item, `${REFUSED_BY_IMPORT} ${isFatal ? 'The job ends whenever it meets it: ' : ''}${message}`)
  round.tracker.failed()
  const what = isFatal ? `The import ends whenever it meets "${item.relPath}"` : `The import refused "${item.relPath}"`
  return { fact: 'failed', id: item.id, stage: 'submitting', code, message: `${what}: ${message}`, atMs: round.clock.now() }
}

/** Its blob was counted as accepted. */
function lost(round: Round, item: JournalItem): void {
  if (item.kind === 'file') round.tracker.lost(item.sizeBytes)
}
