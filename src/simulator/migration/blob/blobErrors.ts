import { ServiceError } from '../../core/serviceError.ts'
import type { SasVerdict } from './sas.ts'

const FAILED_AUTHENTICATION =
  'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.'

export function sasRefusal(verdict: Extract<SasVerdict, { isGood: false }>): ServiceError {
  if (verdict.reason === 'missing')
    return new ServiceError(
      401,
      'NoAuthenticationInformation',
      'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
      {
        headers: {
          'www-authenticate':
            'Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize resource_id=https://storage.azure.com',
        },
      },
    )
  return new ServiceError(403, 'AuthenticationFailed', FAILED_AUTHENTICATION)
}

export function permissionMismatch(): ServiceError {
  return new ServiceError(
    403,
    'AuthorizationPermissionMismatch',
    'This request is not authorized to perform this operation using this permission.',
  )
}

export function containerNotFound(): ServiceError {
  return new ServiceError(404, 'ContainerNotFound', 'The specified container does not exist.')
}

/** The storage's own refusal, worded as Azure words it. */
export function storageRefusal(status: number, code: string, message: string): ServiceError {
  if (/contentMD5 doesn't match/i.test(message))
    return new ServiceError(
      400,
      'Md5Mismatch',
      'The MD5 value specified in the request did not match with the MD5 value calculated by the server.',
    )
  return new ServiceError(status, code, message)
}
