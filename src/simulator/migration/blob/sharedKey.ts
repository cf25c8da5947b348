import { createHmac } from 'node:crypto'

export interface SignedParts {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** Lower-case names, with `x-ms-date`. */
  readonly headers: Readonly<Record<string, string>>
  readonly account: string
  /** Base64. */
  readonly accountKey: string
}

const SIGNED_HEADERS = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
]

/** The Authorization header of Azure Storage's Shared Key, with the account in the path as emulators have it. */
export function signSharedKey({ method, path, query, headers, account, accountKey }: SignedParts): string {
  const standard = SIGNED_HEADERS.map((name) => {
    const value = headers[name] ?? ''
    return name === 'content-length' && value === '0' ? '' : value
  })
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${(headers[name] ?? '').trim()}`)
  const options = Object.keys(query)
    .map((name) => name.toLowerCase())
    .sort()
    .map((name) => `\n${name}:${query[name] ?? ''}`)
  const text = [method, ...standard, ...own, `/${account}/${account}${path}${options.join('')}`].join('\n')
  const signature = createHmac('sha256', Buffer.from(accountKey, 'base64')).update(text, 'utf8').digest('base64')
  return `SharedKey ${account}:${signature}`
}
