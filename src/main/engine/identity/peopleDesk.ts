import type { ItemIssue } from '../../../shared/domain/item.ts'
import type { ImportPerson, ImportService } from '../ports/importService.ts'
import type { JournalItem } from '../ports/journal.ts'
import { patiently, type Round } from '../run/round.ts'
import { createOwnerFinder, type OwnerFinder, unknownOwner } from './ownerIssues.ts'

/** Who stands as author in a package, and what is to be reported when nobody does. */
export interface Authorship {
  readonly person: ImportPerson | undefined
  readonly issue: ItemIssue | undefined
}

/**
 * Finds the people that owners are, as the site knows them. Each person is asked for once per round: a login that the site does not know would
 * become a deleted user, or the system's account, without a word. [D.6, H.2]
 */
export class PeopleDesk {
  readonly #round: Round
  readonly #imports: ImportService
  readonly #owners: Promise<OwnerFinder>
  readonly #people = new Map<string, Promise<Authorship>>()

  constructor(round: Round, imports: ImportService) {
    this.#round = round
    this.#imports = imports
    this.#owners = createOwnerFinder(round)
    // Whoever asks is told.
    this.#owners.catch(() => undefined)
  }

  async authorOf(item: Pick<JournalItem, 'owner'>): Promise<Authorship> {
    const owners = await this.#owners
    await owners.meet([item.owner])
    const finding = owners.of(item.owner)
    if (finding.kind !== 'person') return NOBODY
    const key = finding.upn.toLowerCase()
    const asked = this.#people.get(key) ?? this.#ask(finding.upn)
    this.#people.set(key, asked)
    return await asked
  }

  async #ask(upn: string): Promise<Authorship> {
    try {
      const person = await patiently(this.#round, (signal) => this.#imports.person(upn, signal))
      if (person !== undefined) return { person, issue: undefined }
      return { person: undefined, issue: unknownOwner(`The identity map names "${upn}", whom the site does not know.`).issue }
    } catch (thrown) {
      this.#people.delete(upn.toLowerCase())
      throw thrown
    }
  }
}

/** Also for an owner whom the map does not know: the scan has said so. */
const NOBODY: Authorship = { person: undefined, issue: undefined }
