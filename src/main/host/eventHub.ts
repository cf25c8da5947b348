import type { HostEvent } from '../../shared/contract/events.ts'
import type { ScanView } from '../../shared/contract/scans.ts'
import type { AgentView, ConnectionView, FleetView, TaskView } from '../../shared/contract/views.ts'
import type { TaskId } from '../../shared/domain/ids.ts'
import type { TaskProgress } from '../../shared/domain/progress.ts'
import type { Clock } from '../engine/ports/runtime.ts'

/** Four samples a second are as much as an eye can use. */
const SAMPLE_INTERVAL_MS = 250
/** Rows of one event, so that a long list does not travel as one huge frame. */
const ROWS_PER_EVENT = 500

/** A row with a text that differs whenever the row does. */
export interface VersionedTask {
  readonly view: TaskView
  readonly version: string
}

/**
 * What every attached screen hears. Knows the last state of everything it ever said and tells it to whoever comes later, so a screen that
 * was away needs no history. Events of one kind arrive in the order of the calls.
 */
export interface EventHub {
  readonly clientCount: number
  /** Tells the whole last state at once, then every change. Returns what ends it. A client that throws is dropped. */
  attach(send: (event: HostEvent) => void): () => void
  setConnection(connection: ConnectionView): void
  setAgent(agent: AgentView): void
  /** Another tenant, another list: the next `setTasks` starts over. */
  forgetTasks(): void
  /** The whole list as it is now; only differences travel. */
  setTasks(tasks: readonly VersionedTask[]): void
  /** One row that is known to be new or changed. */
  setTask(task: VersionedTask): void
  removeTask(taskId: TaskId): void
  /** As often as it comes; travels at most four times a second. */
  sample(taskId: TaskId, progress: TaskProgress): void
  setScan(scan: ScanView): void
  setFleet(fleet: FleetView): void
  /** A later look at the agents alone; what they make of the tasks follows with the next `setFleet`. */
  setAgents(agents: FleetView['agents']): void
  removeScan(scanId: string): void
  /** Ends the sampling. Nothing is sent afterwards. */
  close(): void
}

export function createEventHub(deps: {
  readonly clock: Clock
  readonly connection: ConnectionView
  readonly agent: AgentView
}): EventHub {
  const clients = new Set<(event: HostEvent) => void>()
  const rows = new Map<TaskId, VersionedTask>()
  const latestSamples = new Map<TaskId, TaskProgress>()
  const waiting = new Map<TaskId, TaskProgress>()
  const scans = new Map<string, ScanView>()
  const closed = new AbortController()
  let { connection, agent } = deps
  let fleet: FleetView | undefined
  let isListRead = false
  let isPacing = false

  function tell(client: (event: HostEvent) => void, event: HostEvent): void {
    try {
      client(event)
    } catch {
      clients.delete(client)
    }
  }

  function publish(event: HostEvent): void {
    for (const client of clients) tell(client, event)
  }

  function* tasksChanged(tasks: readonly TaskView[], removedIds: TaskId[], startsOver: boolean): Generator<HostEvent> {
    let at = 0
    do {
      const page = tasks.slice(at, at + ROWS_PER_EVENT)
      const isFirst = at === 0
      at += ROWS_PER_EVENT
      const payload = {
        startsOver: startsOver && isFirst,
        isComplete: at >= tasks.length,
        tasks: page,
        removedIds: isFirst ? removedIds : [],
      }
      yield { event: 'tasks.changed', payload }
    } while (at < tasks.length)
  }

  function flush(): void {
    if (waiting.size === 0) return
    const samples = [...waiting].map(([taskId, progress]) => ({ taskId, progress }))
    waiting.clear()
    publish({ event: 'progress.sampled', payload: { samples } })
  }

  async function pace(): Promise<void> {
    isPacing = true
    while (waiting.size > 0 && !closed.signal.aborted) {
      flush()
      await deps.clock.sleep(SAMPLE_INTERVAL_MS, closed.signal).catch(() => undefined)
    }
    isPacing = false
  }

  function setFleet(next: FleetView): void {
    if (JSON.stringify(next) === JSON.stringify(fleet)) return
    fleet = next
    publish({ event: 'fleet.changed', payload: { fleet } })
  }

  function forget(taskId: TaskId): void {
    rows.delete(taskId)
    latestSamples.delete(taskId)
    waiting.delete(taskId)
  }

  return {
    get clientCount() {
      return clients.size
    },
    attach(send) {
      clients.add(send)
      tell(send, { event: 'connection.changed', payload: { connection } })
      tell(send, { event: 'agent.changed', payload: { agent } })
      if (isListRead) {
        for (const event of tasksChanged(
          [...rows.values()].map(({ view }) => view),
          [],
          true,
        ))
          tell(send, event)
      }
      if (latestSamples.size > 0) {
        const samples = [...latestSamples].map(([taskId, progress]) => ({ taskId, progress }))
        tell(send, { event: 'progress.sampled', payload: { samples } })
      }
      if (fleet) tell(send, { event: 'fleet.changed', payload: { fleet } })
      if (scans.size > 0) tell(send, { event: 'scans.changed', payload: { scans: [...scans.values()], removedIds: [] } })
      return () => {
        clients.delete(send)
      }
    },
    setConnection(next) {
      connection = next
      publish({ event: 'connection.changed', payload: { connection } })
    },
    forgetTasks() {
      isListRead = false
      fleet = undefined
      rows.clear()
      latestSamples.clear()
      waiting.clear()
    },
    setAgent(next) {
      agent = next
      publish({ event: 'agent.changed', payload: { agent } })
    },
    setTasks(tasks) {
      const present = new Set(tasks.map(({ view }) => view.task.id))
      const removedIds = [...rows.keys()].filter((taskId) => !present.has(taskId))
      for (const taskId of removedIds) forget(taskId)
      const changed = tasks.filter(({ view, version }) => rows.get(view.task.id)?.version !== version)
      for (const row of changed) rows.set(row.view.task.id, row)
      const isFirstRead = !isListRead
      isListRead = true
      if (!isFirstRead && changed.length === 0 && removedIds.length === 0) return
      for (const event of tasksChanged(
        changed.map(({ view }) => view),
        removedIds,
        isFirstRead,
      ))
        publish(event)
    },
    setTask(row) {
      rows.set(row.view.task.id, row)
      for (const event of tasksChanged([row.view], [], false)) publish(event)
    },
    removeTask(taskId) {
      forget(taskId)
      for (const event of tasksChanged([], [taskId], false)) publish(event)
    },
    sample(taskId, progress) {
      if (closed.signal.aborted) return
      latestSamples.set(taskId, progress)
      waiting.set(taskId, progress)
      if (!isPacing) void pace()
    },
    setFleet,
    setAgents: (agents) => setFleet({ ...fleet, agents }),
    setScan(scan) {
      scans.set(scan.id, scan)
      publish({ event: 'scans.changed', payload: { scans: [scan], removedIds: [] } })
    },
    removeScan(scanId) {
      scans.delete(scanId)
      publish({ event: 'scans.changed', payload: { scans: [], removedIds: [scanId] } })
    },
    close() {
      closed.abort()
      clients.clear()
    },
  }
}
