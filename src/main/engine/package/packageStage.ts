import type { ItemState } from '../../../shared/domain/item.ts'
import { asMigrationError, MigrationError } from '../../../shared/errors.ts'
import { CONTAINER_MARGIN_MS } from '../../../shared/limits.ts'
import type { ImportContainers, ImportService } from '../ports/importService.ts'
import type { JournalItem } from '../ports/journal.ts'
import type { JournalPackage } from '../ports/journalPackage.ts'
import { everyOne, Flights } from '../run/flights.ts'
import { patiently, type Round } from '../run/round.ts'
import { Drained, endsTask, throwIfStopped } from '../run/stopping.ts'
import { doubtsArchives } from './archivePlan.ts'
import { concludeJob } from './concludeJob.ts'
import { openContainers, sealContainers } from './containers.ts'
import { closeRoute, ImportDesk, PACKAGES_IN_FLIGHT, toSession } from './importDesk.ts'
import { workedMs } from './jobEvents.ts'
import { type JobVerdict, judgeJob, type MintedItem } from './jobOutcome.ts'
import { PackageFiller } from './packagePlan.ts'
import { packPackage } from './packPackage.ts'
import { settleImports } from './settleImports.ts'
import { readJobLogs, watchForItems, watchJob } from './watchJob.ts'

const PAGE_ITEMS = 500
/** Times that one package is written again because its containers or its submission were refused. */
const MAKINGS_MAX = 3

/**
 * Sends everything that travels by the bulk route: forms packages, writes them into their containers, submits them, follows their jobs, and
 * finds what they brought. What was under way when the process ended is taken up first. Afterwards no item waits for a package any more: it
 * is at the destination, has failed with the service's words, or goes by the session route. Errors: what ends the task; Drained.
 */
export async function packageStage(round: Round): Promise<void> {
  const { journal, destination } = round
  const hasPackages = journal.packages({ afterId: 0, limit: 1 }).length > 0
  const hasItems = journal.items({ afterId: 0, limit: 1, states: ['planned'], routes: ['package'] }).length > 0
  if (!hasPackages && !hasItems) return
  const { imports } = destination
  if (!imports) return rerouteAll(round, 'The bulk route is not available for this destination.')
  const desk = await openDesk(round, imports)
  if (desk === undefined) return rerouteAll(round, 'Importing is not possible for this destination.')
  const flights = new Flights({ capacity: PACKAGES_IN_FLIGHT, onFailure: round.stops.fail })
  const launch = (packageId: number) => flights.launch(1, () => carry(round, desk, packageId))
  try {
    for (let afterId = 0; ; ) {
      const [open] = journal.packages({ afterId, limit: 1, states: ['planned', 'submitting', 'submitted'] })
      if (!open) break
      afterId = open.id
      throwIfStopped(round.stops)
      await launch(open.id)
    }
    await formPackages(round, desk, launch)
  } catch (thrown) {
    round.stops.fail(thrown)
    throw thrown
  } finally {
    await flights.landed().finally(() => round.facts.flush())
  }
  if (desk.closedBecause !== undefined) rerouteWaiting(round, desk.closedBecause)
  await settleImports(round, desk)
}

/** undefined = SharePoint does not let this sign-in import; whoever asked for nothing else is told. */
async function openDesk(round: Round, imports: ImportService): Promise<ImportDesk | undefined> {
  try {
    return new ImportDesk(round, imports, await patiently(round, (signal) => imports.describe(signal)))
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    const error = asMigrationError(thrown)
    const hasJobs = round.journal.packages({ afterId: 0, limit: 1, states: ['submitting', 'submitted'] }).length > 0
    if (error.code !== 'JOB_NOT_ALLOWED' || round.task.settings.route === 'package' || hasJobs) throw thrown
    round.logger.log('warn', 'packages.closed', { code: error.code, message: error.message })
    return undefined
  }
}

/** One page ahead of what is in flight, so that sizes may follow what the first imports achieve. */
async function formPackages(round: Round, desk: ImportDesk, launch: (packageId: number) => Promise<void>): Promise<void> {
  const { journal } = round
  const filler = new PackageFiller<JournalItem>(() => desk.target)
  const form = async (items: readonly JournalItem[]) => {
    throwIfStopped(round.stops)
    const packageId = journal.nextPackageId()
    round.facts.now({
      fact: 'packageFormed',
      packageId,
      itemIds: items.map(({ id }) => id),
      cutCount: 0,
      atMs: round.clock.now(),
    })
    await launch(packageId)
  }
  for (let afterId = 0; desk.closedBecause === undefined; ) {
    const page = journal.items({
      afterId,
      limit: PAGE_ITEMS,
      states: ['planned'],
      kinds: ['file', 'folder'],
      routes: ['package'],
    })
    const last = page.at(-1)
    if (!last) break
    afterId = last.id
    for (const item of page) {
      for (const items of filler.add(item)) {
        if (desk.closedBecause !== undefined) return
        await form(items)
      }
    }
  }
  if (desk.closedBecause === undefined) for (const items of filler.finish()) await form(items)
}

/** One package, and whatever is left of it, to the end of its last job. The rooms of the desk decide how much goes on at once. */
async function carry(round: Round, desk: ImportDesk, packageId: number): Promise<void> {
  const which = round.journal.package(packageId)
  if (!which) return
  const left = await carryOne(round, desk, which)
  await everyOne(left.map((id) => carry(round, desk, id)))
}

async function carryOne(round: Round, desk: ImportDesk, which: JournalPackage): Promise<readonly number[]> {
  switch (which.state) {
    case 'planned':
      return await makeAndFollow(round, desk, which)
    case 'submitting': {
      countAgain(round, which)
      await endUnanswered(round, desk, which)
      return []
    }
    case 'submitted':
      countAgain(round, which)
      return await desk.jobs.hold(1, () => follow(round, desk, which))
    case 'ended':
      return []
  }
}

/** What an earlier process has put into containers is accepted as before. */
function countAgain(round: Round, which: JournalPackage): void {
  for (const item of round.journal.packageItems(which.id)) {
    if (item.kind === 'file' && item.state === 'uploading') round.tracker.beginAttempt(item.sizeBytes).stored()
  }
}

/** Writes the package, then waits until a job may be added. Returns the packages made of what its job left. */
async function makeAndFollow(round: Round, desk: ImportDesk, which: JournalPackage): Promise<readonly number[]> {
  for (let making = 1; ; making++) {
    if (desk.closedBecause !== undefined) return withdraw(round, which, desk.closedBecause)
    try {
      if (round.journal.packageItems(which.id).length === 0) return withdraw(round, which, 'Nothing in it could travel.')
      const { containers, isEmpty } = await desk.packing.hold(1, () => packPackage(round, desk, which))
      if (isEmpty) return withdraw(round, which, 'Nothing in it could travel.')
      return await desk.jobs.hold(1, async () => {
        if (containers.expiresAtMs - CONTAINER_MARGIN_MS <= round.clock.now()) throw expired()
        const submitted = await submit(round, desk, which, containers)
        return submitted === undefined ? [] : await follow(round, desk, submitted)
      })
    } catch (thrown) {
      round.stops.drop.throwIfAborted()
      const error = asMigrationError(thrown)
      const isTaken = round.journal.package(which.id)?.state !== 'planned'
      if (thrown instanceof Drained || isTaken || (endsTask(thrown) && error.code !== 'JOB_NOT_ALLOWED')) throw thrown
      takeBack(round, which)
      if (error.code === 'JOB_NOT_ALLOWED') closeRoute(round, desk, error)
      else if (making >= MAKINGS_MAX) {
        // A store that cannot be used at all will not be there for the next package either.
        if (error.code === 'JOB_CONTAINER_REFUSED') desk.close(error.message)
        return withdraw(round, which, error.message)
      } else round.logger.log('warn', 'package.madeAgain', { packageId: which.id, making, code: error.code })
    }
  }
}

/** Undefined = the answer was lost; what there is to know is in the journal. Errors: those of a submission that was surely not taken. */
async function submit(
  round: Round,
  desk: ImportDesk,
  which: JournalPackage,
  containers: ImportContainers,
): Promise<JournalPackage | undefined> {
  throwIfStopped(round.stops)
  round.facts.now({
    fact: 'packageSubmitting',
    packageId: which.id,
    containers: sealContainers(containers),
    expiresAtMs: containers.expiresAtMs,
  })
  try {
    const jobId = await patiently(round, (signal) => desk.imports.submit(containers, signal))
    round.facts.now({ fact: 'packageSubmitted', packageId: which.id, jobId, atMs: round.clock.now() })
    return round.journal.package(which.id)
  } catch (thrown) {
    round.stops.drop.throwIfAborted()
    const error = asMigrationError(thrown)
    if (error.remedy.kind === 'lookFirst') {
      await endUnanswered(round, desk, which)
      return undefined
    }
    if (error.code.startsWith('JNL_') || error.code === 'INTERNAL') throw thrown
    round.facts.now({ fact: 'packageNotTaken', packageId: which.id })
    throw thrown
  }
}

/** Follows the job to its end and writes down what it means. Returns the packages made of what it left. */
async function follow(round: Round, desk: ImportDesk, which: JournalPackage): Promise<readonly number[]> {
  const { jobId, submittedAtMs = round.clock.now() } = which
  if (jobId === undefined) return []
  const ended = await watchJob(round, desk, { jobId, submittedAtMs })
  const items = round.journal.packageItems(which.id).filter(({ state }) => state === 'uploading')
  const minted = await desk.mint(items)
  if (ended === undefined) {
    endLost(round, desk, which, minted)
    return []
  }
  const named = new Set(ended.complaints.flatMap(({ ids }) => ids))
  const containers = openContainers(which.containers)
  const mayHideErrors = ended.end !== 'ended' || ended.totalErrors > named.size
  const logged = mayHideErrors && containers ? await readJobLogs(round, desk, { jobId, containers }) : []
  const judged = judgeJob({ ...ended, complaints: [...ended.complaints, ...logged] }, minted)
  const verdict = withoutArchives(round, desk, { which, verdict: judged, filesCreated: ended.filesCreated })
  round.logger.log('info', 'package.ended', {
    packageId: which.id,
    kind: verdict.kind,
    items: items.length,
    refused: verdict.refused.length,
    otherRoute: verdict.otherRoute.length,
  })
  const turnaroundMs = round.clock.now() - submittedAtMs
  desk.achieved({ isClean: verdict.kind === 'imported', importMs: workedMs(ended) ?? turnaroundMs, turnaroundMs })
  takeSample(desk, minted, new Set(verdict.rest))
  return await concludeJob(round, desk, { which, minted, verdict })
}

/**
 * An import that could not take archives, or left out what was in them without a word, gets every file by itself from now on, also those of
 * this package.
 */
function withoutArchives(
  round: Round,
  desk: ImportDesk,
  job: {
    readonly which: JournalPackage
    readonly verdict: JobVerdict<JournalItem>
    readonly filesCreated: number
  },
): JobVerdict<JournalItem> {
  const { which, verdict, filesCreated } = job
  if (which.cutCount > 0 || !doubtsArchives(verdict, filesCreated)) return verdict
  round.logger.log('warn', 'package.archivesDoubted', { packageId: which.id, kind: verdict.kind, message: verdict.message })
  desk.closeArchives()
  return verdict.kind === 'defect' ? { ...verdict, kind: 'cutShort' } : verdict
}

/** The job may exist: nothing is submitted again. What does not arrive in time goes by the session route, which finds what is there. */
async function endUnanswered(round: Round, desk: ImportDesk, which: JournalPackage): Promise<void> {
  const items = round.journal.packageItems(which.id).filter(({ state }) => state === 'uploading')
  const minted = await desk.mint(items)
  round.logger.log('warn', 'package.unanswered', { packageId: which.id })
  await watchForItems(round, desk, minted)
  endLost(round, desk, which, minted)
}

function endLost(round: Round, desk: ImportDesk, which: JournalPackage, minted: readonly MintedItem<JournalItem>[]): void {
  round.logger.log('warn', 'package.lost', { packageId: which.id })
  takeSample(desk, minted, new Set(minted.map(({ item }) => item)))
  round.facts.now({
    fact: 'packageEnded',
    packageId: which.id,
    outcome: 'lost',
    message: 'Nobody knows how its job ended; the destination was looked at instead.',
    atMs: round.clock.now(),
  })
}

function takeSample(desk: ImportDesk, minted: readonly MintedItem<JournalItem>[], among: ReadonlySet<JournalItem>): void {
  const last = minted.filter(({ item }) => item.kind === 'file' && among.has(item)).at(-1)
  if (last) desk.sample(last.path)
}

function withdraw(round: Round, which: JournalPackage, reason: string): readonly number[] {
  const items = round.journal.packageItems(which.id).filter(({ state }) => state === 'uploading')
  round.logger.log('warn', 'package.withdrawn', { packageId: which.id, reason })
  round.facts.now(...items.map((item) => toSession(item, reason)), {
    fact: 'packageEnded',
    packageId: which.id,
    outcome: 'withdrawn',
    message: reason,
    atMs: round.clock.now(),
  })
  return []
}

/** The blobs of a package that is not submitted are worth nothing. */
function takeBack(round: Round, which: JournalPackage): void {
  round.facts.flush()
  for (const item of round.journal.packageItems(which.id)) {
    if (item.kind === 'file' && item.state === 'uploading' && item.acceptedBytes > 0) round.tracker.lost(item.sizeBytes)
  }
}

/** Also what is in packages: they go nowhere any more. */
const rerouteAll = (round: Round, reason: string): void => rerouteWaiting(round, reason, ['planned', 'uploading'])

function rerouteWaiting(round: Round, reason: string, states: readonly ItemState[] = ['planned']): void {
  for (;;) {
    const page = round.journal.items({ afterId: 0, limit: PAGE_ITEMS, states, routes: ['package'] })
    if (page.length === 0) return
    round.facts.now(...page.map((item) => toSession(item, reason)))
  }
}

const expired = () =>
  new MigrationError('JOB_CONTAINER_REFUSED', 'The container of the package has expired.', { remedy: { kind: 'lookFirst' } })
