import { protocol } from 'electron'
import type { ScreenFiles } from '../host/screenFiles.ts'

/** A scheme of our own instead of file: the page gets an origin, a policy, and nothing beside the built files. */
export const SCREENS_SCHEME = 'portage'
export const SCREENS_ORIGIN = `${SCREENS_SCHEME}://app`

/** Before the app is ready. */
export function registerScreensScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCREENS_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ])
}

export function serveScreens(screens: ScreenFiles): void {
  protocol.handle(SCREENS_SCHEME, (request) => {
    const { host, pathname } = new URL(request.url)
    const reply = host === 'app' && request.method === 'GET' ? screens.reply(pathname, { connect: [] }) : undefined
    return reply
      ? new Response(new Uint8Array(reply.body), { status: 200, headers: { ...reply.headers } })
      : new Response('There is no such page.', { status: 404 })
  })
}
