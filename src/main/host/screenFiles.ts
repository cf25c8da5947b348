import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { MigrationError } from '../../shared/errors.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}
/** Stands in the built page where each delivery puts its own nonce. */
const NONCE_PLACE = '__CSP_NONCE__'

/** One delivery of one file: what to send and how the browser must treat it. */
export interface ScreenReply {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** The built screens. Only files that existed when they were read can ever be delivered: there is no path to walk out of. */
export interface ScreenFiles {
  /** `connect`: the addresses that the page may open besides its own. */
  reply(urlPath: string, options: { readonly connect: readonly string[] }): ScreenReply | undefined
}

/** Errors: INPUT_USAGE when the screens are not built. */
export function readScreenFiles(folder: string): ScreenFiles {
  if (!fs.existsSync(path.join(folder, 'index.html'))) {
    throw new MigrationError('INPUT_USAGE', `The screens are not built: there is no ${path.join(folder, 'index.html')}.`, {
      remedy: { kind: 'stopTask' },
      fix: 'Run "npm run build" once, then start again.',
    })
  }
  const files = new Map<string, Buffer>()
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    files.set(`/${path.relative(folder, file).split(path.sep).join('/')}`, fs.readFileSync(file))
  }
  return {
    reply(urlPath, { connect }) {
      const name = urlPath === '/' ? '/index.html' : urlPath
      const body = files.get(name)
      const type = TYPES[path.extname(name)]
      if (!body || !type) return undefined
      const isPage = name === '/index.html'
      const nonce = randomBytes(16).toString('base64')
      return {
        body: isPage ? Buffer.from(body.toString('utf8').replaceAll(NONCE_PLACE, nonce)) : body,
        headers: {
          'content-type': type,
          // Built names carry a hash of their content; the page itself must always be the current one.
          'cache-control': name.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store',
          ...securityHeaders(isPage ? contentSecurityPolicy({ nonce, connect }) : "default-src 'none'"),
        },
      }
    },
  }
}

export function securityHeaders(policy: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
  }
}

/** Own scripts only; styles of the page's own style engine are let in by their nonce; nothing from anywhere else. */
function contentSecurityPolicy({ nonce, connect }: { readonly nonce: string; readonly connect: readonly string[] }): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
