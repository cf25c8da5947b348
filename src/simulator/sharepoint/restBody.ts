import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import { invalidQuery } from './restErrors.ts'

export type RestBody = Readonly<Record<string, unknown>>

/** Reads a JSON object. With odata=verbose the service insists on `__metadata.type`; `types` lists the ones that fit. */
export async function readRestBody(request: ServiceRequest, types: readonly string[] = []): Promise<RestBody> {
  const contentType = (request.headers['content-type'] ?? '').toLowerCase().replace(/\s/g, '')
  if (!contentType.startsWith('application/json'))
    throw new ServiceError(
      415,
      '-1, Microsoft.SharePoint.Client.ClientServiceException',
      'The practice tenant reads JSON only: send Content-Type application/json.',
      { isUnknown: true },
    )
  const body = await request.json()
  if (!isObject(body)) throw invalidQuery('Invalid JSON. An object was expected.')
  if (types.length > 0 && contentType.includes('odata=verbose')) checkType(body, types)
  return Object.fromEntries(Object.entries(body).filter(([name]) => !isAnnotation(name)))
}

function checkType(body: RestBody, types: readonly string[]): void {
  const metadata = body.__metadata
  const type = isObject(metadata) ? metadata.type : undefined
  if (typeof type !== 'string')
    throw invalidQuery(
      'An entry without a type name was found, but no expected type was specified. To allow entries without type information, the expected type must also be specified when the model is specified.',
    )
  if (!types.includes(type))
    throw invalidQuery(
      `A type named '${type}' could not be resolved by the model. When a model is available, each type name must resolve to a valid type.`,
    )
}

function isAnnotation(name: string): boolean {
  return name === '__metadata' || name.startsWith('odata.') || name.includes('@odata.')
}

export function isObject(value: unknown): value is RestBody {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The members of `known`, checked by type; anything else is refused in the words of the service. */
export function readMembers<Known extends Readonly<Record<string, 'string' | 'number' | 'boolean' | 'any'>>>(
  body: RestBody,
  known: Known,
  type: string,
): { readonly [Name in keyof Known]?: Member<Known[Name]> } {
  for (const [name, value] of Object.entries(body)) {
    const expected = known[name]
    if (expected === undefined)
      throw invalidQuery(
        `The property '${name}' does not exist on type '${type}'. Make sure to only use property names that are defined by the type.`,
        true,
      )
    if (expected !== 'any' && value !== null && typeof value !== expected)
      throw invalidQuery(`Cannot convert the value of '${name}' to the expected type of '${type}'.`)
  }
  return hasMembers(body, known) ? body : {}
}

type Member<Kind> = Kind extends 'string' ? string : Kind extends 'number' ? number : Kind extends 'boolean' ? boolean : unknown

/** True by the loop above; states it for the compiler. */
function hasMembers<Known extends Readonly<Record<string, 'string' | 'number' | 'boolean' | 'any'>>>(
  body: RestBody,
  known: Known,
): body is { readonly [Name in keyof Known]?: Member<Known[Name]> } {
  return Object.keys(body).every((name) => name in known)
}
