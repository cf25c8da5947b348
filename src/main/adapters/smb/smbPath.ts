/** A folder of a share, as a task names it. */
export interface SmbPlace {
  readonly server: string
  /** undefined = 445. */
  readonly port: number | undefined
  readonly share: string
  /** Below the share, `/` between folders; '' is the share itself. */
  readonly folder: string
}

/**
 * `\\server\share\folder`, `//server/share/folder` or `smb://server:port/share/folder` (percent-encoded); undefined for anything else, also
 * for device paths and for what holds `.` or `..`. No user name: credentials are kept elsewhere.
 */
export function parseSmbPath(text: string): SmbPlace | undefined {
  const place = /^smb:/i.test(text) ? fromUrl(text) : fromUnc(text)
  return place !== undefined && [place.share, ...place.folder.split('/')].some((part) => part === '.' || part === '..')
    ? undefined
    : place
}

function fromUnc(text: string): SmbPlace | undefined {
  const [, server = '', rest = ''] = /^(?:\\\\|\/\/)([^\\/?*"<>|:@\s]+)[\\/]+(.+)$/s.exec(text) ?? []
  const [share = '', ...folders] = rest.split(/[\\/]+/)
  if (server === '' || server === '.' || share === '') return undefined
  return { server, port: undefined, share, folder: folders.filter(Boolean).join('/') }
}

function fromUrl(text: string): SmbPlace | undefined {
  const [, server = '', port, rest = ''] =
    /^smb:\/\/([^\\/?#*"<>|:@\s]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?\/+([^?#]+)$/is.exec(text) ?? []
  if (server === '' || Number(port ?? 445) > 65_535) return undefined
  try {
    const [share = '', ...folders] = rest.split('/').filter(Boolean).map(decodeURIComponent)
    if (share === '' || [share, ...folders].some((part) => /[\\/]/.test(part))) return undefined
    return { server, port: port === undefined ? undefined : Number(port), share, folder: folders.join('/') }
  } catch {
    return undefined
  }
}

/** As Windows writes it; a port has no place there. */
export function uncOf({ server, share, folder }: Pick<SmbPlace, 'server' | 'share' | 'folder'>): string {
  return `\\\\${server}\\${share}${folder === '' ? '' : `\\${folder.replaceAll('/', '\\')}`}`
}

/** The address of an entry for the client library. Errors: URIError for names that are no valid Unicode. */
export function smbUrl({ server, port, share, folder }: SmbPlace, relPath: string): string {
  const parts = [share, ...folder.split('/'), ...relPath.split('/')].filter((part) => part !== '')
  return `smb://${server}${port === undefined ? '' : `:${port}`}/${parts.map(encodeURIComponent).join('/')}`
}

/** One share of one server: what credentials are for. */
export const shareKey = ({ server, share }: Pick<SmbPlace, 'server' | 'share'>): string => `\\\\${server}\\${share}`.toLowerCase()
