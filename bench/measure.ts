/** One line of `npm run bench -- --json`. `ratio` = value / value of `against`, both measured in this run, turn by turn. */
export interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly against: string
  readonly ratio: number
  /** (largest − smallest) / median of the value's own turns. */
  readonly spread: number
}

export interface Bench {
  readonly name: string
  /** What is measured against what, in one sentence. */
  readonly about: string
  /** Runs only when it is named: it takes too much time or disk for a run of everything. */
  readonly isOnDemand?: boolean
  run(log: (line: string) => void): Promise<readonly BenchRow[]>
}

export interface Contender {
  readonly name: string
  /** One turn; returns the rate (higher is better). */
  turn(): Promise<number>
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}

/** The machine is shared, so contenders take turns: whatever disturbs one disturbs the others. */
export async function interleave(
  contenders: readonly Contender[],
  turns: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rates = new Map<string, number[]>(contenders.map((contender) => [contender.name, []]))
  for (let turn = 0; turn < turns; turn++) {
    for (const contender of contenders) rates.get(contender.name)?.push(await contender.turn())
  }
  return rates
}

export function rowOf(
  rates: ReadonlyMap<string, readonly number[]>,
  name: string,
  options: { readonly unit: string; readonly against: string },
): BenchRow {
  const own = rates.get(name) ?? []
  const value = median(own)
  return {
    name,
    value: round(value),
    unit: options.unit,
    against: options.against,
    ratio: round(value / median(rates.get(options.against) ?? [])),
    spread: round((Math.max(...own) - Math.min(...own)) / value),
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
