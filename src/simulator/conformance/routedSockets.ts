import { Agent, buildConnector, type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici'

/**
 * Lets the `fetch` of this process reach the tenant: sockets go to its port on loopback, names and certificates stay the real ones. No
 * client notices. Returns what undoes it.
 */
export function routeSockets(target: { readonly port: number; readonly ca: string }): () => Promise<void> {
  const connect = buildConnector({ ca: target.ca })
  const agent = new Agent({
    connect: (options, callback) =>
      connect({ ...options, servername: options.hostname, hostname: '127.0.0.1', port: String(target.port) }, callback),
  })
  const before: Dispatcher = getGlobalDispatcher()
  setGlobalDispatcher(agent)
  return async () => {
    setGlobalDispatcher(before)
    await agent.close()
  }
}
