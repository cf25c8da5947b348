import { ServiceError } from '../core/serviceError.ts'

/** Nobody of that name in the directory. The status varies in the field; the words do not [H.2]. */
export function principalNotFound(login: string): ServiceError {
  return new ServiceError(404, '-2146232832, Microsoft.SharePoint.SPException', `The specified user ${login} could not be found.`)
}

export function principalIdNotFound(principalId: number): ServiceError {
  return new ServiceError(
    404,
    '-2146232832, Microsoft.SharePoint.SPException',
    `Can not find the principal with id: ${principalId}.`,
  )
}
