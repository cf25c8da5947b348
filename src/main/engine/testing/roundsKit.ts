import type { RoundOutcome } from '../engine.ts'
import type { Journal } from '../ports/journal.ts'
import { runTest, type TestRun } from './engineKit.ts'
import { InstantClock } from './instantClock.ts'
import { MemoryDestination } from './memoryDestination.ts'
import { MemorySource } from './memorySource.ts'

const DAY_MS = 86_400_000

/** Several rounds of one task between two trees in memory, a day apart, each with a journal of its own. */
export class Rounds {
  readonly source = new MemorySource()
  readonly destination = new MemoryDestination()
  readonly clock = new InstantClock()
  readonly journals: Journal[] = []
  settings: TestRun['settings'] = {}
  readonly open: (name: string) => Journal

  constructor(open: (name: string) => Journal) {
    this.open = open
  }

  async run(more: Partial<TestRun> = {}): Promise<RoundOutcome> {
    const round = this.journals.length
    const journal = this.open(`R${round}`)
    const previous = this.journals.at(-1)
    this.journals.push(journal)
    await this.clock.sleep(DAY_MS, new AbortController().signal)
    this.destination.calls.length = 0
    const { source, destination, clock, settings } = this
    return await runTest({ journal, source, destination, clock, round, previous, ...(settings ? { settings } : {}), ...more })
  }

  get last(): Journal {
    const last = this.journals.at(-1)
    if (!last) throw new Error('no round yet')
    return last
  }

  /** Ids at the destination by path. */
  ids(): Readonly<Record<string, string>> {
    const nodes = [...this.destination.nodes.values()].slice(1)
    return Object.fromEntries(nodes.map((node) => [this.destination.pathOf(node), node.itemId]))
  }

  /** Requests that wrote something in the last round. */
  writes(): readonly string[] {
    return this.destination.calls.filter((call) => /^(createFolder|moveItem|putEmpty|sendFragment|setTimes|recycle)/.test(call))
  }

  /** A file each, with times and creation times of their own. */
  seed(...paths: readonly string[]): this {
    for (const [index, relPath] of paths.entries()) {
      this.source.put(relPath, `content ${relPath}`, Date.UTC(2021, 5, 1) + index * 60_000)
      this.source.born.set(relPath, Date.UTC(2019, 0, 1) + index * 60_000)
    }
    return this
  }

  close(): void {
    for (const journal of this.journals.splice(0)) journal.close()
  }
}
