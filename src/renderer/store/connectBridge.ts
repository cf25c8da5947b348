import type { Bridge } from '../../shared/contract/bridge.ts'
import type { AppStore } from './store.ts'

/** The only writer of host facts. Returns what ends it. */
export function connectBridge(bridge: Bridge, store: AppStore): () => void {
  const { setLink, setInstall, setFleet, setConnection, setAgent, setSetup, applyTasks, applySamples, applyScans, forgetTasks } =
    store.getState()

  async function readInstall(): Promise<void> {
    const reply = await bridge.call('app.state', {})
    if ('ok' in reply) setInstall(reply.ok)
    const begun = await bridge.call('setup.read', {})
    if ('ok' in begun) setSetup(begun.ok.setup)
  }

  return bridge.subscribe({
    onLink(link) {
      setLink(link)
      if (link === 'open') void readInstall()
    },
    onEvent(event) {
      switch (event.event) {
        case 'connection.changed':
          if (event.payload.connection.state !== 'connected') {
            forgetTasks()
            setFleet(undefined)
          }
          return setConnection(event.payload.connection)
        case 'agent.changed':
          return setAgent(event.payload.agent)
        case 'tasks.changed':
          return applyTasks(event.payload)
        case 'progress.sampled':
          return applySamples(event.payload)
        case 'scans.changed':
          return applyScans(event.payload)
        case 'fleet.changed':
          return setFleet(event.payload.fleet)
      }
    },
  })
}
