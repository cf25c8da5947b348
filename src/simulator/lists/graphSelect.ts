import { ServiceError } from '../core/serviceError.ts'
import type { QueryOptions } from '../odata/queryOptions.ts'

/** Keeps the selected properties and what was expanded; annotations stay. An unknown property is refused as Graph does. */
export function pickProperties(
  shape: Readonly<Record<string, unknown>>,
  options: Pick<QueryOptions, 'select' | 'expand'>,
  type: string,
  alsoKnown: readonly string[] = [],
): Record<string, unknown> {
  if (options.select === undefined || options.select.includes('*')) return { ...shape }
  const expanded = options.expand.map((term) => term.name)
  for (const name of options.select)
    if (!(name in shape) && !expanded.includes(name) && !alsoKnown.includes(name))
      throw new ServiceError(
        400,
        'BadRequest',
        `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type '${type}'.`,
        { isUnknown: true },
      )
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(shape)) {
    const owner = name.split('@')[0] ?? ''
    if (owner === '' || options.select.includes(owner) || expanded.includes(owner)) kept[name] = value
  }
  return kept
}
