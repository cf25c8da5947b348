import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSqliteJournal } from '../../adapters/sqlite/sqliteJournal.ts'
import { MemoryImports } from '../testing/memoryImports.ts'
import { Rounds } from '../testing/roundsKit.ts'
import { isWithin, type LibraryNode, pathOf, RoundsModel, type SourceNode } from '../testing/roundsModel.ts'

/**
 * Anything may happen to the source and to the destination between rounds; after every round the library is what the model says, everything that
 * was only moved is still the same item, and the requests are those of the changes. `PORTAGE_ROUNDS_RUNS` runs more of them.
 */

const RUNS = Number(process.env.PORTAGE_ROUNDS_RUNS ?? 40)

const DEEDS = [
  'create',
  'create',
  'makeFolder',
  'edit',
  'edit',
  'touch',
  'rename',
  'rename',
  'changeCase',
  'move',
  'move',
  'swap',
  'rotate',
  'remove',
  'restore',
  'attribute',
] as const
const PERSON_DEEDS = ['personEdits', 'personCreates', 'personRemoves'] as const
type Deed = (typeof DEEDS)[number] | (typeof PERSON_DEEDS)[number]

interface Act {
  readonly deed: Deed
  readonly a: number
  readonly b: number
  readonly c: number
}

interface Story {
  readonly route: 'session' | 'package'
  readonly tellsIds: boolean
  readonly rule: 'newer' | 'skip' | 'overwrite'
  readonly gaps: readonly (readonly Act[])[]
}

const number = fc.nat({ max: 40 })
const actsOf = (deeds: readonly Deed[]) =>
  fc.array(fc.record({ deed: fc.constantFrom(...deeds), a: number, b: number, c: number }), { maxLength: 7 })
const storyOf = (tellsIds: boolean, deeds: readonly Deed[]) =>
  fc.record({
    route: fc.constantFrom('session' as const, 'package' as const),
    tellsIds: fc.constant(tellsIds),
    rule: fc.constantFrom('newer' as const, 'skip' as const, 'overwrite' as const),
    gaps: fc.array(actsOf(deeds), { minLength: 1, maxLength: 4 }),
  })
const stories: fc.Arbitrary<Story> = fc.oneof(
  { weight: 3, arbitrary: storyOf(true, [...DEEDS, ...PERSON_DEEDS]) },
  // Who is renamed and edited at once is not recognised by content, a person's edit would stay where it was; case alone is no other name.
  {
    weight: 1,
    arbitrary: storyOf(
      false,
      DEEDS.filter((deed) => deed !== 'changeCase'),
    ),
  },
)

class World {
  readonly model = new RoundsModel()
  readonly #rounds: Rounds
  /** Files that were removed: where they were, and what they were. */
  readonly #removed: { readonly node: SourceNode; readonly parent: SourceNode | undefined }[] = []
  /** Paths were exchanged since the last round: whoever has one now is not removed before the next. */
  readonly #exchanged = new Set<SourceNode>()
  moveCount = 0

  constructor(rounds: Rounds) {
    this.#rounds = rounds
  }

  begin(): void {
    this.#exchanged.clear()
    this.moveCount = 0
  }

  act({ deed, a, b, c }: Act): void {
    const nodes = [...this.model.source]
    const files = nodes.filter(({ kind }) => kind === 'file')
    const node = at(nodes, a)
    const file = at(files, a)
    switch (deed) {
      case 'create':
        this.#create(at(this.#folders(), a), b % 11 === 0 ? '' : undefined)
        break
      case 'makeFolder': {
        const folder = this.model.add({ ...blank, kind: 'folder', parent: at(this.#folders(), a), name: `d${this.model.next()}` })
        this.#rounds.source.folders.add(pathOf(folder))
        break
      }
      case 'edit':
        if (file) this.#write(file, b % 13 === 0 ? '' : `edited ${this.model.next()}`)
        break
      case 'touch':
        if (file) this.#write(file, file.content)
        break
      case 'rename':
        if (node) this.#place(node, { parent: node.parent, name: `${node.kind === 'file' ? 'f' : 'd'}${this.model.next()}` })
        break
      case 'changeCase':
        if (node) this.#place(node, { parent: node.parent, name: otherCase(node.name) })
        break
      case 'move': {
        const folder = at(this.#folders(), b)
        if (node && !isWithin(folder, node)) this.#place(node, { parent: folder, name: node.name })
        break
      }
      case 'swap':
        this.#exchange([node, at(nodes, b)])
        break
      case 'rotate':
        this.#exchange([node, at(nodes, b), at(nodes, c)])
        break
      case 'remove':
        if (node) this.#remove(node)
        break
      case 'restore':
        this.#restore(a)
        break
      case 'attribute':
        if (file) this.#rounds.source.owners.set(pathOf(file), `uid:${b}`)
        break
      default:
        this.#person(deed, a)
    }
  }

  #person(deed: (typeof PERSON_DEEDS)[number], a: number): void {
    const { destination } = this.#rounds
    const docs = [...this.model.library]
    const files = docs.filter(({ kind }) => kind === 'file')
    const atMs = this.#later()
    if (deed === 'personCreates') {
      const parent = at([undefined, ...docs.filter(({ kind }) => kind === 'folder')], a)
      const doc = { ...blankDoc, parent, name: `p${this.model.next()}`, content: `of a person ${this.model.next()}` }
      this.model.library.add(doc)
      destination.seed(pathOf(doc), doc.content, atMs)
      return
    }
    const doc = at(files, a)
    if (!doc) return
    if (deed === 'personRemoves') {
      destination.remove(pathOf(doc))
      this.model.removeDoc(doc)
      return
    }
    doc.content = `edited by a person ${this.model.next()}`
    doc.editedMs = atMs
    destination.seed(pathOf(doc), doc.content, atMs)
  }

  #folders(): readonly (SourceNode | undefined)[] {
    return [undefined, ...[...this.model.source].filter(({ kind }) => kind === 'folder')]
  }

  #later(): number {
    void this.#rounds.clock.sleep(5000, new AbortController().signal)
    return this.#rounds.clock.now()
  }

  #create(parent: SourceNode | undefined, content = `content ${this.model.next()}`): void {
    const name = `f${this.model.next()}`
    const node = this.model.add({ kind: 'file', parent, name, content, modifiedMs: this.#later() })
    this.#rounds.source.born.set(pathOf(node), node.modifiedMs)
    this.#rounds.source.put(pathOf(node), content, node.modifiedMs)
  }

  #write(node: SourceNode, content: string): void {
    node.content = content
    node.modifiedMs = this.#later()
    this.#rounds.source.put(pathOf(node), content, node.modifiedMs)
  }

  #place(node: SourceNode, to: { readonly parent: SourceNode | undefined; readonly name: string }): void {
    const from = pathOf(node)
    node.parent = to.parent
    node.name = to.name
    if (pathOf(node) === from) return
    this.moveCount++
    this.#rounds.source.move(from, pathOf(node))
  }

  /** Each takes the place of the next; only what the library has, and nothing that is in another one. */
  #exchange(nodes: readonly (SourceNode | undefined)[]): void {
    const all = nodes.filter((node) => node !== undefined).filter((node) => this.model.docOf(node) !== undefined)
    const isApart = all.every((one) => all.every((other) => one === other || (!isWithin(one, other) && one.kind === other.kind)))
    if (new Set(all).size !== nodes.length || !isApart) return
    const places = all.map(({ parent, name }) => ({ parent, name }))
    const [first] = all
    if (!first) return
    for (const node of all) this.#exchanged.add(node)
    const [firstPlace] = places
    this.#place(first, { parent: undefined, name: `x${this.model.next()}` })
    for (let index = all.length - 1; index > 0; index--) {
      const [node, to] = [all[index], places[(index + 1) % all.length]]
      if (node && to) this.#place(node, index === all.length - 1 && firstPlace ? firstPlace : to)
    }
    const second = places[1]
    if (second) this.#place(first, second)
  }

  #remove(node: SourceNode): void {
    const lost = [...this.model.source].filter((one) => isWithin(one, node))
    if (lost.some((one) => this.#exchanged.has(one))) return
    this.#rounds.source.remove(pathOf(node))
    for (const one of lost) if (one.kind === 'file') this.#removed.push({ node: one, parent: one.parent })
    this.model.remove(node)
  }

  /** From a backup: the same name, content and time, but another file. */
  #restore(a: number): void {
    const { node, parent } = at(this.#removed, a) ?? {}
    if (!node || (parent !== undefined && !this.model.source.has(parent))) return
    const isTaken = [...this.model.source].some(
      (one) => one.parent === parent && one.name.toLowerCase() === node.name.toLowerCase(),
    )
    if (isTaken || this.#exchanged.size > 0) return
    const back = this.model.add({ ...node, parent })
    this.#rounds.source.born.set(pathOf(back), this.#later())
    this.#rounds.source.put(pathOf(back), back.content, back.modifiedMs)
  }
}

const blank = { content: '', modifiedMs: 0 }
const blankDoc = { kind: 'file', of: undefined, synced: '', editedMs: 0, itemId: undefined } as const
const at = <T>(values: readonly T[], index: number): T | undefined => values[index % Math.max(1, values.length)]
const otherCase = (name: string): string => (name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase())

/** What was moved is still the item that it was. */
function expectSameItems(library: Iterable<LibraryNode>, ids: Readonly<Record<string, string>>, tellsIds: boolean): void {
  for (const doc of library) {
    const itemId = ids[pathOf(doc)]
    if (tellsIds && doc.itemId !== undefined) expect([pathOf(doc), itemId]).toEqual([pathOf(doc), doc.itemId])
    doc.itemId = itemId
  }
}

async function tell(story: Story): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portage-any-'))
  const rounds = new Rounds((name) =>
    openSqliteJournal(path.join(folder, `${name}.sqlite`), { sealer: { seal: (text) => text, open: (text) => text } }),
  )
  const world = new World(rounds)
  const { model } = world
  if (story.route === 'package') rounds.destination.imports = new MemoryImports(rounds.destination)
  rounds.source.tellsIds = story.tellsIds
  rounds.settings = { deletions: 'recycle', maxDeletions: '100%', route: story.route, whenBothChanged: story.rule }
  try {
    const start: Act[] = Array.from({ length: 9 }, (_, index) => ({
      deed: index % 4 === 0 ? 'makeFolder' : 'create',
      a: index,
      b: index + 1,
      c: 0,
    }))
    for (const acts of [start, ...story.gaps, []]) {
      world.begin()
      for (const act of acts) world.act(act)
      // A round that finds nothing at all has not seen the source.
      if (model.source.size === 0) return
      model.round(story.rule)
      const outcome = await rounds.run()
      expect(['completed', 'completedWithIssues']).toContain(outcome.status)
      expect(rounds.destination.tree()).toEqual(model.tree())
      expectSameItems(model.library, rounds.ids(), story.tellsIds)
      const of = (verb: string): number => rounds.writes().filter((call) => call.startsWith(verb)).length
      if (story.tellsIds) expect(of('moveItem')).toBeLessThanOrEqual(2 * world.moveCount)
      if (story.tellsIds) expect(of('sendFragment') + of('putEmpty')).toBeLessThanOrEqual(model.sentCount)
      if (acts.length === 0) expect(rounds.writes()).toEqual([])
      expect(rounds.source.openCount).toBe(0)
    }
  } finally {
    rounds.close()
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

test('after every round the library is what the model says', async () => {
  await fc.assert(fc.asyncProperty(stories, tell), {
    numRuns: RUNS,
    ...(process.env.PORTAGE_ROUNDS_SEED ? { seed: Number(process.env.PORTAGE_ROUNDS_SEED) } : {}),
  })
}, 600_000)
