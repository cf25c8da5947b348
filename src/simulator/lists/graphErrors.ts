import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { FilterSyntaxError } from '../odata/filterAst.ts'
import { FilterTypeError } from '../odata/filterMatcher.ts'
import { QueryOptionError } from '../odata/queryOptions.ts'
import {
  ColumnValueError,
  DefinitionError,
  DuplicateValueError,
  ETagMismatchError,
  NonIndexedColumnError,
  NotFoundError,
  ThresholdError,
  UnknownColumnError,
} from './listErrors.ts'
import { UnreadablePageTokenError } from './pageToken.ts'

const DUPLICATE_STATUS = { invalidRequest: 400, nameAlreadyExists: 409, generalException: 500 } as const

/**
 * How Graph refuses a duplicate value. It has been seen to do so in three ways; which one it is is settled nowhere, so clients must know
 * all: the first unless a fault script says otherwise.
 */
export function duplicateRefusalOf(tenant: Tenant, request: ServiceRequest): keyof typeof DUPLICATE_STATUS {
  if (tenant.faults.isActive('duplicateAsServerError', request)) return 'generalException'
  return tenant.faults.isActive('duplicateAsConflict', request) ? 'nameAlreadyExists' : 'invalidRequest'
}

/** What a failed list operation looks like through Graph. Errors that are none of the service's refusals pass unchanged. */
export function graphRefusal(error: unknown, tenant: Tenant, request: ServiceRequest): unknown {
  if (error instanceof ETagMismatchError) {
    return /^"[^"]+"$/.test(error.sent.trim())
      ? new ServiceError(412, 'resourceModified', "ETag does not match current item's value", {
          innerCode: 'entityTagDoesNotMatch',
        })
      : new ServiceError(400, 'invalidRequest', 'The ETag value is not valid.', { innerCode: 'malformedEntityTag' })
  }
  if (error instanceof DuplicateValueError) {
    const code = duplicateRefusalOf(tenant, request)
    return new ServiceError(
      DUPLICATE_STATUS[code],
      code,
      code === 'generalException' ? 'General exception while processing' : error.message,
    )
  }
  if (error instanceof ThresholdError) return new ServiceError(429, 'activityLimitReached', error.message)
  if (error instanceof NonIndexedColumnError || error instanceof UnknownColumnError || error instanceof ColumnValueError)
    return new ServiceError(400, 'invalidRequest', error.message)
  if (error instanceof FilterSyntaxError)
    return new ServiceError(400, 'invalidRequest', `Invalid filter clause: ${error.message}`)
  if (error instanceof FilterTypeError || error instanceof UnreadablePageTokenError)
    return new ServiceError(400, 'invalidRequest', error.message)
  if (error instanceof QueryOptionError) return queryOptionRefusal(error)
  if (error instanceof DefinitionError) {
    return error.reason === 'nameTaken'
      ? new ServiceError(409, 'nameAlreadyExists', error.message, { innerCode: 'nameAlreadyExists' })
      : new ServiceError(400, 'invalidRequest', error.message)
  }
  if (error instanceof NotFoundError)
    return new ServiceError(404, 'itemNotFound', error.noun === 'item' ? 'The specified item was not found.' : error.message)
  return error
}

/** Graph's words for a query option that it does not take; unknown ones are flagged in the journal. */
export function queryOptionRefusal(error: QueryOptionError): ServiceError {
  if (error.option.toLowerCase() === '$skip')
    return new ServiceError(
      400,
      'invalidRequest',
      '$skip is not supported on this API. Only URLs returned by the API can be used to page.',
    )
  return new ServiceError(400, 'invalidRequest', error.message, { isUnknown: error.reason === 'unknown' })
}

/** A `fields/` prefix is missing: the service does not say so, it breaks. */
export function generalException(): ServiceError {
  return new ServiceError(500, 'generalException', 'General exception while processing')
}
