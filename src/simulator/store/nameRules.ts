import { ServiceError } from '../core/serviceError.ts'

/** Longest decoded path, counted in UTF-16 units from after the host: `sites/x/Library/…/name.ext` [F, J]. */
export const MAX_PATH_UNITS = 400
/** Longest name of a file or folder in UTF-16 units [F, J]. */
export const MAX_SEGMENT_UNITS = 255

/** What SharePoint REST words as error -2130245263 [F]. */
export const THICKET_MESSAGE =
  'Invalid folder name. You cannot create a folder name that ends with a suffix used to organize supporting files'
const ILLEGAL_MESSAGE = 'The provided name cannot contain any illegal characters.'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the service refuses [F]
const ILLEGAL_CHARACTERS = /["*:<>?/\\|\u0000-\u001f\u007f]/
const EDGE_SPACES = /^[ \u3000]|[ \u3000]$/
const DEVICE_NAMES = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|\.lock|desktop\.ini)$/i
const THICKET_SUFFIX = /_files?$/i
const SCRIPT_TYPES = /\.(?:asmx|ascx|aspx|htc|jar|master|swf|xap|xsf)$/i

export interface NameContext {
  readonly kind: 'file' | 'folder'
  /** Directly below the library. */
  readonly isTopLevel: boolean
  readonly allowsCustomScript: boolean
  readonly profile: 'strict' | 'lenient'
}

/** Refuses a name as the service does; section F of the reference, rule by rule. */
export function checkName(name: string, context: NameContext): void {
  if (name === '') throw refusal('The name of the item cannot be empty.', 'invalidPath')
  if (!name.isWellFormed()) throw new ServiceError(500, 'generalException', 'General exception while processing')
  if (ILLEGAL_CHARACTERS.test(name) || EDGE_SPACES.test(name) || name.endsWith('.')) {
    throw refusal(ILLEGAL_MESSAGE, 'nameContainsInvalidCharacters')
  }
  if (name.length > MAX_SEGMENT_UNITS) throw pathTooLong()
  if (/_vti_/i.test(name)) throw new ServiceError(400, 'invalidRequest', 'Invalid request')
  if (DEVICE_NAMES.test(name) || name.startsWith('~$')) throw refusal(ILLEGAL_MESSAGE, 'invalidPath')
  if (context.isTopLevel && name.toLowerCase() === 'forms') throw refusal(ILLEGAL_MESSAGE, 'invalidPath')
  if (context.kind === 'folder' && context.profile === 'strict' && THICKET_SUFFIX.test(name)) {
    throw refusal(THICKET_MESSAGE, 'invalidPath')
  }
  if (context.kind === 'file' && !context.allowsCustomScript && SCRIPT_TYPES.test(name)) {
    throw new ServiceError(403, 'accessDenied', 'Access denied')
  }
}

/** Refuses a path above 400 UTF-16 units. `serverRelative` is decoded, with or without its leading slash. */
export function checkPathLength(serverRelative: string): void {
  const units = serverRelative.startsWith('/') ? serverRelative.length - 1 : serverRelative.length
  if (units > MAX_PATH_UNITS) throw pathTooLong()
}

function pathTooLong(): ServiceError {
  return refusal(
    'The specified file or folder name is too long. The URL path for all files and folders must be 400 characters or less.',
    'pathIsTooLong',
  )
}

function refusal(message: string, innerCode: string): ServiceError {
  return new ServiceError(400, 'invalidRequest', message, { innerCode })
}
