import type { ItemIssue } from '../../../shared/domain/item.ts'
import { PATH_MAX_UTF16 } from '../../../shared/limits.ts'

/** `parent/name` with the root as ''. */
export const joinPath = (parentPath: string, name: string): string => (parentPath === '' ? name : `${parentPath}/${name}`)

/**
 * UTF-16 units of the decoded path that the service counts: from the host's root, site and library included, without the leading slash.
 * `destPath` is the path below the place, already with its new names. [names]
 */
export function destinationPathLength(serverRelativePath: string, destPath: string): number {
  return joinPath(serverRelativePath, destPath).length
}

/** A path that is longer than the service stores; undefined when it fits. Content of a folder at the limit cannot fit. */
export function findPathIssue(serverRelativePath: string, destPath: string): ItemIssue | undefined {
  const length = destinationPathLength(serverRelativePath, destPath)
  if (length <= PATH_MAX_UTF16) return undefined
  return {
    code: 'RULE_PATH_TOO_LONG',
    effect: 'blocks',
    detail: `The path at the destination would have ${length} characters, ${length - PATH_MAX_UTF16} more than the ${PATH_MAX_UTF16} allowed.`,
  }
}
