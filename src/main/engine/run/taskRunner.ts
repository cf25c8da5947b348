import type { ProgressStage } from '../../../shared/domain/progress.ts'
import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import { assertAccessDecided } from '../access/accessForecast.ts'
import { accessStage } from '../access/accessStage.ts'
import { authorStage } from '../identity/authorStage.ts'
import { packageStage } from '../package/packageStage.ts'
import { cutStage } from '../parts/cutStage.ts'
import { planStage } from '../plan/planStage.ts'
import type { RoundStage } from '../ports/journal.ts'
import type { SpentUnits } from '../ports/journalPackage.ts'
import type { ReportSink } from '../ports/reportSink.ts'
import { roundReports } from '../report/roundReports.ts'
import { matchStage } from '../rounds/matchStage.ts'
import { placeStage } from '../rounds/placeStage.ts'
import { tidyStage } from '../rounds/tidyStage.ts'
import { scanStage } from '../scan/scanStage.ts'
import { folderStage } from '../transfer/folderStage.ts'
import { folderTimesStage } from '../transfer/folderTimes.ts'
import { notebookStage } from '../transfer/notebookStage.ts'
import { transferStage } from '../transfer/transferStage.ts'
import { verifyStage } from '../verify/verifyStage.ts'
import { judgeRound } from './outcome.ts'
import { passGate, type Round } from './round.ts'
import { endsTask, throwIfStopped } from './stopping.ts'

const SHOWN_AS: Readonly<Record<RoundStage, ProgressStage>> = {
  opened: 'waiting',
  prepared: 'scanning',
  scanned: 'planning',
  matched: 'planning',
  moved: 'planning',
  planned: 'transferring',
  packaged: 'transferring',
  foldersMade: 'transferring',
  transferred: 'transferring',
  timesSet: 'verifying',
  verified: 'verifying',
  tidied: 'verifying',
  secured: 'reporting',
  reported: 'done',
}

/**
 * Takes a round from the stage that its journal has reached to its end. Each stage is entered again after a crash and goes on from the
 * facts; it is left by one record that says so. Errors: what ends the task; Drained; the reason of a drop.
 */
export async function runStages(
  round: Round,
  { reports, spentUnits }: { readonly reports: ReportSink | undefined; readonly spentUnits: (() => number) | undefined },
): Promise<void> {
  const { journal, tracker, stops } = round
  for (;;) {
    const { stage, sentBytes } = journal.meta()
    tracker.restore(journal.totals(), { sentBytes: Math.max(sentBytes, tracker.sentBytes), isPlanned: isPlanned(stage) })
    tracker.enters(SHOWN_AS[stage])
    if (stage === 'reported') return
    throwIfStopped(stops)
    if (SPENT_ON[stage] !== undefined) await passGate(round, 0)
    round.logger.log('info', 'round.stage', { stage })
    const unitsBefore = spentUnits?.() ?? 0
    const spend = (): SpentUnits => addUnits(journal.meta().spentUnits, stage, (spentUnits?.() ?? 0) - unitsBefore)
    let reached: RoundStage
    try {
      reached = await runStage(round, stage, reports)
    } catch (thrown) {
      if (!endsTask(thrown)) noteSpent(round, spend)
      throw thrown
    }
    const ends = reached === 'reported' ? { ...judgeRound(journal), endedAtMs: round.clock.now() } : {}
    journal.record([{ fact: 'meta', change: { stage: reached, sentBytes: tracker.sentBytes, spentUnits: spend(), ...ends } }])
  }
}

/** What each stage works for; listings and proofs serve both routes. */
const SPENT_ON: Readonly<Partial<Record<RoundStage, 'package' | 'session'>>> = {
  planned: 'package',
  packaged: 'session',
  foldersMade: 'session',
  transferred: 'session',
}

function addUnits(before: SpentUnits, stage: RoundStage, units: number): SpentUnits {
  const on = SPENT_ON[stage] ?? 'shared'
  return { ...before, [on]: before[on] + Math.max(0, units) }
}

/** A stage that is stopped has spent all the same; a journal that refuses to note it says so where it matters. */
function noteSpent({ journal, logger }: Round, spend: () => SpentUnits): void {
  try {
    journal.record([{ fact: 'meta', change: { spentUnits: spend() } }])
  } catch (thrown) {
    logger.log('debug', 'units.notNoted', { code: asMigrationError(thrown).code })
  }
}

/** The stage that is reached when it returns. */
async function runStage(
  round: Round,
  stage: Exclude<RoundStage, 'reported'>,
  reports: ReportSink | undefined,
): Promise<RoundStage> {
  const { journal, destination } = round
  switch (stage) {
    case 'opened':
      return 'prepared'
    case 'prepared':
      await scanStage(round, destination.place)
      assertRootTravels(round)
      assertNotEmptied(round)
      await assertAccessDecided(round)
      await cutStage(round)
      return 'scanned'
    case 'scanned':
      await matchStage(round)
      return 'matched'
    case 'matched':
      await placeStage(round)
      return 'moved'
    case 'moved':
      await planStage(round)
      return 'planned'
    case 'planned':
      await packageStage(round)
      return 'packaged'
    case 'packaged':
      await folderStage(round)
      return 'foldersMade'
    case 'foldersMade':
      await transferStage(round)
      return 'transferred'
    case 'transferred':
      await authorStage(round)
      await folderTimesStage(round)
      return 'timesSet'
    case 'timesSet': {
      const { sentAgainCount } = await verifyStage(round)
      if (sentAgainCount === 0) return 'verified'
      round.logger.log('warn', 'round.sendsAgain', { itemCount: sentAgainCount })
      journal.record([{ fact: 'meta', change: { listing: undefined } }])
      return 'planned'
    }
    case 'verified':
      await tidyStage(round)
      return 'tidied'
    case 'tidied':
      await notebookStage(round)
      await accessStage(round)
      return 'secured'
    case 'secured':
      await writeReports(round, reports)
      return 'reported'
  }
}

const UNPLANNED: ReadonlySet<RoundStage> = new Set<RoundStage>(['opened', 'prepared', 'scanned', 'matched', 'moved'])

function isPlanned(stage: RoundStage): boolean {
  return !UNPLANNED.has(stage)
}

/** Without its root nothing of a source can travel; that is no round with one failed item. */
function assertRootTravels({ journal, source }: Round): void {
  const root = journal.items({ afterId: 0, limit: 1 })[0]
  if (root?.depth === 0 && root.state === 'scanned') return
  throw new MigrationError(root?.errorCode ?? 'SRC_NOT_FOUND', root?.message ?? `The source ${source.rootPath} cannot be read.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Give the account of this agent read access to the source.',
  })
}

/** A share that is not mounted is an empty folder: a round that finds nothing where there was something has not seen the source. */
function assertNotEmptied({ journal, previous, source }: Round): void {
  const hasEntries = journal.items({ afterId: 0, limit: 2 }).length > 1
  const hadFiles = (previous?.items({ afterId: 0, limit: 1, kinds: ['file'] }).length ?? 0) > 0
  if (hasEntries || !hadFiles) return
  throw new MigrationError('SRC_NOT_FOUND', `The source ${source.rootPath} is empty, and the round before found files in it.`, {
    remedy: { kind: 'stopTask' },
    fix: 'Check that the share is mounted and that the path is right; a source that was emptied on purpose needs no further round.',
  })
}

/** A round is not undone because its reports could not be written: they can be exported from the journal at any time. */
async function writeReports(round: Round, reports: ReportSink | undefined): Promise<void> {
  if (!reports) return
  const { status, reason } = judgeRound(round.journal)
  round.journal.record([{ fact: 'meta', change: { status, reason, endedAtMs: round.clock.now() } }])
  try {
    for (const table of roundReports(round.journal)) await reports.write(table)
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    const error = asMigrationError(thrown)
    if (error.code.startsWith('JNL_') || error.code === 'INTERNAL') throw thrown
    round.logger.log('error', 'reports.notWritten', { code: error.code, message: error.message })
  }
}
