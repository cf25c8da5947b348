import type { z } from 'zod'
import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'

/** The body of a directory action, which has no query options; a member that the action does not have is refused as unknown. */
export async function jsonOf<Body>(request: ServiceRequest, schema: z.ZodType<Body>): Promise<Body> {
  if (request.url.search !== '')
    throw new ServiceError(400, 'BadRequest', 'This action has no query options.', { isUnknown: true })
  const parsed = schema.safeParse(await request.json())
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const isUnknown = issue?.code === 'unrecognized_keys'
  throw new ServiceError(
    400,
    'Request_BadRequest',
    isUnknown
      ? `The parameter '${issue.keys[0]}' in the request payload is not a valid parameter for the operation.`
      : `Invalid value specified for property '${issue?.path.join('.') ?? ''}'.`,
    { isUnknown },
  )
}
