import { ServiceError } from '../core/serviceError.ts'

interface Dependent {
  readonly id: string
  readonly dependsOn?: readonly string[] | null | undefined
}

/**
 * The requests of a batch in an order in which they can be started. Ids are unique in any case. The dependencies have to be one of the
 * three shapes that the service runs [B.10]: none at all, each on the one before it, or all on one; else 400.
 */
export function batchOrder<T extends Dependent>(requests: readonly T[]): readonly T[] {
  const positions = new Map<string, number>()
  for (const [index, { id }] of requests.entries()) {
    if (positions.has(id.toLowerCase())) throw invalid(`Request Id '${id}' is used more than once.`)
    positions.set(id.toLowerCase(), index)
  }
  const dependents = requests.filter(({ dependsOn }) => (dependsOn ?? []).length > 0)
  if (dependents.length === 0) return requests
  for (const { id, dependsOn } of dependents) {
    for (const other of dependsOn ?? []) {
      if (!positions.has(other.toLowerCase())) throw invalid(`Request '${id}' depends on '${other}', which is not in the batch.`)
      if (other.toLowerCase() === id.toLowerCase()) throw invalid(`Request '${id}' depends on itself.`)
    }
    if ((dependsOn ?? []).length > 1) throw invalid(`Request '${id}' depends on more than one request.`)
  }
  if (dependents.length !== requests.length - 1) throw invalid(SHAPES)
  const first = requests.find((request) => !dependents.includes(request))
  if (first === undefined) throw invalid('The dependencies of the batch form a circle.')
  return isOnOne(dependents, first.id) ? [first, ...dependents] : series(first, dependents)
}

const SHAPES =
  'The dependencies of a batch have to be parallel (none), serial (each on the previous one) or all on the same request.'

function isOnOne(dependents: readonly Dependent[], firstId: string): boolean {
  return dependents.every(({ dependsOn }) => dependsOn?.[0]?.toLowerCase() === firstId.toLowerCase())
}

function series<T extends Dependent>(first: T, dependents: readonly T[]): readonly T[] {
  const next = new Map<string, T>()
  for (const request of dependents) next.set(request.dependsOn?.[0]?.toLowerCase() ?? '', request)
  const order = [first]
  for (let one = next.get(first.id.toLowerCase()); one !== undefined; one = next.get(one.id.toLowerCase())) order.push(one)
  if (order.length !== dependents.length + 1) throw invalid(SHAPES)
  return order
}

function invalid(message: string): ServiceError {
  return new ServiceError(400, 'BadRequest', message)
}
