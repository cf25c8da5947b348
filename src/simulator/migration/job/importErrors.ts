import { ServiceError } from '../../core/serviceError.ts'

/** HRESULTs as the job's events show them [D.8]. */
export const HRESULT = {
  fileExists: -2147024816,
  pathNotFound: -2147024893,
  fileNotFound: -2147024894,
  accessDenied: -2147024891,
  invalidArgument: -2147024809,
  nameInvalid: -2147024773,
  nameTooLong: -2147024690,
  reverted: -2147286782,
  fatalSample: -2147213196,
  spException: -2146232832,
  scopeLimit: -2130246270,
  canceled: -2146233029,
  invalidOperation: -2146233079,
  cryptographic: -2146233296,
  xml: -2146232000,
  xmlSchema: -2146231999,
  diskFull: -2147024784,
  siteLocked: -2147024860,
} as const

/** Ends the whole job. */
export class FatalImportError extends Error {
  readonly code: number
  readonly errorType: string

  constructor(code: number, errorType: string, message: string) {
    super(message)
    this.name = 'FatalImportError'
    this.code = code
    this.errorType = errorType
  }
}

/** One object cannot be imported; the others can. */
export class ItemImportError extends Error {
  readonly code: number
  readonly errorType: string

  constructor(code: number, message: string, errorType = 'Microsoft.SharePoint.SPException') {
    super(message)
    this.name = 'ItemImportError'
    this.code = code
    this.errorType = errorType
  }
}

/** A refusal of the site's own stores in the words of an import job. Anything else passes unchanged. */
export function asItemError(error: unknown, url: string): unknown {
  if (!(error instanceof ServiceError)) return error
  if (error.code === 'nameAlreadyExists')
    return new ItemImportError(HRESULT.fileExists, `A file or folder with the name ${url} already exists.`)
  if (error.status === 423) return new ItemImportError(HRESULT.siteLocked, error.message)
  if (error.status === 507) return new ItemImportError(HRESULT.diskFull, error.message)
  if (error.status === 403) return new ItemImportError(HRESULT.accessDenied, error.message)
  if (error.innerCode === 'pathIsTooLong')
    return new ItemImportError(HRESULT.nameTooLong, error.message, 'System.IO.PathTooLongException')
  if (error.innerCode === 'nameContainsInvalidCharacters' || error.innerCode === 'invalidPath')
    return new ItemImportError(HRESULT.nameInvalid, error.message)
  return new ItemImportError(HRESULT.spException, error.message)
}
