import { ServiceError } from '../core/serviceError.ts'
import type { QueryOptions } from '../odata/queryOptions.ts'

/** What `$select` asked for; undefined = the default members. */
export type Selection = ReadonlySet<string> | undefined

const MEMBERS = new Set([
  '@microsoft.graph.downloadUrl',
  'content',
  'createdBy',
  'createdDateTime',
  'cTag',
  'deleted',
  'description',
  'eTag',
  'file',
  'fileSystemInfo',
  'folder',
  'id',
  'lastModifiedBy',
  'lastModifiedDateTime',
  'malware',
  'name',
  'package',
  'parentReference',
  'remoteItem',
  'root',
  'shared',
  'sharepointIds',
  'size',
  'specialFolder',
  'webUrl',
])
const BY_LOWER_NAME = new Map([...MEMBERS].map((name) => [name.toLowerCase(), name]))
const DOWNLOAD_ALIASES = new Set(['content.downloadurl', '@content.downloadurl', 'microsoft.graph.downloadurl'])

/** Checks the names of `$select` against driveItem; `*` is the default. */
export function readSelection(options: Pick<QueryOptions, 'select'>): Selection {
  if (options.select === undefined || options.select.includes('*')) return undefined
  const selection = new Set<string>()
  for (const name of options.select) {
    const folded = name.split('/')[0]?.toLowerCase() ?? ''
    const known = DOWNLOAD_ALIASES.has(folded) ? '@microsoft.graph.downloadUrl' : BY_LOWER_NAME.get(folded)
    if (known === undefined) throw unknownProperty(name)
    selection.add(known)
  }
  return selection
}

/** The 400 for a `$select` of something that the resource does not have. */
export function unknownProperty(name: string): ServiceError {
  return new ServiceError(
    400,
    'invalidRequest',
    `Parsing OData Select and Expand failed: Could not find a property named '${name}'.`,
    {
      isUnknown: true,
    },
  )
}
