import type { ServiceRequest } from '../core/http.ts'
import { ServiceError } from '../core/serviceError.ts'
import type { Tenant } from '../core/tenant.ts'
import { duplicateRefusalOf } from '../lists/graphErrors.ts'
import {
  ColumnValueError,
  DefinitionError,
  DuplicateValueError,
  ETagMismatchError,
  NotFoundError,
  ThresholdError,
  UnknownColumnError,
} from '../lists/listErrors.ts'
import { UnreadablePageTokenError } from '../lists/pageToken.ts'
import { FilterSyntaxError } from '../odata/filterAst.ts'
import { FilterTypeError } from '../odata/filterMatcher.ts'
import { QueryOptionError } from '../odata/queryOptions.ts'

const INVALID_QUERY = '-1, Microsoft.SharePoint.Client.InvalidClientQueryException'
const SP_EXCEPTION = 'Microsoft.SharePoint.SPException'

/** What a failed operation looks like through SharePoint REST. Errors that are none of the service's refusals pass unchanged. */
export function restRefusal(error: unknown, tenant: Tenant, request: ServiceRequest): unknown {
  if (error instanceof ETagMismatchError)
    return new ServiceError(412, '-1, Microsoft.SharePoint.Client.ClientServiceException', error.message)
  if (error instanceof DuplicateValueError) {
    // Seen as 500 and handled as 400: the exception's name is what counts [C.2].
    const status = duplicateRefusalOf(tenant, request) === 'generalException' ? 500 : 400
    return new ServiceError(status, '-2130575169, Microsoft.SharePoint.SPDuplicateValuesFoundException', error.message)
  }
  if (error instanceof ThresholdError)
    return new ServiceError(500, '-2147024860, Microsoft.SharePoint.SPQueryThrottledException', error.message)
  if (error instanceof UnknownColumnError)
    return new ServiceError(
      400,
      '-2147024809, System.ArgumentException',
      `Column '${error.column}' does not exist. It may have been deleted by another user.`,
    )
  if (error instanceof ColumnValueError)
    return error.reason === 'text' || error.reason === 'date'
      ? new ServiceError(500, `-2130575155, ${SP_EXCEPTION}`, error.message)
      : new ServiceError(400, INVALID_QUERY, error.message)
  if (error instanceof FilterSyntaxError)
    return new ServiceError(400, INVALID_QUERY, `The expression "${error.filter}" is not valid.`)
  if (error instanceof FilterTypeError || error instanceof UnreadablePageTokenError)
    return new ServiceError(400, INVALID_QUERY, error.message)
  if (error instanceof QueryOptionError)
    return new ServiceError(400, INVALID_QUERY, error.message, { isUnknown: error.reason === 'unknown' })
  if (error instanceof DefinitionError) return definitionRefusal(error)
  if (error instanceof NotFoundError) {
    if (error.noun === 'item')
      return new ServiceError(
        404,
        '-2130575338, System.ArgumentException',
        'Item does not exist. It may have been deleted by another user.',
      )
    return new ServiceError(404, '-1, System.ArgumentException', error.message)
  }
  return error
}

function definitionRefusal(error: DefinitionError): ServiceError {
  if (error.reason === 'nameTaken') return new ServiceError(500, `-2130575342, ${SP_EXCEPTION}`, error.message)
  if (error.reason === 'indexTooLate')
    return new ServiceError(500, '-2147024860, Microsoft.SharePoint.SPQueryThrottledException', error.message)
  return new ServiceError(400, `-1, ${SP_EXCEPTION}`, error.message)
}

/** The 409 of two writers that met without If-Match [C.2]. */
export function saveConflict(): ServiceError {
  return new ServiceError(
    409,
    `-2130246326, ${SP_EXCEPTION}`,
    'Save Conflict.\n\nYour changes conflict with those made concurrently by another user. If you want your changes to be applied, click Back in your Web browser, refresh the page, and resubmit your changes.',
  )
}

export function notFoundResource(message = 'Cannot find resource for the request.'): ServiceError {
  return new ServiceError(404, '-1, Microsoft.SharePoint.Client.ResourceNotFoundException', message)
}

export function invalidQuery(message: string, isUnknown = false): ServiceError {
  return new ServiceError(400, INVALID_QUERY, message, { isUnknown })
}
