import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { MigrationError } from '../../../shared/errors.ts'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import type { ContentComparer } from '../ports/contentComparer.ts'
import type { Journal, JournalItem } from '../ports/journal.ts'
import { runTest } from '../testing/engineKit.ts'
import { SeededRandom } from '../testing/fakeClock.ts'
import { InstantClock } from '../testing/instantClock.ts'
import { MemoryDestination, type PortCall } from '../testing/memoryDestination.ts'
import { MemoryImports } from '../testing/memoryImports.ts'
import { MemorySource } from '../testing/memorySource.ts'
import { Death, mortal } from '../testing/mortal.ts'

/**
 * Several rounds of one task in a world that does not stand still: people change files at both ends, between the rounds and during them;
 * processes die and answers are lost. Nobody's edit may be overwritten by anything older, nothing may be stored twice, and what did not arrive
 * must have its name in the journal.
 */

const ROUNDS = 4
const FOLDERS = ['', 'd/', 'D/', 'd/e/', 'a:b/']
const NAMES = [
  'plan.txt',
  'Plan.txt',
  'PLAN.TXT',
  'plan (2).txt',
  'a:b.txt',
  'a_b.txt',
  'x.docx',
  'old.doc',
  '\u00e9.txt',
  'e\u0301.txt',
]
const SECOND_MS = 1000

/** What the service makes of Office files. */
const rewritten = (bytes: Uint8Array): Uint8Array => new Uint8Array([...bytes, 42])
const isOffice = (name: string): boolean => /\.docx?$/i.test(name)
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)

const WRITES: ReadonlySet<string> = new Set(['createFolder', 'putEmpty', 'sendFragment', 'setTimes'])

class World {
  readonly random: SeededRandom
  readonly clock = new InstantClock()
  readonly source = new MemorySource()
  readonly destination = new MemoryDestination()
  readonly imports: MemoryImports | undefined
  /** Edits of people at the destination, by item: what they wrote, and when. */
  readonly edits = new Map<string, { readonly bytes: Uint8Array; readonly atMs: number }>()
  round = 0
  #count = 0

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
    if (seed % 2 === 0) {
      this.imports = new MemoryImports(this.destination)
      this.imports.archives = this.pick(['reads', 'refuses', 'skips'] as const) ?? 'reads'
      this.imports.skips = () => this.chance(0.05)
      this.imports.poison = () => (this.chance(0.05) ? 'refused' : undefined)
    }
    this.destination.rewrite = (name, bytes) => (isOffice(name) && bytes.length > 0 ? rewritten(bytes) : bytes)
  }

  chance(share: number): boolean {
    return this.random.next() < share
  }

  pick<T>(values: readonly T[]): T | undefined {
    return values[Math.floor(this.random.next() * values.length)]
  }

  /** Every deed takes a while, so that times tell which came first. */
  #tick(): number {
    void this.clock.sleep(3 * SECOND_MS, new AbortController().signal)
    return this.clock.now()
  }

  #content(): string {
    // Sizes repeat on purpose.
    return this.chance(0.1) ? '' : `${this.pick(['aa', 'bb', 'cc'])}${++this.#count % 10}`
  }

  changeSource(): void {
    const nowMs = this.#tick()
    const relPath = `${this.pick(FOLDERS)}${this.pick(NAMES)}`
    if (this.chance(0.15)) this.source.files.delete(relPath)
    else this.source.put(relPath, this.#content(), this.chance(0.05) ? nowMs + 1e11 : nowMs)
  }

  /** A person writes over a file of the destination. */
  editDestination(): void {
    const files = [...this.destination.nodes.values()].filter(({ kind }) => kind === 'file')
    const node = this.pick(files)
    if (!node) return
    const atMs = this.#tick()
    this.destination.seed(this.destination.pathOf(node), `person ${++this.#count}`, atMs)
    this.edits.set(node.itemId, { bytes: node.bytes, atMs })
  }

  readonly comparer: ContentComparer = {
    compare: async ({ relPath, itemId, of }) => {
      const sent = this.source.files.get(relPath)?.bytes
      const stored = this.destination.nodes.get(itemId)?.bytes
      if (sent === undefined || stored === undefined) return { kind: 'cannotTell', reason: 'one is gone' }
      if (text(sent) === text(stored)) return { kind: of === 'bytes' ? 'equalBytes' : 'equalParts', reason: 'the same' }
      const isSame = of === 'parts' && text(rewritten(sent)) === text(stored)
      return { kind: isSame ? 'equalParts' : 'different', reason: 'compared' }
    },
  }

  fault({ verb, when, name }: PortCall): void {
    if (verb === 'place' || !this.chance(0.04)) return
    const isWrite = WRITES.has(verb) || name === 'submit'
    if (when === 'after') {
      if (isWrite) throw new MigrationError('NET_INTERRUPTED', 'the answer was lost', { remedy: { kind: 'lookFirst' } })
      return
    }
    throw new MigrationError('DST_UNAVAILABLE', 'busy', { remedy: { kind: 'retry' }, status: 500 })
  }
}

interface Rounds {
  open(round: number): Journal
}

async function runRound(world: World, rounds: Rounds, options: { readonly isDisturbed: boolean }): Promise<Journal> {
  const { destination, source, clock, comparer, round } = world
  const previous = round > 0 ? rounds.open(round - 1) : undefined
  const settings = { route: world.imports ? ('package' as const) : ('session' as const) }
  for (let starts = 1; ; starts++) {
    const journal = rounds.open(round)
    const isLast = !options.isDisturbed || starts > 6
    const death = new Death(isLast || world.chance(0.4) ? Number.POSITIVE_INFINITY : 1 + Math.floor(world.random.next() * 400))
    destination.onCall = (call) => {
      death.check()
      // The service goes on by itself.
      if (world.chance(0.05)) world.imports?.runAll()
      if (!options.isDisturbed) return
      if (call.when === 'before' && world.chance(0.02)) world.editDestination()
      if (call.when === 'before' && world.chance(0.02)) world.changeSource()
      if (!isLast) world.fault(call)
    }
    const outcome = await runTest({
      journal: mortal(journal, death),
      source,
      destination,
      clock,
      comparer,
      round,
      previous,
      settings,
    }).catch(() => undefined)
    destination.onCall = () => undefined
    if (outcome && !outcome.isResumable && !death.isDead) return journal
    if (starts > 8) throw new Error(`the round does not end: ${outcome?.reason}`)
  }
}

const everyItem = (journal: Journal): readonly JournalItem[] =>
  journal.items({ afterId: 0, limit: 1000 }).filter(({ kind }) => kind === 'file')

/** Edits that are newer than the source are what the destination has. */
function expectEditsKept(world: World, journal: Journal): void {
  for (const item of everyItem(journal)) {
    const edit = item.destItemId === undefined ? undefined : world.edits.get(item.destItemId)
    const file = world.source.files.get(item.relPath)
    if (!edit || !file || file.modifiedMs > edit.atMs - SECOND_MS) continue
    const stored = world.destination.nodes.get(item.destItemId ?? '')?.bytes
    expect({ path: item.relPath, stored: text(stored) }).toEqual({ path: item.relPath, stored: text(edit.bytes) })
  }
}

/** What is not at the destination as it is at the source is named. */
function expectNothingSilent(world: World, journal: Journal): void {
  for (const [relPath, file] of world.source.files) {
    const item = journal.itemAt(relPath)
    expect(item, relPath).toBeDefined()
    const stored = world.destination.nodes.get(item?.destItemId ?? '')?.bytes
    const isThere = text(stored) === text(file.bytes) || (isOffice(relPath) && text(stored) === text(rewritten(file.bytes)))
    if (isThere) continue
    expect({ relPath, stored: text(stored), state: item?.state, verdict: item?.verdict, code: item?.errorCode }).toMatchObject(
      item?.verdict === 'unverifiable'
        ? { verdict: 'unverifiable' }
        : { code: expect.stringMatching(/^(DST|VFY|SRC|RULE|JOB)_/) },
    )
    expect(journal.meta().status).toBe('completedWithIssues')
  }
}

/** A file that stays at the source stays the same item of the destination, whatever becomes of the names around it. */
function expectOneHome(homes: Map<string, string>, journal: Journal): void {
  const items = everyItem(journal)
  const known = new Set(items.map(({ relPath }) => relPath))
  for (const relPath of homes.keys()) if (!known.has(relPath)) homes.delete(relPath)
  for (const { relPath, destItemId } of items) {
    if (destItemId === undefined) continue
    expect([relPath, homes.get(relPath) ?? destItemId]).toEqual([relPath, destItemId])
    homes.set(relPath, destItemId)
  }
}

test.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  'seed %i: no edit is overwritten, nothing is stored twice, nothing is missing without a word',
  async (seed) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-rounds-'))
    const opened = new Map<number, Journal>()
    const rounds: Rounds = {
      open(round) {
        const journal =
          opened.get(round) ??
          openSqliteJournal(path.join(folder, `R${round}.sqlite`), {
            sealer: { seal: (sealed) => sealed, open: (sealed) => sealed },
          })
        opened.set(round, journal)
        return journal
      },
    }
    const world = new World(seed)
    const homes = new Map<string, string>()
    try {
      for (let count = 0; count < 15; count++) world.changeSource()
      for (world.round = 0; world.round < ROUNDS; world.round++) {
        const journal = await runRound(world, rounds, { isDisturbed: world.round < ROUNDS - 1 })
        expectEditsKept(world, journal)
        if (world.round === ROUNDS - 1) expectNothingSilent(world, journal)
        expect(world.source.openCount).toBe(0)
        expectOneHome(homes, journal)
        for (let count = 0; count < 8; count++) {
          if (world.chance(0.7)) world.changeSource()
          else world.editDestination()
        }
      }
    } finally {
      for (const journal of opened.values()) journal.close()
      fs.rmSync(folder, { recursive: true, force: true })
    }
  },
)
