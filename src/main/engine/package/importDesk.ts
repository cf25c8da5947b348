import { MigrationError } from '../../../shared/errors.ts'
import { IMPORT_JOBS_MAX, JOB_POLL_FIRST_MS, JOB_POLL_MAX_MS } from '../../../shared/limits.ts'
import { PeopleDesk } from '../identity/peopleDesk.ts'
import type { ImportPlace, ImportService } from '../ports/importService.ts'
import type { JournalFact, JournalItem } from '../ports/journal.ts'
import type { JournalPackage } from '../ports/journalPackage.ts'
import { Room } from '../run/flights.ts'
import type { Round } from '../run/round.ts'
import { FolderDesk } from './folderDesk.ts'
import type { MintedItem } from './jobOutcome.ts'
import { type AchievedImport, LARGEST_TARGET, nextTarget, type PackageTarget } from './packagePlan.ts'

/** Packages that are being written at the same time; more only share the same line. */
const PACKING_AT_ONCE = 2
/** Packages under way: those that are written, and those whose jobs run, so that the next one is ready when a job ends. */
export const PACKAGES_IN_FLIGHT = PACKING_AT_ONCE + IMPORT_JOBS_MAX
const SAMPLES_MAX = 6

/** What the packages of one round share. */
export class ImportDesk {
  readonly imports: ImportService
  readonly place: ImportPlace
  readonly folders: FolderDesk
  readonly people: PeopleDesk
  readonly packing = new Room(PACKING_AT_ONCE)
  readonly memory: Room
  readonly jobs = new Room(IMPORT_JOBS_MAX)
  /** Server-relative paths of some files that were imported last: when Graph shows them it shows the others. */
  readonly samples: string[] = []
  #target: PackageTarget = LARGEST_TARGET
  #turnaroundMs: number | undefined
  #closedBecause: string | undefined
  #takesArchives = true

  constructor(round: Round, imports: ImportService, place: ImportPlace) {
    this.imports = imports
    this.memory = round.memory.packing
    this.place = place
    this.folders = new FolderDesk(round, imports, place)
    this.people = new PeopleDesk(round, imports)
  }

  get target(): PackageTarget {
    return this.#target
  }

  /** Why no package is sent any more; undefined while the route is open. */
  get closedBecause(): string | undefined {
    return this.#closedBecause
  }

  close(reason: string): void {
    this.#closedBecause ??= reason
  }

  /** Most jobs take as long as the one before: a look much earlier only costs a request. */
  get firstPollMs(): number {
    const expectedMs = (this.#turnaroundMs ?? 0) * 0.8
    return Math.min(JOB_POLL_MAX_MS, Math.max(JOB_POLL_FIRST_MS, Math.round(expectedMs)))
  }

  /** `turnaroundMs` = from the submission to the end, with the time in the queue, which says nothing about sizes. */
  achieved(achieved: AchievedImport & { readonly turnaroundMs: number }): void {
    this.#target = nextTarget(this.#target, achieved)
    if (achieved.isClean) this.#turnaroundMs = achieved.turnaroundMs
  }

  /** Whether small files of this package travel in archives. What is left of a job that was cut short never does: each file by itself. */
  archives(which: Pick<JournalPackage, 'cutCount'>): boolean {
    return this.#takesArchives && which.cutCount === 0
  }

  /** An import that did not take what was in archives is not offered any more in this round. */
  closeArchives(): void {
    this.#takesArchives = false
  }

  sample(serverRelativePath: string): void {
    this.samples.push(serverRelativePath)
    if (this.samples.length > SAMPLES_MAX) this.samples.shift()
  }

  /** The items with every id that stands for them in the manifest; the same on every call. */
  async mint(items: readonly JournalItem[]): Promise<readonly MintedItem<JournalItem>[]> {
    const minted: MintedItem<JournalItem>[] = []
    for (const item of items) {
      if (item.kind === 'folder') {
        const node = await this.folders.of(item)
        minted.push({ item, guids: [node.id], path: node.path })
      } else {
        const path = `${(await this.folders.around(item)).path}/${item.destName}`
        minted.push({ item, guids: [this.folders.fileId(path)], path })
      }
    }
    return minted
  }
}

/** A route that is closed to a task that asked for nothing else stops the task; otherwise the items go the other way. */
export function closeRoute(round: Round, desk: ImportDesk, error: MigrationError): void {
  if (round.task.settings.route === 'package' && error.code === 'JOB_NOT_ALLOWED') {
    throw new MigrationError(error.code, error.message, {
      remedy: { kind: 'stopTask' },
      ...(error.fix === undefined ? {} : { fix: error.fix }),
      cause: error,
    })
  }
  round.logger.log('warn', 'packages.closed', { code: error.code, message: error.message })
  desk.close(error.message)
}

export const toSession = (item: Pick<JournalItem, 'id'>, reason: string): JournalFact => ({
  fact: 'rerouted',
  id: item.id,
  route: 'session',
  reason,
})
