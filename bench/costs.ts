import { type BenchRow, median, rowOf } from './measure.ts'

/** What whole processes have spent, by contender. */
export class Costs {
  readonly #seen = new Map<string, number[]>()

  add(name: string, value: number): void {
    this.#seen.set(name, [...this.of(name), value])
  }

  of(name: string): readonly number[] {
    return this.#seen.get(name) ?? []
  }

  row(name: string, options: { readonly own: string; readonly unit: string; readonly against: string }): BenchRow {
    const { own, unit, against } = options
    return { ...rowOf(this.#seen, own, { unit, against }), name }
  }

  /** Against a number that is to be kept, not against a contender. */
  againstGoal(name: string, options: { readonly own: string; readonly unit: string; readonly goal: number }): BenchRow {
    const { own, unit, goal } = options
    const row = rowOf(
      new Map([
        [own, this.of(own)],
        ['goal', [goal]],
      ]),
      own,
      { unit, against: 'goal' },
    )
    return { ...row, name, against: `${goal} ${unit}` }
  }

  median(name: string): number {
    return median(this.of(name))
  }
}
