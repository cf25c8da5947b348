import {
  CONTAINER_LIFE_MS,
  JOB_POLL_FIRST_MS,
  JOB_POLL_MAX_MS,
  JOB_UNKNOWN_LOOKS_MAX,
  SUBMISSION_WATCH_MS,
} from '../../../shared/limits.ts'
import type { ImportContainers } from '../ports/importService.ts'
import type { JournalItem } from '../ports/journal.ts'
import { patiently, type Round } from '../run/round.ts'
import { throwIfStopped } from '../run/stopping.ts'
import type { ImportDesk } from './importDesk.ts'
import { guidsIn, type JobComplaint, type JobTally, NEW_JOB, parseJobEvent, tally } from './jobEvents.ts'
import type { MintedItem } from './jobOutcome.ts'

const GROWTH = 1.6
/** Looks after a fatal error: the service starts some jobs again by itself. */
const FATAL_LOOKS = 3
const LOG_SEGMENTS_MAX = 20
/** Items that are looked for when a submission got no answer. */
const PROBES = 3

/**
 * Follows a job to its end. Advised is one look a minute; small jobs take seconds, so the first look comes early and each one that brings
 * nothing new doubles the wait up to that minute. undefined = the job vanished. Errors: what ends the task; Drained (the job goes on).
 */
export async function watchJob(
  round: Round,
  desk: ImportDesk,
  job: { readonly jobId: string; readonly submittedAtMs: number },
): Promise<JobTally | undefined> {
  let token = '0'
  let state = NEW_JOB
  let unknownLooks = 0
  let fatalLooks = 0
  let waitMs = desk.firstPollMs
  for (;;) {
    await pause(round, waitMs, state.postponed)
    const page = await patiently(round, (signal) => desk.imports.progress(job.jobId, token, signal))
    if (page.kind === 'unknown') {
      if (++unknownLooks >= JOB_UNKNOWN_LOOKS_MAX) return undefined
    } else {
      unknownLooks = 0
      token = page.nextToken
      for (const line of page.lines) {
        const event = parseJobEvent(line)
        if (event) state = tally(state, event)
      }
      if (state.end === 'ended' || state.end === 'cancelled') return state
      fatalLooks = state.end === 'fatal' ? fatalLooks + 1 : 0
      if (fatalLooks >= FATAL_LOOKS) return state
      if (page.lines.length > 0) round.tracker.moved()
    }
    if (round.clock.now() - job.submittedAtMs > CONTAINER_LIFE_MS) return undefined
    waitMs = Math.min(JOB_POLL_MAX_MS, Math.max(JOB_POLL_FIRST_MS, Math.round(waitMs * GROWTH)))
  }
}

/** Complaints that the events did not carry, from the encrypted logs beside the manifest. A log that cannot be read tells nothing. [D.7] */
export async function readJobLogs(
  round: Round,
  desk: ImportDesk,
  job: { readonly jobId: string; readonly containers: ImportContainers },
): Promise<readonly JobComplaint[]> {
  const blobs = desk.imports.blobs(job.containers)
  const complaints: JobComplaint[] = []
  for (let segment = 1; segment <= LOG_SEGMENTS_MAX; segment++) {
    const text = await blobs.readLog(`Import-${job.jobId}-${segment}.err`, round.stops.drop)
    if (text === undefined) break
    for (const line of text.split(/\r?\n/)) {
      const ids = guidsIn(line)
      if (ids.length > 0) complaints.push({ ids, url: '', objectType: '', code: '', message: line.slice(0, 500), isFatal: false })
    }
  }
  return complaints
}

/**
 * A submission got no answer, so a job may exist whose id nobody knows. Looks at the destination, in SharePoint's own words, until what the
 * package holds appears and no more comes, or until nothing came for long enough. Never submits anything.
 */
export async function watchForItems(round: Round, desk: ImportDesk, minted: readonly MintedItem<JournalItem>[]): Promise<void> {
  const files = minted.filter(({ item }) => item.kind === 'file')
  const probes = [...new Set([files[0], files[Math.floor(files.length / 2)], files.at(-1)])].flatMap((file) => file ?? [])
  const begunAtMs = round.clock.now()
  let waitMs = JOB_POLL_FIRST_MS
  while (round.clock.now() - begunAtMs < SUBMISSION_WATCH_MS) {
    await pause(round, waitMs, 'A submission got no answer; looking whether its files arrive.')
    let arrived = 0
    for (const { path } of probes.slice(0, PROBES)) {
      if (await patiently(round, (signal) => desk.imports.has({ kind: 'file', serverRelativePath: path }, signal))) arrived++
    }
    if (arrived === probes.length) return
    waitMs = Math.min(JOB_POLL_MAX_MS, Math.round(waitMs * GROWTH))
  }
}

/** A wait that a drain ends too: the job goes on by itself. */
export async function pause(round: Round, waitMs: number, reason: string | undefined): Promise<void> {
  throwIfStopped(round.stops)
  if (reason !== undefined) round.tracker.waits(`SharePoint imports: ${reason}`, waitMs)
  const asked = AbortSignal.any([round.stops.drop, round.stops.drain])
  await round.tracker.spends('importingMs', round.clock.sleep(waitMs, asked)).catch((thrown: unknown) => {
    throwIfStopped(round.stops)
    throw thrown
  })
}
