import http from 'node:http'
import type { Socket } from 'node:net'

/** Which proxy, if any, stands between here and a host. */
export interface ProxyChoice {
  proxyFor(host: string): URL | undefined
}

/** HTTPS_PROXY and NO_PROXY in their usual meaning (either case); NO_PROXY takes hosts, `.suffix`, `*.suffix` and `*`. */
export function proxyFromEnvironment(env: Readonly<Record<string, string | undefined>>): ProxyChoice {
  const text = env.HTTPS_PROXY ?? env.https_proxy
  if (text === undefined || text.trim() === '') return { proxyFor: () => undefined }
  const proxy = new URL(text.includes('://') ? text : `http://${text}`)
  const exceptions = (env.NO_PROXY ?? env.no_proxy ?? '')
    .split(',')
    .map((part) =>
      part
        .trim()
        .toLowerCase()
        .replace(/^\*?\./, '.'),
    )
    .filter((part) => part !== '')
  return {
    proxyFor(host) {
      const name = host.toLowerCase()
      const isExcepted = exceptions.some((part) => part === '*' || part === name || (part.startsWith('.') && name.endsWith(part)))
      return isExcepted ? undefined : proxy
    },
  }
}

/** Opens a tunnel through an HTTP proxy (CONNECT). The caller starts TLS on the socket and owns it. */
export function connectThroughProxy(proxy: URL, target: { readonly host: string; readonly port: number }): Promise<Socket> {
  const authority = `${target.host}:${target.port}`
  const credentials =
    proxy.username === '' ? undefined : `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: proxy.hostname,
      port: proxy.port === '' ? 80 : Number(proxy.port),
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers: {
        host: authority,
        ...(credentials === undefined ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
      },
    })
    request.once('connect', (reply, socket) => {
      if (reply.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(
        Object.assign(new Error(`The proxy ${proxy.host} answered ${reply.statusCode ?? 0} for ${authority}.`), {
          code: 'EPROXY',
        }),
      )
    })
    request.once('error', reject)
    request.end()
  })
}
