/** Whose drive a path speaks of; keys are decoded. */
export type DriveRef =
  | { readonly by: 'id'; readonly key: string }
  | { readonly by: 'me' }
  | { readonly by: 'user'; readonly key: string }
  | { readonly by: 'site'; readonly key: string; readonly driveId: string | undefined }
  | { readonly by: 'list'; readonly key: string; readonly listId: string }
  | { readonly by: 'group'; readonly key: string }

/** An item by id (`root` included) or by a path below one; path segments are raw, still percent-encoded. */
export interface ItemRef {
  readonly base: string
  readonly path: readonly string[]
  /** Addressed with colons; `children/{name}` addresses without. */
  readonly isColonPath: boolean
}

/** A Graph path below a drive, taken apart. */
export interface DrivePath {
  readonly drive: DriveRef
  /** Absent: the drive itself. */
  readonly item: ItemRef | undefined
  /** Raw segments after the item (or drive): `children`, `versions/2.0/content`. */
  readonly action: readonly string[]
}

let last: { readonly rawPath: string; readonly parsed: DrivePath | undefined } | undefined

/**
 * Takes a raw Graph path apart [B.3]: `/drives/{d}/root:/a/b:/children`, `/drives/{d}/items/{id}:/rel/path:/content`,
 * `/sites/{host}:/sites/x:/drive/root`, `/sites/{id}/lists/{list}/drive`, `/me/drive`, `/users/{upn}/drive`, `/groups/{id}/drive`. Undefined for a path that is not below
 * a drive. The last answer is remembered, because every route of the area asks about the same request.
 */
export function parseDrivePath(rawPath: string): DrivePath | undefined {
  if (last?.rawPath === rawPath) return last.parsed
  const parsed = parse(rawPath)
  last = { rawPath, parsed }
  return parsed
}

const HEADS: readonly (readonly [RegExp, (key: string) => DriveRef])[] = [
  [/^\/v1\.0\/drives\/([^/:]+)/i, (key) => ({ by: 'id', key })],
  [/^\/v1\.0\/me\/drives\/([^/:]+)/i, (key) => ({ by: 'id', key })],
  [/^\/v1\.0\/users\/[^/:]+\/drives\/([^/:]+)/i, (key) => ({ by: 'id', key })],
  [/^\/v1\.0\/me\/drive(?=[/:]|$)/i, () => ({ by: 'me' })],
  [/^\/v1\.0\/users\/([^/:]+)\/drive(?=[/:]|$)/i, (key) => ({ by: 'user', key })],
  [/^\/v1\.0\/groups\/([^/:]+)\/drive(?=[/:]|$)/i, (key) => ({ by: 'group', key })],
]
const LIST_HEAD = /^\/v1\.0\/sites\/([^/:]+(?::\/.*?:)?)\/lists\/([^/:]+)\/drive(?=[/:]|$)/i
const SITE_HEAD = /^\/v1\.0\/sites\/([^/:]+(?::\/.*?:)?)\/drive(?:s\/([^/:]+))?(?=[/:]|$)/i

function parse(rawPath: string): DrivePath | undefined {
  for (const [pattern, refOf] of HEADS) {
    const head = pattern.exec(rawPath)
    if (head !== null) return below(refOf(decode(head[1] ?? '')), rawPath.slice(head[0].length))
  }
  const list = LIST_HEAD.exec(rawPath)
  if (list !== null) {
    return below({ by: 'list', key: decode(list[1] ?? ''), listId: decode(list[2] ?? '') }, rawPath.slice(list[0].length))
  }
  const site = SITE_HEAD.exec(rawPath)
  if (site === null) return undefined
  const driveId = site[2] === undefined ? undefined : decode(site[2])
  return below({ by: 'site', key: decode(site[1] ?? ''), driveId }, rawPath.slice(site[0].length))
}

function below(drive: DriveRef, rest: string): DrivePath | undefined {
  if (rest === '' || rest === '/') return { drive, item: undefined, action: [] }
  const base = /^\/(?:(root)|items\/([^/:]+))(?=[/:]|$)/i.exec(rest)
  if (base === null) return { drive, item: undefined, action: segmentsOf(rest) }
  const id = base[1] === undefined ? decode(base[2] ?? '') : 'root'
  const tail = rest.slice(base[0].length)
  if (tail.startsWith(':')) return colonPath(drive, id, tail)
  const action = segmentsOf(tail)
  const child = childName(action)
  return child === undefined
    ? { drive, item: { base: id, path: [], isColonPath: false }, action }
    : { drive, item: { base: id, path: [child.name], isColonPath: false }, action: action.slice(child.length) }
}

/** `:/a/b`, `:/a/b:` and `:/a/b:/children`. */
function colonPath(drive: DriveRef, base: string, tail: string): DrivePath | undefined {
  const end = tail.indexOf(':', 1)
  const path = end === -1 ? tail.slice(1) : tail.slice(1, end)
  const after = end === -1 ? '' : tail.slice(end + 1)
  if (!path.startsWith('/') || (after !== '' && !after.startsWith('/')) || after.includes(':')) return undefined
  return { drive, item: { base, path: segmentsOf(path), isColonPath: true }, action: segmentsOf(after) }
}

/** `children/{name}` and `children('{name}')` followed by something else: the older way to name a child. */
function childName(action: readonly string[]): { readonly name: string; readonly length: number } | undefined {
  const [first = '', second] = action
  const quoted = /^children\('(.*)'\)$/i.exec(first)
  if (quoted !== null) return { name: (quoted[1] ?? '').replaceAll("''", "'").replaceAll('%27%27', '%27'), length: 1 }
  return first.toLowerCase() === 'children' && second !== undefined ? { name: second, length: 2 } : undefined
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
